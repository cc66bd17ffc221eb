"""A gallery's photos: who is in them, which failed, and what a person knows better."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from app.api import deps, problems
from app.api.accepts import body_of, reader
from app.api.auth import needs
from app.api.galleries import InGallery
from app.api.gallery_fields import RejectIn, RetryIn
from app.api.gallery_schemas import PhotosOut, RetriedOut, WholePhotoOut
from app.domain.access import Reach, Scope
from app.domain.galleries import GalleryRef, PhotoState
from app.services import Services

router = APIRouter(prefix="/galleries/{gallery_id}", tags=["galleries"], responses=problems.RESPONSES)

READ, MANAGE = needs(Scope.READ, reach=Reach.COLLECTION), needs(Scope.MANAGE, reach=Reach.COLLECTION)

Id = Annotated[str, Path(max_length=64)]
Rejection = Annotated[RejectIn, Depends(reader(RejectIn))]


@router.get("/photos", operation_id="ListPhotos", dependencies=[READ])
async def list_photos(
    ref: InGallery,
    use: deps.Use,
    state: Annotated[PhotoState | None, Query()] = None,
    cursor: deps.From = "",
    limit: deps.Limit = 100,
) -> PhotosOut:
    """The gallery's photos that are known, by key."""
    page = await use.photos.page(ref, cursor, limit, state=state)
    return PhotosOut.of(page.items, page.next_cursor)


@router.get("/photos/{photo_id}", operation_id="GetPhoto", dependencies=[READ])
async def get_photo(ref: InGallery, use: deps.Use, photo_id: Id) -> WholePhotoOut:
    """A photo with its faces and who they are."""
    return WholePhotoOut.of(*await use.photos.get(ref, photo_id))


@router.delete("/photos/{photo_id}", status_code=204, operation_id="DeletePhoto", dependencies=[MANAGE])
async def delete_photo(ref: InGallery, use: deps.Use, photo_id: Id) -> Response:
    """Forget a photo and what was found in it. One that still lies in the source comes back with the next run."""
    await use.photos.delete(ref, photo_id)
    return Response(status_code=204)


@router.post(
    "/photos/{photo_id}/faces/{face_id}/reject",
    operation_id="RejectMatch",
    dependencies=[MANAGE],
    openapi_extra=body_of(RejectIn),
)
async def reject(ref: InGallery, use: deps.Use, photo_id: Id, face_id: Id, body: Rejection) -> WholePhotoOut:
    """Say that a face is not this client's. It stays so when the photo is processed again."""
    return await _judge(ref, use, photo_id, face_id, body.client_id, undo=False)


@router.post(
    "/photos/{photo_id}/faces/{face_id}/unreject",
    operation_id="UnrejectMatch",
    dependencies=[MANAGE],
    openapi_extra=body_of(RejectIn),
)
async def unreject(ref: InGallery, use: deps.Use, photo_id: Id, face_id: Id, body: Rejection) -> WholePhotoOut:
    """Take a rejection back."""
    return await _judge(ref, use, photo_id, face_id, body.client_id, undo=True)


@router.get("/failures", operation_id="ListFailures", dependencies=[READ])
async def list_failures(ref: InGallery, use: deps.Use, cursor: deps.From = "", limit: deps.Limit = 100) -> PhotosOut:
    """Photos that could not be processed, and why."""
    page = await use.photos.page(ref, cursor, limit, state=PhotoState.ERROR)
    return PhotosOut.of(page.items, page.next_cursor)


@router.post(
    "/failures/retry",
    status_code=202,
    operation_id="RetryFailures",
    dependencies=[MANAGE],
    openapi_extra=body_of(RetryIn),
)
async def retry_failures(
    ref: InGallery, use: deps.Use, body: Annotated[RetryIn, Depends(reader(RetryIn))]
) -> RetriedOut:
    """Try them again: those that are named, or all."""
    return RetriedOut(gallery_id=ref.gallery_id, retried=await use.photos.retry(ref, body.photo_ids))


async def _judge(
    ref: GalleryRef, use: Services, photo_id: str, face_id: str, client_id: str, *, undo: bool
) -> WholePhotoOut:
    basis = use.basis_of(await use.galleries.get(ref))
    await use.photos.reject(ref, photo_id, face_id, client_id, basis=basis, undo=undo)
    return WholePhotoOut.of(*await use.photos.get(ref, photo_id))
