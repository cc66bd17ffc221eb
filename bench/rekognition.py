"""A pipeline written against AWS Rekognition, run against this service: `python -m bench.rekognition`.

bench/rekognition.js, with AWS's SDK for JavaScript, indexes one photo of each client, then detects, cuts out and
searches all faces of an event's photos (LFW). The matches are held against the truth, and against those of the
service's own galleries on the same photos.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.galleries import PREFIX, Client, Event, Pairs, event, score, wait
from bench.node import node_folder
from bench.photos import NoPhotos, people, usual_place
from bench.service import Service
from bench.storage import photos_in_s3, settings_for

SCRIPT = Path(__file__).with_suffix(".js")
THRESHOLDS = (80, 90, 95, 99)
PATIENCE_SECONDS = 1800


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=500)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--images", type=Path, default=usual_place())
    options = parser.parse_args()
    try:
        made = event(people(options.images, 1), options.clients, options.photos)
    except NoPhotos as missing:
        sys.exit(str(missing))
    with tempfile.TemporaryDirectory() as name:
        run(made, Path(name))


def run(made: Event, folder: Path) -> None:
    with photos_in_s3(folder / "s3", made.photos) as storage:
        service = Service(folder, {**settings_for(storage), "WORKER_IN_PROCESS": "true"}).start()
        try:
            report(made, through_aws_client(service, made, folder), through_gallery(service, made))
        finally:
            service.stop()


def through_aws_client(service: Service, made: Event, folder: Path) -> dict[str, Any]:
    """What the pipeline prints."""
    clients, photos = folder / "clients", folder / "photos"
    _write(clients, {f"{name}.jpg": photo for name, photo in made.clients.items()})
    _write(photos, {key.removeprefix(PREFIX): photo for key, photo in made.photos.items()})
    done = subprocess.run(  # noqa: S603 - our own script
        ["node", "--no-warnings", str(SCRIPT), str(clients), str(photos), "event"],  # noqa: S607 - whichever is there
        cwd=node_folder(),
        env=_environment(service),
        stdout=subprocess.PIPE,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def through_gallery(service: Service, made: Event) -> Pairs:
    """Pairs of client and photo that the service's own gallery finds."""
    with service.client() as http:
        client = Client(http)
        client.prepare(made, None)
        client.process()
        print(f"own gallery: {len(made.photos)} photos in {wait(client):.1f} s")
        return set(client.pairs(sorted(made.clients)))


def report(made: Event, told: Mapping[str, Any], own: Pairs) -> None:
    print(f"clients indexed: {told['indexed']} of {len(made.clients)}")
    print(f"AWS's SDK: {len(made.photos)} photos, {told['faces']} faces in {told['seconds']:.1f} s", end="; ")
    print(f"crops without a face: {told['empty_crops']}")
    _line("own gallery", made.truth, own, own)
    for threshold in THRESHOLDS:
        found = {(name, f"{PREFIX}{photo}") for name, photo, percent in told["matches"] if percent >= threshold}
        _line(f"similarity ≥ {threshold}", made.truth, found, own)


def _line(what: str, truth: Pairs, found: Pairs, own: Pairs) -> None:
    result = score(truth, sorted(found))
    both = len(found & own) / max(len(found | own), 1)
    print(f"{what:16} precision {result.precision:.3f}, recall {result.recall:.3f}, pairs {result.found}", end=", ")
    print(f"in common with the own gallery {both:.3f}")


def _environment(service: Service) -> dict[str, str]:
    with service.client() as http:
        key = http.post("/access-keys", json={"name": "bench"}).json()
    return {
        **os.environ,
        "AWS_ENDPOINT_URL_REKOGNITION": f"{service.url}/rekognition",
        "AWS_ACCESS_KEY_ID": key["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": key["secret_access_key"],
        "AWS_REGION": "eu-central-1",
    }


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
