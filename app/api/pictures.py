"""Small pictures of a gallery's photos and of the faces in them, for people to look at."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response

from app.api import deps, problems
from app.api.auth import needs
from app.api.galleries import InGallery
from app.domain.access import Reach, Scope
from app.domain.galleries import GalleryRef
from app.domain.unknown import Shot
from app.services import Services
from app.services.show_photo import tag_of

JPEG = "image/jpeg"

OK: dict[int | str, dict[str, Any]] = {
    200: {"content": {JPEG: {"schema": {"type": "string", "format": "binary"}}}},
    304: {"description": "It is the one that If-None-Match names."},
}
router = APIRouter(
    prefix="/galleries/{gallery_id}/photos/{photo_id}", tags=["galleries"], responses={**problems.RESPONSES, **OK}
)

READ = needs(Scope.READ, reach=Reach.COLLECTION)

Id = Annotated[str, Path(max_length=64)]
Known = Annotated[str, Header(alias="If-None-Match", max_length=1000)]
Side = Annotated[int, Query(ge=64, le=1024, description="Longest side in pixels; nothing is enlarged.")]


@router.get("/faces/{face_id}/crop", operation_id="GetFaceCrop", dependencies=[READ], response_class=Response)
async def crop(
    ref: InGallery, use: deps.Use, photo_id: Id, face_id: Id, size: Side = 160, if_none_match: Known = ""
) -> Response:
    """A face with what is around it, as a JPEG."""
    return await _picture(ref, use, await use.show_photo.find(ref, photo_id, face_id), size, if_none_match)


@router.get("/thumbnail", operation_id="GetPhotoThumbnail", dependencies=[READ], response_class=Response)
async def thumbnail(
    ref: InGallery, use: deps.Use, photo_id: Id, size: Side = 320, if_none_match: Known = ""
) -> Response:
    """A photo, small and upright, as a JPEG without metadata."""
    return await _picture(ref, use, await use.show_photo.find(ref, photo_id), size, if_none_match)


async def _picture(ref: GalleryRef, use: Services, shot: Shot, size: int, known: str) -> Response:
    tag = tag_of(shot, size)
    headers = {"ETag": tag}  # for callers that keep pictures themselves: browsers are told not to
    if tag in (each.strip().removeprefix("W/") for each in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(await use.show_photo(ref, shot, size), headers=headers, media_type=JPEG)
