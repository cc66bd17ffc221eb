"""`rekognition sync`: say, and mend, what differs between our rows and what AWS Rekognition keeps."""

import asyncio
from typing import Annotated

import typer

from app import wiring
from app.config import Settings
from app.domain.drift import Difference
from app.ports import RekognitionSync

Repair = Annotated[bool, typer.Option("--repair", help="Mend it: our rows are the truth.")]


def sync(settings: Settings, *, repair: bool) -> bool:
    """Print what differs; whether nothing does any more. Raises NotOffered, Unavailable."""
    return asyncio.run(_sync(settings, repair=repair))


async def _sync(settings: Settings, *, repair: bool) -> bool:
    async with wiring.rekognition_sync(settings) as held:
        for name in await held.strangers():
            typer.echo(f"{name}: none of ours, though it bears our prefix; delete it by hand if nobody needs it")
        agreed = [await _collection(held, found, repair=repair) for found in await held.differences()]
    return all(agreed)


async def _collection(held: RekognitionSync, found: Difference, *, repair: bool) -> bool:
    typer.echo(f"{found.ref.tenant}/{found.ref.name} ({found.remote_name}): {_told(found)}")
    if not (repair and found.any):
        return not found.any
    mended = await held.mend(found)
    typer.echo(f"  {len(found.orphans)} deleted there, {mended.indexed} indexed anew")
    for face_id, why in mended.left.items():
        typer.echo(f"  face {face_id} is left: {why}; enrol it again, or delete it")
    return not mended.left


def _told(found: Difference) -> str:
    if not found.any:
        return f"{found.faces} faces, as here"
    parts = (
        ("the collection is gone", found.gone),
        (f"{len(found.orphans)} faces that nobody keeps here", found.orphans),
        (f"{len(found.lost)} faces of members lost", found.lost),
        (f"{len(found.lost_photos)} faces of photos lost: process their gallery again", found.lost_photos),
    )
    return "; ".join(text for text, there in parts if there)
