"""OpenVINO in the place of ONNX Runtime: the same faces, and as good as the same embeddings."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.domain.errors import ModelUnavailable
from app.vision import choice
from app.vision.engine import Engine, EngineOptions, open_engine
from app.vision.models.pack import Pack
from app.vision.runtimes.elastic import Load
from app.vision.runtimes.ort import Ort
from app.vision.runtimes.vino import Vino, present
from app.vision.session import Runtime
from app.vision.sight import Cut, Sight, build


def trial(pack: Pack) -> Callable[[Runtime], Sight]:
    return lambda runtime: build(runtime, pack, Cut(threads=1, size=640, exact=False), Load())


async def embeddings(engine: Engine, image: bytes) -> np.ndarray:
    picture = await engine.see(image)
    return np.array([face.embedding for face in await engine.embed(picture.faces)])


@pytest.mark.openvino
@pytest.mark.parametrize("name", ["friends_6faces.jpg", "group-1.jpg"])
async def test_openvino_sees_and_embeds_the_same_faces(
    engine: Engine, pack: Callable[[str], Pack], images: Path, name: str
) -> None:
    other = open_engine(pack("scrfd_mobilefacenet"), EngineOptions("openvino", threads=2))
    image = (images / "groups" / name).read_bytes()

    ours, theirs = await embeddings(engine, image), await embeddings(other, image)
    other.close()

    assert other.provider.startswith("openvino ")
    assert len(ours) == len(theirs)
    assert float(np.median((ours @ theirs.T).max(axis=1))) > 0.99


@pytest.mark.openvino
async def test_yunet_runs_in_openvino(pack: Callable[[str], Pack], images: Path) -> None:
    engine = open_engine(pack("yunet_mobilefacenet"), EngineOptions("openvino"))

    picture = await engine.see((images / "groups" / "friends_6faces.jpg").read_bytes())
    engine.close()

    assert engine.detector == "YuNet"
    assert len(picture.faces) == 6


@pytest.mark.openvino
def test_auto_takes_openvino_only_if_it_gains(pack: Callable[[str], Pack]) -> None:
    open_models = trial(pack("scrfd_mobilefacenet"))

    chosen = choice.choose("auto", open_models)

    fastest = choice.choose("openvino", open_models)
    gain = choice.seconds(open_models(Ort())) / choice.seconds(open_models(fastest))
    assert chosen.name in {"cpu", fastest.name}
    if gain > 1.3:
        assert chosen.name == fastest.name


@pytest.mark.openvino
def test_a_model_that_quantises_as_it_runs_is_left_to_onnx_runtime(pack: Callable[[str], Pack]) -> None:
    open_models = trial(pack("buffalo_sc_int8"))

    assert choice.choose("auto", open_models).name == "cpu"
    with pytest.raises(ModelUnavailable, match="quantises"):
        choice.choose("openvino", open_models)


@pytest.mark.openvino
def test_a_runtime_that_embeds_otherwise_does_not_agree(pack: Callable[[str], Pack]) -> None:
    plain = pack("scrfd_mobilefacenet")
    right, wrong = trial(plain), trial(replace(plain, normalisation={"recogniser": (127.5, 127.5)}))

    assert choice.agree(right(Vino("fp32")), right(Ort()))
    assert not choice.agree(wrong(Ort()), right(Ort()))


@pytest.mark.skipif(present(), reason="this machine has what the test wants refused")
def test_openvino_that_is_not_installed_is_refused(pack: Callable[[str], Pack]) -> None:
    with pytest.raises(ModelUnavailable, match=r"requirements-openvino\.txt"):
        choice.choose("openvino", trial(pack("scrfd_mobilefacenet")))


def test_an_unknown_provider_is_refused(pack: Callable[[str], Pack]) -> None:
    with pytest.raises(ModelUnavailable, match="FACE_PROVIDER=tpu"):
        choice.choose("tpu", trial(pack("scrfd_mobilefacenet")))
