"""Which runtime is taken: the one that is asked for, or the fastest that computes what ONNX Runtime computes."""

from collections.abc import Iterator
from contextlib import suppress
from time import perf_counter

import structlog

from app.domain.errors import ModelUnavailable
from app.domain.faces import cosine
from app.vision.probe import crops, face
from app.vision.runtimes.ort import Device, Ort, has_gpu
from app.vision.runtimes.vino import Precision, Vino, present
from app.vision.sight import Build, Sight

DEVICES: dict[str, Device] = {"cpu": "cpu", "cuda": "cuda", "tensorrt": "tensorrt"}
PRECISIONS: tuple[Precision, ...] = ("bf16", "fp32")
PROVIDERS = ("auto", *DEVICES, "openvino")

LEAST_COSINE = 0.998
"""Least similarity of a probe's embedding to the one that ONNX Runtime computes in fp32 from the same crop. The
similarity of two photos moves by 0.01 at most, where thresholds stand at 0.3."""

LEAST_GAIN = 1.1
"""A runtime is taken instead of ONNX Runtime only if it is faster by that factor: less is the noise of the clock."""

ROUNDS = 5

log = structlog.get_logger()


def choose(wanted: str, build: Build) -> Sight:
    """Open the models in the runtime that FACE_PROVIDER names, or in the best for `auto`.

    Raises ModelUnavailable where that which is named is not there, or computes other embeddings.
    """
    if wanted not in PROVIDERS:
        msg = f"FACE_PROVIDER={wanted} is not one of {', '.join(PROVIDERS)}."
        raise ModelUnavailable(msg)
    if wanted in DEVICES:
        return build(Ort(DEVICES[wanted]))
    if wanted == "auto" and has_gpu():
        with suppress(ModelUnavailable):  # a wheel for GPUs on a machine without one
            return build(Ort("cuda"))
    reference = build(Ort())
    if wanted == "openvino":
        return _openvino(build, reference)
    return _fastest(build, reference)


def _openvino(build: Build, reference: Sight) -> Sight:
    for sight in _able(build):
        if agree(sight, reference):
            return sight
    msg = "FACE_PROVIDER=openvino, but OpenVINO computes other embeddings from this pack than ONNX Runtime."
    raise ModelUnavailable(msg)


def _fastest(build: Build, reference: Sight) -> Sight:
    if not present():
        return reference
    try:
        right = next(sight for sight in _able(build) if agree(sight, reference))
    except (StopIteration, ModelUnavailable):
        return reference
    gain = seconds(reference) / seconds(right)
    log.info("runtimes compared", cpu=1.0, **{right.provider.replace(" ", "_"): round(gain, 2)})
    return right if gain > LEAST_GAIN else reference


def _able(build: Build) -> Iterator[Sight]:
    """The models in OpenVINO, in each precision in which it takes them. Raises ModelUnavailable if in none."""
    taken = False
    for precision in PRECISIONS:
        try:
            sight = build(Vino(precision))
        except ModelUnavailable:
            if precision == PRECISIONS[-1] and not taken:
                raise
            continue
        taken = True
        yield sight


def agree(sight: Sight, reference: Sight) -> bool:
    """Whether both find the drawn face, and embed its variations alike."""
    picture, variations = face(), crops()
    found, known = len(sight.detector.find(picture)), len(reference.detector.find(picture))
    pairs = zip(sight.embedder.embed(variations), reference.embedder.embed(variations), strict=True)
    least = min(cosine(a, b) for a, b in pairs)
    log.info("runtime checked", provider=sight.provider, least_cosine=round(least, 5), faces=found)
    return found == known and least >= LEAST_COSINE


def seconds(sight: Sight) -> float:
    """How long one face takes to be found and embedded, at best."""
    picture, variations = face(), crops()[:1]
    times = []
    for _ in range(ROUNDS):
        began = perf_counter()
        sight.detector.find(picture)
        sight.embedder.embed(variations)
        times.append(perf_counter() - began)
    return min(times)
