"""The blacklist: people who are watched for."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.api import deps, problems
from app.api.accepts import body_of, reader
from app.api.auth import needs
from app.api.blacklist_fields import AddImagesIn, EntryIn, EntryPatch, RefreshIn
from app.api.blacklist_schemas import AddedOut, EntriesOut, EntryOut, HitOut, HitsOut
from app.api.fields import CollectionName, Identifier
from app.api.index_schemas import BegunOut
from app.api.schemas import FacesOut
from app.domain.access import Reach, Scope
from app.domain.blacklist import BLACKLIST
from app.domain.collections import CollectionRef
from app.domain.matching import FaceSelection

router = APIRouter(prefix="/blacklist", tags=["blacklist"], responses=problems.RESPONSES)


READ, MANAGE = needs(Scope.READ, reach=Reach.COLLECTION), needs(Scope.MANAGE, reach=Reach.COLLECTION)
ADD = needs(Scope.MANAGE, reach=Reach.COLLECTION, verb=Scope.ENROLL)


def _ref(
    caller: deps.Caller, trail: deps.Trail, collection: Annotated[CollectionName, Query()] = BLACKLIST
) -> CollectionRef:
    return deps.reached(caller, trail, collection)


InList = Annotated[CollectionRef, Depends(_ref)]
EntryId = Annotated[Identifier, Path(description="The entry's id.")]


@router.post("", status_code=201, operation_id="AddBlacklistEntry", dependencies=[ADD], openapi_extra=body_of(EntryIn))
async def add(ref: InList, use: deps.Use, body: Annotated[EntryIn, Depends(reader(EntryIn))]) -> AddedOut:
    """Watch for somebody. Images may come with it or later; each has its own result."""
    draft = body.draft(body.id or str(uuid4()))
    entry, outcomes = await use.blacklist.add(ref, draft, body.given(), FaceSelection(body.face_selection))
    return AddedOut.of(entry, outcomes)


@router.get("", operation_id="ListBlacklist", dependencies=[READ])
async def list_entries(
    ref: InList,
    use: deps.Use,
    in_force: Annotated[bool | None, Query(description="Only those that are matched now, or only the others.")] = None,
    cursor: deps.From = "",
    limit: deps.Limit = 100,
) -> EntriesOut:
    """The entries, by id."""
    page = await use.blacklist.entries.page(ref, cursor, limit, in_force=in_force)
    return EntriesOut(entries=[EntryOut.of(entry) for entry in page.items], next_cursor=page.next_cursor)


@router.post(
    "/refresh",
    status_code=202,
    operation_id="RefreshBlacklist",
    dependencies=[MANAGE],
    openapi_extra=body_of(RefreshIn),
)
async def refresh(
    request: Request, ref: InList, use: deps.Use, body: Annotated[RefreshIn, Depends(reader(RefreshIn))]
) -> BegunOut:
    """Read the images anew from where they came, for the model that is loaded: a job with an item for each."""
    job = await use.blacklist.refresh(ref, allow_partial=body.allow_partial)
    url = request.url_for("get_job", job_id=job.job_id).path
    return BegunOut(job_id=job.job_id, status=job.state, status_url=url)


@router.get("/{entry_id}", operation_id="GetBlacklistEntry", dependencies=[READ])
async def get_entry(ref: InList, use: deps.Use, entry_id: EntryId) -> EntryOut:
    """One entry."""
    return EntryOut.of(await use.blacklist.entries.get(ref, entry_id))


@router.patch(
    "/{entry_id}", operation_id="UpdateBlacklistEntry", dependencies=[MANAGE], openapi_extra=body_of(EntryPatch)
)
async def update_entry(
    ref: InList, use: deps.Use, entry_id: EntryId, body: Annotated[EntryPatch, Depends(reader(EntryPatch))]
) -> EntryOut:
    """Change what is sent; the rest stays. Metadata is replaced as a whole."""
    return EntryOut.of(await use.blacklist.entries.update(ref, body.draft(entry_id)))


@router.delete("/{entry_id}", status_code=204, operation_id="DeleteBlacklistEntry", dependencies=[MANAGE])
async def delete_entry(ref: InList, use: deps.Use, entry_id: EntryId) -> Response:
    """Forget an entry with all its images and hits."""
    await use.blacklist.delete(ref, entry_id)
    return Response(status_code=204)


@router.post(
    "/{entry_id}/images", operation_id="AddBlacklistImages", dependencies=[ADD], openapi_extra=body_of(AddImagesIn)
)
async def add_images(
    ref: InList, use: deps.Use, entry_id: EntryId, body: Annotated[AddImagesIn, Depends(reader(AddImagesIn))]
) -> AddedOut:
    """Keep a face of each picture. Each has its own result: one that cannot be used spoils no other."""
    entry, outcomes = await use.blacklist.add_images(ref, entry_id, body.given(), FaceSelection(body.face_selection))
    return AddedOut.of(entry, outcomes)


@router.get("/{entry_id}/images", operation_id="ListBlacklistImages", dependencies=[READ])
async def list_images(
    ref: InList, use: deps.Use, entry_id: EntryId, cursor: deps.From = "", limit: deps.Limit = 100
) -> FacesOut:
    """The faces kept of an entry, oldest first. Never their embeddings."""
    await use.blacklist.entries.get(ref, entry_id)
    page = await use.members.faces(ref, entry_id, cursor, limit)
    return FacesOut.of(page.items, page.next_cursor)


@router.delete(
    "/{entry_id}/images/{face_id}", status_code=204, operation_id="DeleteBlacklistImage", dependencies=[MANAGE]
)
async def delete_image(
    ref: InList, use: deps.Use, entry_id: EntryId, face_id: Annotated[Identifier, Path()]
) -> Response:
    """Forget one image. The entry stays."""
    await use.blacklist.delete_image(ref, entry_id, face_id)
    return Response(status_code=204)


@router.get("/{entry_id}/hits", operation_id="ListBlacklistHits", dependencies=[READ])
async def list_hits(
    ref: InList,
    use: deps.Use,
    entry_id: EntryId,
    include_review: Annotated[bool, Query(description="Also those for a person to look at.")] = False,  # noqa: FBT002 - FastAPI calls by keyword
    cursor: deps.From = "",
    limit: deps.Limit = 100,
) -> HitsOut:
    """The processed images that the entry was found in, newest first."""
    page = await use.blacklist.entries.hits(ref, entry_id, cursor, limit, review=include_review)
    return HitsOut(hits=[HitOut.of(hit) for hit in page.items], next_cursor=page.next_cursor)
