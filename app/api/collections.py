"""Collections: sets of members that are searched together."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from app.api import deps, problems
from app.api.accepts import body_of, reader
from app.api.auth import needs
from app.api.fields import CalibrationPut, CollectionName, CollectionPut
from app.api.schemas import CalibrationOut, CollectionOut, CollectionsOut
from app.domain.access import Reach, Scope
from app.domain.collections import CollectionRef, Kind

router = APIRouter(prefix="/collections", tags=["collections"], responses=problems.RESPONSES)

LIST = needs(Scope.READ)
READ, MANAGE = needs(Scope.READ, reach=Reach.COLLECTION), needs(Scope.MANAGE, reach=Reach.COLLECTION)


def _named(caller: deps.Caller, name: Annotated[CollectionName, Path()]) -> CollectionRef:
    caller.require_collection(name)
    return CollectionRef(caller.tenant, name)


Named = Annotated[CollectionRef, Depends(_named)]


@router.get("", operation_id="ListCollections", dependencies=[LIST])
async def list_collections(
    tenant: deps.Tenant, use: deps.Use, cursor: deps.From = "", limit: deps.Limit = 100
) -> CollectionsOut:
    """All collections, by name."""
    page = await use.collections.page(tenant, cursor, limit)
    return CollectionsOut(collections=[CollectionOut.of(item) for item in page.items], next_cursor=page.next_cursor)


@router.put("/{name}", operation_id="PutCollection", dependencies=[MANAGE], openapi_extra=body_of(CollectionPut))
async def put_collection(
    ref: Named, use: deps.Use, body: Annotated[CollectionPut, Depends(reader(CollectionPut))]
) -> CollectionOut:
    """Make a collection, or leave it as it is but for the rules that are sent. Enrolling into a new name makes one.

    Faces that are kept go on being searched by the backend that they are kept with, until the collection is reindexed.
    """
    if body.liveness_mode:
        use.alive.require(body.liveness_mode)
    return CollectionOut.of(await use.collections.put(ref, Kind(body.kind), body.rules))


@router.get("/{name}", operation_id="GetCollection", dependencies=[READ])
async def get_collection(ref: Named, use: deps.Use) -> CollectionOut:
    """One collection."""
    return CollectionOut.of(await use.collections.get(ref))


@router.delete("/{name}", status_code=204, operation_id="DeleteCollection", dependencies=[MANAGE])
async def delete_collection(ref: Named, use: deps.Use) -> Response:
    """Forget a collection with all its members and faces."""
    await use.collections.delete(ref)
    return Response(status_code=204)


@router.get("/{name}/calibration", operation_id="GetCalibration", dependencies=[READ])
async def get_calibration(ref: Named, use: deps.Use) -> CalibrationOut:
    """How often different people are how similar: the curve that thresholds are derived from."""
    return CalibrationOut.of(await use.calibration.get(ref), ref.name)


@router.put(
    "/{name}/calibration", operation_id="PutCalibration", dependencies=[MANAGE], openapi_extra=body_of(CalibrationPut)
)
async def put_calibration(
    ref: Named, use: deps.Use, body: Annotated[CalibrationPut, Depends(reader(CalibrationPut))]
) -> CalibrationOut:
    """Give the collection a curve of its own, measured with the loaded recogniser on people like its members."""
    return CalibrationOut.of(await use.calibration.put(ref, body.curve()), ref.name)


@router.delete("/{name}/calibration", status_code=204, operation_id="DeleteCalibration", dependencies=[MANAGE])
async def delete_calibration(ref: Named, use: deps.Use) -> Response:
    """Go back to the curve that came with the model pack."""
    await use.calibration.delete(ref)
    return Response(status_code=204)
