"""Keys with which AWS's own clients sign their requests to POST /rekognition/."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from app.api import deps, problems
from app.api.accepts import body_of, reader
from app.api.access_key_schemas import AccessKeyIn, AccessKeyOut, AccessKeysOut, NewAccessKeyOut
from app.api.auth import needs
from app.domain.access import Scope

ADMIN = needs(Scope.ADMIN)

router = APIRouter(prefix="/access-keys", tags=["access keys"], responses=problems.RESPONSES)


@router.post(
    "", status_code=201, operation_id="CreateAccessKey", dependencies=[ADMIN], openapi_extra=body_of(AccessKeyIn)
)
async def create_access_key(
    tenant: deps.Tenant, use: deps.Use, body: Annotated[AccessKeyIn, Depends(reader(AccessKeyIn))]
) -> NewAccessKeyOut:
    """Make a key. Its secret is in this answer and in no other."""
    return NewAccessKeyOut.of(*await use.access_keys.create(tenant, body.name))


@router.get("", operation_id="ListAccessKeys", dependencies=[ADMIN])
async def list_access_keys(
    tenant: deps.Tenant, use: deps.Use, cursor: deps.From = "", limit: deps.Limit = 100
) -> AccessKeysOut:
    """All keys, without their secrets."""
    page = await use.access_keys.page(tenant, cursor, limit)
    return AccessKeysOut(
        access_keys=[AccessKeyOut.model_validate(key) for key in page.items], next_cursor=page.next_cursor
    )


@router.delete("/{access_key_id}", status_code=204, operation_id="DeleteAccessKey", dependencies=[ADMIN])
async def delete_access_key(
    tenant: deps.Tenant, use: deps.Use, access_key_id: Annotated[str, Path(max_length=128)]
) -> Response:
    """Let in nobody who signs with it, from here on."""
    await use.access_keys.delete(tenant, access_key_id)
    return Response(status_code=204)
