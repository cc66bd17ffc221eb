"""Small pictures for people to look at: of kept faces, of a gallery's photos and of the faces in them."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response

from app.api import deps, problems
from app.api.auth import needs
from app.api.fields import Identifier
from app.api.galleries import InGallery
from app.domain.access import Reach, Scope
from app.services.show_photo import tag_of

JPEG = "image/jpeg"

OK: dict[int | str, dict[str, Any]] = {
    200: {"content": {JPEG: {"schema": {"type": "string", "format": "binary"}}}},
    304: {"description": "It is the one that If-None-Match names."},
}
router = APIRouter(responses={**problems.RESPONSES, **OK})

READ = needs(Scope.READ, reach=Reach.COLLECTION)

Id = Annotated[str, Path(max_length=64)]
Known = Annotated[str, Header(alias="If-None-Match", max_length=1000)]
Side = Annotated[int, Query(ge=64, le=1024, description="Longest side in pixels; nothing is enlarged.")]

_PHOTO = "/galleries/{gallery_id}/photos/{photo_id}"


@router.get(
    f"{_PHOTO}/faces/{{face_id}}/crop",
    tags=["galleries"],
    operation_id="GetFaceCrop",
    dependencies=[READ],
    response_class=Response,
)
async def crop(
    ref: InGallery, use: deps.Use, photo_id: Id, face_id: Id, size: Side = 160, if_none_match: Known = ""
) -> Response:
    """A face with what is around it, as a JPEG."""
    shot = await use.show_photo.find(ref, photo_id, face_id)
    return await _picture(partial(use.show_photo, ref, shot, size), tag_of(shot, size), if_none_match)


@router.get(
    f"{_PHOTO}/thumbnail",
    tags=["galleries"],
    operation_id="GetPhotoThumbnail",
    dependencies=[READ],
    response_class=Response,
)
async def thumbnail(
    ref: InGallery, use: deps.Use, photo_id: Id, size: Side = 320, if_none_match: Known = ""
) -> Response:
    """A photo, small and upright, as a JPEG without metadata."""
    shot = await use.show_photo.find(ref, photo_id)
    return await _picture(partial(use.show_photo, ref, shot, size), tag_of(shot, size), if_none_match)


@router.get(
    "/faces/{face_id}/crop",
    tags=["members"],
    operation_id="GetKeptFaceCrop",
    dependencies=[READ],
    response_class=Response,
)
async def kept_crop(
    ref: deps.InCollection, use: deps.Use, face_id: Id, size: Side = 160, if_none_match: Known = ""
) -> Response:
    """A kept face from the picture that it was taken from, as a JPEG; `source_not_kept` where that was an upload."""
    original = await use.show_face.find(ref, face_id)
    return await _picture(partial(use.show_face, original, size), tag_of(original, size), if_none_match)


@router.get(
    "/members/{member_id}/crop",
    tags=["members"],
    operation_id="GetMemberCrop",
    dependencies=[READ],
    response_class=Response,
)
async def member_crop(
    ref: deps.InCollection,
    use: deps.Use,
    member_id: Annotated[Identifier, Path()],
    size: Side = 160,
    if_none_match: Known = "",
) -> Response:
    """The first of a member's faces whose picture can be had again, as a JPEG."""
    return await kept_crop(ref, use, await use.show_face.of_member(ref, member_id), size, if_none_match)


async def _picture(make: Callable[[], Awaitable[bytes]], tag: str, known: str) -> Response:
    headers = {"ETag": tag}  # for callers that keep pictures themselves: browsers are told not to
    if tag in (each.strip().removeprefix("W/") for each in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(await make(), headers=headers, media_type=JPEG)
