"""Members and the faces kept of them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from app.api import deps, problems
from app.api.accepts import body_of, reader
from app.api.auth import needs
from app.api.fields import Identifier, MemberPatch
from app.api.schemas import FacesOut, MemberOut, MembersOut
from app.domain.access import Reach, Scope
from app.domain.members import MemberDraft

router = APIRouter(tags=["members"], responses=problems.RESPONSES)

READ, MANAGE = needs(Scope.READ, reach=Reach.COLLECTION), needs(Scope.MANAGE, reach=Reach.COLLECTION)

MemberPath = Annotated[Identifier, Path(description="Your own id of the person.")]


@router.get("/members", operation_id="ListMembers", dependencies=[READ])
async def list_members(
    ref: deps.InCollection, use: deps.Use, cursor: deps.From = "", limit: deps.Limit = 100
) -> MembersOut:
    """The members of a collection, by id."""
    page = await use.members.page(ref, cursor, limit)
    return MembersOut.of(page.items, page.next_cursor)


@router.get("/members/{member_id}", operation_id="GetMember", dependencies=[READ])
async def get_member(ref: deps.InCollection, use: deps.Use, member_id: MemberPath) -> MemberOut:
    """One member."""
    return MemberOut.model_validate(await use.members.get(ref, member_id))


@router.patch(
    "/members/{member_id}", operation_id="UpdateMember", dependencies=[MANAGE], openapi_extra=body_of(MemberPatch)
)
async def update_member(
    ref: deps.InCollection,
    use: deps.Use,
    member_id: MemberPath,
    body: Annotated[MemberPatch, Depends(reader(MemberPatch))],
) -> MemberOut:
    """Change the name, or replace the metadata. What is not sent stays."""
    draft = MemberDraft(member_id, body.name, body.metadata)
    return MemberOut.model_validate(await use.members.update(ref, draft))


@router.delete("/members/{member_id}", status_code=204, operation_id="DeleteMember", dependencies=[MANAGE])
async def delete_member(ref: deps.InCollection, use: deps.Use, member_id: MemberPath) -> Response:
    """Forget a member and all their faces."""
    await use.members.delete(ref, member_id)
    return Response(status_code=204)


@router.get("/members/{member_id}/faces", operation_id="ListMemberFaces", dependencies=[READ])
async def list_faces(
    ref: deps.InCollection, use: deps.Use, member_id: MemberPath, cursor: deps.From = "", limit: deps.Limit = 100
) -> FacesOut:
    """The faces kept of a member, oldest first. Never their embeddings."""
    page = await use.members.faces(ref, member_id, cursor, limit)
    return FacesOut.of(page.items, page.next_cursor)


@router.delete("/faces/{face_id}", status_code=204, operation_id="DeleteFace", dependencies=[MANAGE])
async def delete_face(ref: deps.InCollection, use: deps.Use, face_id: Annotated[Identifier, Path()]) -> Response:
    """Forget one face. Its member stays."""
    await use.members.delete_face(ref, face_id)
    return Response(status_code=204)
