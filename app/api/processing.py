"""Several images at once, searched for people of a collection; and the history of them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import AwareDatetime, Field
from pydantic.json_schema import SkipJsonSchema

from app.api import deps, problems
from app.api.accepts import body_of, reader
from app.api.auth import needs
from app.api.batch_fields import SomeImages
from app.api.fields import CollectionName, Identifier, Threshold, WithAttributes
from app.api.processing_schemas import HistoryOut, ImageOut, ProcessedOut
from app.domain.access import Reach, Scope
from app.domain.blacklist import BLACKLIST
from app.domain.collections import CollectionRef
from app.domain.processed import History, ProcessedImage, Wish

router = APIRouter(tags=["blacklist"], responses=problems.RESPONSES)

IDENTIFY, READ, MANAGE = needs(Scope.IDENTIFY, reach=Reach.COLLECTION), needs(Scope.READ), needs(Scope.MANAGE)

Id = Annotated[str, Path(max_length=64)]


class ProcessIn(SomeImages):
    collection: CollectionName = BLACKLIST
    top_k: int = Field(1, ge=1, le=100, description="Most members to answer for a face.")
    threshold: Threshold | SkipJsonSchema[None] = None
    attributes: WithAttributes = False


@router.post("/process-images", operation_id="ProcessImages", dependencies=[IDENTIFY], openapi_extra=body_of(ProcessIn))
async def process(
    tenant: deps.Tenant, use: deps.Use, trail: deps.Trail, body: Annotated[ProcessIn, Depends(reader(ProcessIn))]
) -> ProcessedOut:
    """Say of each image whether people of a collection are in it, the blacklist's unless another is named.

    Each image has its own result: one that cannot be used spoils no other. Who was found is kept; the images are not.
    """
    wish = Wish(body.top_k, body.threshold, body.attributes)
    outcomes = await use.process_images(CollectionRef(tenant, body.collection), body.given(), wish)
    images = (outcome for outcome in outcomes if isinstance(outcome, ProcessedImage))
    trail.about(*(found.member_id for image in images for found in image.looked.found))
    return ProcessedOut.of(outcomes, body.collection)


def _history(
    collection: Annotated[CollectionName | None, Query()] = None,
    matched: Annotated[bool | None, Query(description="Only those in which somebody was found, or the others.")] = None,
    identity: Annotated[Identifier | None, Query(description="Only those in which that member was found.")] = None,
    source: Annotated[str | None, Query(max_length=2048, description="How the source begins.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="From when on, with a time zone.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Until when, excluded, with a time zone.")] = None,
) -> History:
    return History(collection, matched, identity, source, since, until)


@router.get("/processed-images", include_in_schema=False, dependencies=[READ])
@router.get("/processed-images/", operation_id="ListProcessedImages", dependencies=[READ])
async def list_processed(
    tenant: deps.Tenant,
    use: deps.Use,
    which: Annotated[History, Depends(_history)],
    cursor: deps.From = "",
    limit: deps.Limit = 100,
) -> HistoryOut:
    """Images that were processed, newest first."""
    page = await use.processed.page(tenant, which, cursor, limit)
    return HistoryOut(images=[ImageOut.of(image) for image in page.items], next_cursor=page.next_cursor)


@router.get("/processed-images/{image_id}", operation_id="GetProcessedImage", dependencies=[READ])
async def get_processed(tenant: deps.Tenant, use: deps.Use, image_id: Id) -> ImageOut:
    """One image that was processed, and who was found in it."""
    return ImageOut.of(await use.processed.get(tenant, image_id))


@router.delete(
    "/processed-images/{image_id}", status_code=204, operation_id="DeleteProcessedImage", dependencies=[MANAGE]
)
async def delete_processed(tenant: deps.Tenant, use: deps.Use, image_id: Id) -> Response:
    """Forget what came out of an image, and the hits in it."""
    await use.processed.delete(tenant, image_id)
    return Response(status_code=204)
