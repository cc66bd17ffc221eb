"""Collections: sets of members that are searched together."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from app.api import deps, problems
from app.api.accepts import body_of, reader
from app.api.fields import CalibrationPut, CollectionName, CollectionPut
from app.api.schemas import CalibrationOut, CollectionOut, CollectionsOut
from app.domain.collections import CollectionRef, FaceBackend, Kind

router = APIRouter(prefix="/collections", tags=["collections"], responses=problems.RESPONSES)

NamePath = Annotated[CollectionName, Path()]


@router.get("", operation_id="ListCollections")
async def list_collections(
    tenant: deps.Tenant, use: deps.Use, cursor: deps.From = "", limit: deps.Limit = 100
) -> CollectionsOut:
    """All collections, by name."""
    page = await use.collections.page(tenant, cursor, limit)
    return CollectionsOut(collections=[CollectionOut.of(item) for item in page.items], next_cursor=page.next_cursor)


@router.put("/{name}", operation_id="PutCollection", openapi_extra=body_of(CollectionPut))
async def put_collection(
    tenant: deps.Tenant, use: deps.Use, name: NamePath, body: Annotated[CollectionPut, Depends(reader(CollectionPut))]
) -> CollectionOut:
    """Make a collection, or leave it as it is but for its backend. Enrolling into a new name makes one, too.

    Faces that are kept go on being searched by the backend that they are kept with, until the collection is reindexed.
    """
    backend = FaceBackend(body.backend) if body.backend else None
    return CollectionOut.of(await use.collections.put(CollectionRef(tenant, name), Kind(body.kind), backend))


@router.get("/{name}", operation_id="GetCollection")
async def get_collection(tenant: deps.Tenant, use: deps.Use, name: NamePath) -> CollectionOut:
    """One collection."""
    return CollectionOut.of(await use.collections.get(CollectionRef(tenant, name)))


@router.delete("/{name}", status_code=204, operation_id="DeleteCollection")
async def delete_collection(tenant: deps.Tenant, use: deps.Use, name: NamePath) -> Response:
    """Forget a collection with all its members and faces."""
    await use.collections.delete(CollectionRef(tenant, name))
    return Response(status_code=204)


@router.get("/{name}/calibration", operation_id="GetCalibration")
async def get_calibration(tenant: deps.Tenant, use: deps.Use, name: NamePath) -> CalibrationOut:
    """How often different people are how similar: the curve that thresholds are derived from."""
    return CalibrationOut.of(await use.calibration.get(CollectionRef(tenant, name)), name)


@router.put("/{name}/calibration", operation_id="PutCalibration", openapi_extra=body_of(CalibrationPut))
async def put_calibration(
    tenant: deps.Tenant, use: deps.Use, name: NamePath, body: Annotated[CalibrationPut, Depends(reader(CalibrationPut))]
) -> CalibrationOut:
    """Give the collection a curve of its own, measured with the loaded recogniser on people like its members."""
    return CalibrationOut.of(await use.calibration.put(CollectionRef(tenant, name), body.curve()), name)


@router.delete("/{name}/calibration", status_code=204, operation_id="DeleteCalibration")
async def delete_calibration(tenant: deps.Tenant, use: deps.Use, name: NamePath) -> Response:
    """Go back to the curve that came with the model pack."""
    await use.calibration.delete(CollectionRef(tenant, name))
    return Response(status_code=204)
