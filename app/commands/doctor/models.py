"""The model pack: whether it is here and whole, may be used, and finds the face that is plainly there."""

import asyncio
from collections.abc import Iterator

from app import wiring
from app.commands.doctor.finding import Finding, bad, look, ok
from app.config import Settings
from app.domain.errors import FaceReconError
from app.vision.models.pack import Pack
from app.vision.models.trouble import LicenceRefused, ModelTrouble, PackDamaged
from app.vision.probe import drawn_face

MENDS: dict[type[ModelTrouble], str] = {
    PackDamaged: "python -m app models pull PACK fetches it again.",
    LicenceRefused: "Choose a pack whose licence allows it, or FACE_LICENSE_MODE=any where yours does.",
}


def models(settings: Settings) -> Iterator[Finding]:
    try:
        pack = wiring.find_pack(settings)
    except ModelTrouble as trouble:
        mend = MENDS.get(type(trouble), "python -m app models list shows what is here and what can be had.")
        yield bad("model", str(trouble).strip().splitlines()[0], mend)
        return
    yield ok("model", f"{pack.name} is whole: {pack.recogniser_sha256[:12]}… ({pack.folder})")
    yield _licence(pack)
    yield asyncio.run(_run(settings, pack))


def _licence(pack: Pack) -> Finding:
    if pack.commercial:
        return ok("licence", pack.licence)
    return look("licence", f"{pack.licence}: not for commercial use.", "See README, Models.")


async def _run(settings: Settings, pack: Pack) -> Finding:
    try:
        with wiring.engine_of(settings, pack) as engine:
            picture = await engine.see(drawn_face())
            await engine.embed(picture.faces[:1])
            runs = engine.provider
    except FaceReconError as error:
        return bad("engine", str(error), "FACE_PROVIDER=auto takes what there is.")
    if not picture.faces:
        return bad("engine", f"{runs} does not find a face that is plainly there.", "FACE_PROVIDER=cpu")
    return ok("engine", f"{runs} finds and embeds a face.")
