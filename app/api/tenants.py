"""Tenants: whose everything is. The operator's business alone."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from app.api import deps, problems
from app.api.accepts import body_of, reader
from app.api.access_schemas import TenantId, TenantOut, TenantPut, TenantsOut
from app.api.auth import needs
from app.domain.access import Scope

router = APIRouter(prefix="/tenants", tags=["access"], responses=problems.RESPONSES)

OPERATE = needs(Scope.OPERATE)

Which = Annotated[TenantId, Path()]


@router.get("", operation_id="ListTenants", dependencies=[OPERATE])
async def list_tenants(use: deps.Use, cursor: deps.From = "", limit: deps.Limit = 100) -> TenantsOut:
    """All tenants, by id."""
    page = await use.manage_keys.tenants.page(cursor, limit)
    return TenantsOut.of(tuple(page.items), page.next_cursor)


@router.put("/{tenant_id}", operation_id="PutTenant", dependencies=[OPERATE], openapi_extra=body_of(TenantPut))
async def put_tenant(
    use: deps.Use, tenant_id: Which, body: Annotated[TenantPut, Depends(reader(TenantPut))]
) -> TenantOut:
    """Make a tenant, or call it by another name and allow it more or less."""
    return TenantOut.model_validate(await use.manage_keys.tenants.put(tenant_id, body.name, body.quota))


@router.get("/{tenant_id}", operation_id="GetTenant", dependencies=[OPERATE])
async def get_tenant(use: deps.Use, tenant_id: Which) -> TenantOut:
    """One tenant."""
    return TenantOut.model_validate(await use.manage_keys.tenants.get(tenant_id))


@router.delete("/{tenant_id}", status_code=204, operation_id="DeleteTenant", dependencies=[OPERATE])
async def delete_tenant(use: deps.Use, tenant_id: Which) -> Response:
    """Forget a tenant with all its collections, galleries, jobs and keys. What lies in storages stays there."""
    await use.manage_keys.delete_tenant(tenant_id)
    return Response(status_code=204)
