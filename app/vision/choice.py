"""Which runtime is taken: the one that is asked for, or the fastest that computes what ONNX Runtime computes."""

from contextlib import suppress
from time import process_time

import structlog

from app.domain.errors import ModelUnavailable
from app.domain.faces import cosine
from app.vision.probe import crops, face
from app.vision.runtimes.ort import Device, Ort, has_gpu
from app.vision.runtimes.vino import Precision, Vino, present
from app.vision.session import Runtime
from app.vision.sight import Build, Sight

DEVICES: dict[str, Device] = {"cpu": "cpu", "cuda": "cuda", "tensorrt": "tensorrt"}
PROVIDERS = ("auto", *DEVICES, "openvino")

LEAST_COSINE = 0.998
"""Least similarity of a probe's embedding to the one that ONNX Runtime computes in fp32 from the same crop. The
similarity of two photos moves by 0.01 at most, where thresholds stand at 0.3."""

LEAST_GAIN = 1.1
"""A runtime is taken instead of ONNX Runtime only if it is faster by that factor: less is the noise of the clock."""

ROUNDS = 5

log = structlog.get_logger()


def choose(wanted: str, build: Build) -> Runtime:
    """Find the runtime that FACE_PROVIDER names, or for `auto` the best.

    build: opens the models for a trial, on one core. Raises ModelUnavailable where OpenVINO is named and not there, or
    computes other embeddings. Whether a GPU that is named is there shows when models are opened.
    """
    if wanted not in PROVIDERS:
        msg = f"FACE_PROVIDER={wanted} is not one of {', '.join(PROVIDERS)}."
        raise ModelUnavailable(msg)
    if wanted in DEVICES:
        return Ort(DEVICES[wanted])
    if wanted == "openvino":
        return _openvino(build)[0]
    return _best(build)


def _best(build: Build) -> Runtime:
    if has_gpu():
        with suppress(ModelUnavailable):  # a wheel for GPUs on a machine without one
            build(Ort("cuda"))
            return Ort("cuda")
    if not present():
        return Ort()
    try:
        runtime, sight = _openvino(build)
    except ModelUnavailable as error:
        log.info("OpenVINO is passed over", why=str(error))
        return Ort()
    gain = seconds(build(Ort())) / seconds(sight)
    log.info("OpenVINO was measured", runtime=runtime.name, times_as_fast=round(gain, 2))
    return runtime if gain > LEAST_GAIN else Ort()


def _openvino(build: Build) -> tuple[Runtime, Sight]:
    """OpenVINO in the fastest precision in which it agrees with ONNX Runtime. Raises ModelUnavailable."""
    reference = build(Ort())
    for precision in _precisions():
        runtime = Vino(precision)
        sight = build(runtime)
        if agree(sight, reference):
            return runtime, sight
    msg = "FACE_PROVIDER=openvino, but OpenVINO computes other embeddings from this pack than ONNX Runtime."
    raise ModelUnavailable(msg)


def _precisions() -> tuple[Precision, ...]:
    """Those that the CPU computes in, fastest first. Raises ModelUnavailable where OpenVINO is not installed."""
    return ("bf16", "fp32") if Vino("fp32").has_bf16 else ("fp32",)


def agree(sight: Sight, reference: Sight) -> bool:
    """Whether both find the drawn face, and embed its variations alike."""
    picture, variations = face(), crops()
    found, known = len(sight.detector.find(picture)), len(reference.detector.find(picture))
    pairs = zip(sight.embedder.embed(variations), reference.embedder.embed(variations), strict=True)
    least = min(cosine(a, b) for a, b in pairs)
    log.info("runtime checked", runtime=sight.provider, least_cosine=round(least, 5), faces=found)
    return found == known and least >= LEAST_COSINE


def seconds(sight: Sight) -> float:
    """How much of a core's time it takes to find and embed a face, at best; other processes do not count."""
    picture, variations = face(), crops()[:1]
    times = []
    for _ in range(ROUNDS):
        began = process_time()
        sight.detector.find(picture)
        sight.embedder.embed(variations)
        times.append(process_time() - began)
    return min(times)
