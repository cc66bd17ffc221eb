"""Who is calling, and what a route asks of them.

Every route says what it needs: `dependencies=[needs(Scope.READ, reach=Reach.COLLECTION)]`, or `[OPEN]` for what
anybody may see. `app.main` refuses to make an application with a route that says neither.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Header, Request, params
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from fastapi.security import APIKeyHeader, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from app.api import trail
from app.domain.access import Caller, Reach, Scope
from app.services import Services

_key = APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="key")
_bearer = HTTPBearer(auto_error=False, scheme_name="bearer")
SCHEMES = ("key", "bearer")
"""Either will do."""


async def authenticated(
    request: Request,
    key: Annotated[str | None, Depends(_key)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    tenant: Annotated[str | None, Header(alias="X-Tenant", include_in_schema=False, max_length=255)] = None,
) -> Caller:
    """Raises Unauthorized, and TenantNotFound where the caller may not speak for the tenant of X-Tenant."""
    services: Services = request.state.services
    caller = await services.authenticate(key or (bearer.credentials if bearer else ""), tenant or "")
    trail.of(request).begin(
        caller, request.scope["route"].operation_id or request.scope["route"].name, request.path_params
    )
    return caller


Authenticated = Annotated[Caller, Depends(authenticated)]


@dataclass(frozen=True, slots=True)
class Needs:
    """A dependency that lets those pass who have one of the scopes and may see as much as the call is about.

    Which collection or member it is about is judged where that is read: `deps` and `accepts`.
    """

    scopes: tuple[Scope, ...]
    reach: Reach
    pictures: int
    verb: Scope

    async def __call__(self, request: Request, caller: Authenticated) -> None:
        """Raises Forbidden, RateLimited."""
        caller.require(*self.scopes)
        caller.require_reach(self.reach)
        services: Services = request.state.services
        held: ExitStack = request.state.held
        held.enter_context(services.throttle.holding(caller))
        await services.throttle.charge(caller, self.verb, self.pictures)
        request.state.charged = self


def needs(*scopes: Scope, reach: Reach = Reach.TENANT, pictures: int = 1, verb: Scope | None = None) -> params.Depends:
    """Declare what a route needs: one of the scopes. reach: how limited a caller may be and still call it.

    pictures: what a call costs, and verb: of which of the caller's allowances; unless said, the first of the scopes.
    """
    return params.Depends(Needs(scopes, reach, pictures, verb or scopes[0]))


async def charge_more(request: Request, caller: Caller, pictures: int) -> None:
    """Charge for all pictures of a call, now that they are counted. Raises RateLimited."""
    services: Services = request.state.services
    charged: Needs = request.state.charged
    if pictures > charged.pictures:
        await services.throttle.charge(caller, charged.verb, pictures - charged.pictures)


def _anybody() -> None:
    pass


OPEN = params.Depends(_anybody)
"""Declares that a route asks for no key: it must tell nothing about members."""


def declared(app: FastAPI) -> Iterator[tuple[str, str, Needs | None]]:
    """Path, method and need of every route that is not mounted; None where it is open.

    Raises RuntimeError where one does not say.
    """
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute):
            needed = _declared(route)
            yield from ((route.path_format or "", method, needed) for method in route.methods or ())


def _declared(route: RouteContext) -> Needs | None:
    said = [dependency.dependency for dependency in route.dependencies]
    for needed in said:
        if isinstance(needed, Needs):
            return needed
    if _anybody in said:
        return None
    msg = f"{route.path} does not say what it needs: dependencies=[needs(Scope.…)], see app/api/auth.py"
    raise RuntimeError(msg)


def check(app: FastAPI) -> None:
    """Raises RuntimeError where a route does not say what it needs."""
    for _ in declared(app):
        pass
