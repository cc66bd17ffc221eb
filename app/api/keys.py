"""Keys of a tenant, and tokens for its apps."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from app.api import deps, problems
from app.api.accepts import body_of, reader
from app.api.access_schemas import KeyIn, KeyOut, KeysOut, MadeKeyOut, UploadTokenIn, UploadTokenOut
from app.api.auth import needs
from app.domain.access import Reach, Scope

router = APIRouter(tags=["access"], responses=problems.RESPONSES)

ADMIN = needs(Scope.ADMIN)
GIVE_OUT = needs(Scope.ENROLL, Scope.IDENTIFY, reach=Reach.COLLECTION)

Id = Annotated[str, Path(max_length=64)]


@router.post("/keys", status_code=201, operation_id="MakeKey", dependencies=[ADMIN], openapi_extra=body_of(KeyIn))
async def make_key(caller: deps.Caller, use: deps.Use, body: Annotated[KeyIn, Depends(reader(KeyIn))]) -> MadeKeyOut:
    """Make a key of your tenant, for no more than you may do yourself. Keep it: it is not shown again."""
    return MadeKeyOut.of_new(*await use.manage_keys.make(caller, body.draft()))


@router.get("/keys", operation_id="ListKeys", dependencies=[ADMIN])
async def list_keys(tenant: deps.Tenant, use: deps.Use, cursor: deps.From = "", limit: deps.Limit = 100) -> KeysOut:
    """Your tenant's keys, newest first; those that were revoked, too."""
    page = await use.manage_keys.keys.page(tenant, cursor, limit)
    return KeysOut(keys=[KeyOut.of(key) for key in page.items], next_cursor=page.next_cursor)


@router.get("/keys/{key_id}", operation_id="GetKey", dependencies=[ADMIN])
async def get_key(tenant: deps.Tenant, use: deps.Use, key_id: Id) -> KeyOut:
    """One key, without its secret."""
    return KeyOut.of(await use.manage_keys.keys.get(tenant, key_id))


@router.delete("/keys/{key_id}", status_code=204, operation_id="RevokeKey", dependencies=[ADMIN])
async def revoke_key(tenant: deps.Tenant, use: deps.Use, key_id: Id) -> Response:
    """Let the key in no more: at once here, within five seconds in other processes."""
    await use.manage_keys.revoke(tenant, key_id)
    return Response(status_code=204)


@router.post(
    "/upload-tokens",
    status_code=201,
    operation_id="MakeUploadToken",
    dependencies=[GIVE_OUT],
    openapi_extra=body_of(UploadTokenIn),
)
async def make_upload_token(
    caller: deps.Caller, use: deps.Use, body: Annotated[UploadTokenIn, Depends(reader(UploadTokenIn))]
) -> UploadTokenOut:
    """A token for an app, so that no key need be in it: for one thing, in one collection, for minutes."""
    grant, token = use.manage_keys.upload_token(
        caller,
        body.scope,
        body.collection,
        member_id=body.member_id,
        seconds=body.expires_in,
        uses=body.uses,
    )
    return UploadTokenOut.of(grant, token, body.verb)
