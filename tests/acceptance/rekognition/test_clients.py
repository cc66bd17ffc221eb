"""A round with each of AWS's clients, told of the service by the environment alone: create, index, search, delete."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from bench.node import HERE, node_folder
from tests.conftest import Lfw

AWS = Path(sys.executable).with_name("aws")
MINUTE = 60


@pytest.fixture
def told(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment of a client that knows nothing else of AWS."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nothing = str(tmp_path / "nothing")
    return {**others, **environment, "AWS_CONFIG_FILE": nothing, "AWS_SHARED_CREDENTIALS_FILE": nothing}


@pytest.fixture
def photos(lfw: Lfw, tmp_path: Path) -> list[Path]:
    """Two of the same person."""
    paths = [tmp_path / f"{number}.jpg" for number in (1, 2)]
    for number, path in enumerate(paths, 1):
        path.write_bytes(lfw.photo("Serena_Williams", number))
    return paths


def test_the_sdk_for_javascript(told: dict[str, str], photos: list[Path]) -> None:
    script = [HERE / "round.js", *photos, f"node-{uuid4()}"]
    # It warns of versions of Node that the SDK's next ones will want.
    done = subprocess.run(
        ["node", "--no-warnings", *map(str, script)],
        cwd=node_folder(),
        env=told,
        capture_output=True,
        text=True,
        timeout=MINUTE,
        check=False,
    )
    assert done.returncode == 0, done.stderr

    answers = json.loads(done.stdout)

    [face_id] = answers["indexed"]
    assert answers["found"] == [[face_id, "ana"]]
    assert answers["similarity"] > 80
    assert answers["refused"] == "ResourceAlreadyExistsException"
    assert (answers["deleted"], answers["left"]) == ([face_id], 0)
    assert answers["created"] is True
    assert answers["status"] == 200


def test_the_command_line(told: dict[str, str], photos: list[Path]) -> None:
    collection = f"cli-{uuid4()}"

    def aws(*words: str | Path) -> Any:
        command = [sys.executable, AWS, "rekognition", *words, "--output", "json"]
        done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=MINUTE, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else done.stderr

    assert aws("create-collection", "--collection-id", collection)["StatusCode"] == 200
    indexed = aws("index-faces", "--collection-id", collection, "--image-bytes", f"fileb://{photos[0]}")
    [face_id] = [record["Face"]["FaceId"] for record in indexed["FaceRecords"]]
    found = aws("search-faces-by-image", "--collection-id", collection, "--image-bytes", f"fileb://{photos[1]}")
    assert [match["Face"]["FaceId"] for match in found["FaceMatches"]] == [face_id]
    gone = aws("delete-faces", "--collection-id", collection, "--face-ids", face_id)
    assert gone["DeletedFaces"] == [face_id]
    assert aws("delete-collection", "--collection-id", collection)["StatusCode"] == 200
    assert "ResourceNotFoundException" in aws("describe-collection", "--collection-id", collection)
