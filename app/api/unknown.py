"""People of a gallery whom nobody has named: shown in groups, named, or put aside."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from app.api import deps, problems
from app.api.accepts import body_of, reader
from app.api.auth import needs
from app.api.galleries import InGallery
from app.api.gallery_fields import NameGroupIn
from app.api.unknown_schemas import GroupFacesOut, NamedGroupOut, UnknownFaceOut, UnknownOut
from app.domain.access import Reach, Scope
from app.domain.members import MemberDraft

router = APIRouter(prefix="/galleries/{gallery_id}/unknown", tags=["galleries"], responses=problems.RESPONSES)

READ, MANAGE = needs(Scope.READ, reach=Reach.COLLECTION), needs(Scope.MANAGE, reach=Reach.COLLECTION)

GroupId = Annotated[str, Path(max_length=64)]


@router.get("", operation_id="ListUnknown", dependencies=[READ])
async def list_unknown(
    ref: InGallery,
    use: deps.Use,
    cursor: deps.From = "",
    limit: deps.Limit = 100,
    *,
    dismissed: Annotated[bool, Query(description="Those that were put aside, in the place of all others.")] = False,
) -> UnknownOut:
    """Faces that are nobody's, in groups of one person each, the largest first."""
    if not cursor:
        await use.group_faces(ref)
    gallery = await use.galleries.get(ref)
    model = use.basis_of(gallery).model
    return UnknownOut.of(await use.unknown.page(ref, model, cursor, limit, dismissed=dismissed), ref.gallery_id)


@router.get("/{group_id}", operation_id="GetUnknownGroup", dependencies=[READ])
async def get_group(
    ref: InGallery, use: deps.Use, group_id: GroupId, cursor: deps.From = "", limit: deps.Limit = 100
) -> GroupFacesOut:
    """The faces of a group that are still nobody's, best first."""
    page = await use.unknown.faces(ref, group_id, cursor, limit)
    faces = [UnknownFaceOut.of(face, ref.gallery_id) for face in page.items]
    return GroupFacesOut(group_id=group_id, faces=faces, next_cursor=page.next_cursor)


@router.post(
    "/{group_id}/name",
    status_code=201,
    operation_id="NameUnknownGroup",
    dependencies=[MANAGE],
    openapi_extra=body_of(NameGroupIn),
)
async def name_group(
    ref: InGallery, use: deps.Use, group_id: GroupId, body: Annotated[NameGroupIn, Depends(reader(NameGroupIn))]
) -> NamedGroupOut:
    """Make the group a client, or give it to one, and find them at once in all photos that were processed."""
    done = await use.name_group(ref, group_id, MemberDraft(body.client_id, body.name))
    return NamedGroupOut.of(done, ref.gallery_id, group_id)


@router.post("/{group_id}/dismiss", status_code=204, operation_id="DismissUnknownGroup", dependencies=[MANAGE])
async def dismiss(ref: InGallery, use: deps.Use, group_id: GroupId) -> Response:
    """Put the group aside: not of interest. It stays so when photos are processed again, and when it grows."""
    await use.unknown.dismiss(ref, group_id, undo=False)
    return Response(status_code=204)


@router.post("/{group_id}/undismiss", status_code=204, operation_id="UndismissUnknownGroup", dependencies=[MANAGE])
async def undismiss(ref: InGallery, use: deps.Use, group_id: GroupId) -> Response:
    """Show it again."""
    await use.unknown.dismiss(ref, group_id, undo=True)
    return Response(status_code=204)
