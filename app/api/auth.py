"""Who is calling."""

from hmac import compare_digest
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyHeader, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from app.domain.collections import DEFAULT_TENANT
from app.domain.errors import Unauthorized

_header = APIKeyHeader(name="X-API-Key", auto_error=False)
_bearer = HTTPBearer(auto_error=False)


async def require_key(
    request: Request,
    key: Annotated[str | None, Depends(_header)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> str:
    """The caller's tenant. Raises Unauthorized.

    Without an admin token there is nobody to tell apart; `app.wiring` then serves loopback only.
    """
    wanted: str | None = request.state.admin_token
    given = key or (bearer.credentials if bearer else "")
    if wanted is not None and not compare_digest(given.encode(), wanted.encode()):
        raise Unauthorized
    return DEFAULT_TENANT
