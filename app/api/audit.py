"""Who did what: the audit log, read and verified. Nothing writes to it but what is done."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import StreamingResponse

from app.api import deps, problems
from app.api.audit_schemas import AuditOut, LineOut, VerdictOut, anchor, wanted
from app.api.auth import needs
from app.domain.access import Scope
from app.domain.audit import Anchor, Line, Wanted

router = APIRouter(prefix="/audit", tags=["audit"], responses=problems.RESPONSES)

ADMIN = needs(Scope.ADMIN)

LINES = "application/x-ndjson"


@router.get(
    "",
    operation_id="ListAudit",
    dependencies=[ADMIN],
    response_model=AuditOut,
    responses={200: {"content": {LINES: {"schema": {"type": "string"}}}}},
)
async def list_audit(
    tenant: deps.Tenant,
    use: deps.Use,
    trail: deps.Trail,
    which: Annotated[Wanted, Depends(wanted)],
    cursor: deps.From = "",
    limit: deps.Limit = 100,
    wants: Annotated[
        Literal["json", "ndjson"] | None,
        Query(alias="format", description="ndjson: all lines from the cursor on, one JSON object a line."),
    ] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> AuditOut | StreamingResponse:
    """What was done on the tenant's behalf, oldest first. Members are named by digests; ask by `member_id` for one."""
    trail.about(which.member_id)
    if wants == "ndjson" or (wants is None and LINES in accept):
        return StreamingResponse(_lines(use.audit.every(tenant, cursor, which)), media_type=LINES)
    page = await use.audit.store.page(tenant, cursor, limit, which)
    return AuditOut(entries=[LineOut(**line.show()) for line in page.items], next_cursor=page.next_cursor)


@router.get("/verify", operation_id="VerifyAudit", dependencies=[ADMIN])
async def verify_audit(
    tenant: deps.Tenant, use: deps.Use, start: Annotated[Anchor | None, Depends(anchor)]
) -> VerdictOut:
    """Whether all lines are there as they were written. Give a line that you know, and it must still be what it was."""
    return VerdictOut.of(await use.audit.verify(tenant, start))


async def _lines(lines: AsyncIterator[Line]) -> AsyncIterator[str]:
    async for line in lines:
        yield json.dumps(line.show(), ensure_ascii=False) + "\n"
