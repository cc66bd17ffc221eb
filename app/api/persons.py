"""The rights of the people who are kept: to have all that is held of them, and to have it forgotten."""

from typing import Annotated

from asgi_correlation_id import correlation_id
from fastapi import APIRouter, Depends, Response

from app.api import deps, problems
from app.api.auth import OPEN, needs
from app.api.members import MemberPath
from app.api.person_schemas import ErasureOut, ExportOut, KeySetOut
from app.domain.access import Reach, Scope
from app.domain.erasure import Subject

router = APIRouter(tags=["privacy"], responses=problems.RESPONSES)

MANAGE = needs(Scope.MANAGE, reach=Reach.MEMBER)


def _subject(caller: deps.Caller, ref: deps.InCollection, member_id: MemberPath) -> Subject:
    caller.require_member(member_id)
    return Subject(ref, member_id)


Asked = Annotated[Subject, Depends(_subject)]


@router.get("/members/{member_id}/export", operation_id="ExportMember", dependencies=[MANAGE])
async def export_member(subject: Asked, use: deps.Use, response: Response) -> ExportOut:
    """All that is held of a member, embeddings too, for a person who asks what it is or takes it elsewhere."""
    response.headers["Content-Disposition"] = 'attachment; filename="export.json"'
    return ExportOut.of(await use.export(subject))


@router.post("/members/{member_id}/erasure", operation_id="EraseMember", dependencies=[MANAGE])
async def erase_member(subject: Asked, use: deps.Use) -> ErasureOut:
    """Forget a member for good, wherever anything is held of them, and have a signed receipt.

    Gallery clients are members of the collection `gallery.ID`, blacklist entries of theirs. Asked again, nothing is
    done and the first receipt comes back. Deleting a member takes away what is searched; this takes away the history.
    """
    return ErasureOut.of(await use.erase(subject, correlation_id.get() or ""))


@router.get("/.well-known/erasure-keys.json", operation_id="ErasureKeys", dependencies=[OPEN])
async def erasure_keys(use: deps.Use) -> KeySetOut:
    """The public keys that receipts are checked with (RFC 7517)."""
    return KeySetOut(keys=[dict(key) for key in use.receipts.public_keys()])
