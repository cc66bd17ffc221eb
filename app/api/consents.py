"""On what basis a member's face is kept: given, shown and withdrawn."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from app.api import deps, problems
from app.api.accepts import body_of, reader
from app.api.auth import needs
from app.api.consent_schemas import ConsentOut, ConsentsOut, WithdrawalOut
from app.api.fields import ConsentIn
from app.api.members import MemberPath
from app.domain.access import Reach, Scope

router = APIRouter(prefix="/members/{member_id}/consents", tags=["consents"], responses=problems.RESPONSES)

GIVE = needs(Scope.ENROLL, Scope.MANAGE, reach=Reach.COLLECTION)
READ, MANAGE = needs(Scope.READ, reach=Reach.COLLECTION), needs(Scope.MANAGE, reach=Reach.COLLECTION)

ConsentId = Annotated[str, Path(max_length=64)]


@router.post("", status_code=201, operation_id="GiveConsent", dependencies=[GIVE], openapi_extra=body_of(ConsentIn))
async def give_consent(
    ref: deps.InCollection,
    use: deps.Use,
    member_id: MemberPath,
    body: Annotated[ConsentIn, Depends(reader(ConsentIn))],
) -> ConsentOut:
    """Write a consent down, or another legal basis, also of somebody who is not enrolled yet."""
    return ConsentOut.model_validate(await use.consents.give(ref, member_id, body.draft()))


@router.get("", operation_id="ListConsents", dependencies=[READ])
async def list_consents(
    ref: deps.InCollection, use: deps.Use, member_id: MemberPath, cursor: deps.From = "", limit: deps.Limit = 100
) -> ConsentsOut:
    """A member's consents, newest first; those that ended or were withdrawn, too."""
    page = await use.consents.page(ref, member_id, cursor, limit)
    consents = [ConsentOut.model_validate(item) for item in page.items]
    return ConsentsOut(consents=consents, next_cursor=page.next_cursor)


@router.delete("/{consent_id}", operation_id="WithdrawConsent", dependencies=[MANAGE])
async def withdraw_consent(
    ref: deps.InCollection, use: deps.Use, member_id: MemberPath, consent_id: ConsentId
) -> WithdrawalOut:
    """Withdraw a consent, for good. Unless another is valid, the member's faces are deleted with it, at once."""
    done = await use.consents.withdraw(ref, member_id, consent_id)
    return WithdrawalOut(**ConsentOut.model_validate(done.consent).model_dump(), faces_deleted=done.faces_deleted)
