"""What a route may ask for. The only file that reads what the lifespan put on the request."""

from typing import Annotated

from fastapi import Depends, Query, Request

from app.api import trail
from app.api.auth import Authenticated
from app.api.body import BodyLimits
from app.api.fields import CollectionName, Cursor
from app.domain.collections import DEFAULT_COLLECTION, CollectionRef
from app.services import Services


def _services(request: Request) -> Services:
    services: Services = request.state.services
    return services


def _body_limits(request: Request) -> BodyLimits:
    limits: BodyLimits = request.state.body_limits
    return limits


def _tenant(caller: Authenticated) -> str:
    return caller.tenant


Caller = Authenticated
Limits = Annotated[BodyLimits, Depends(_body_limits)]
Trail = Annotated[trail.Trail, Depends(trail.of)]
Tenant = Annotated[str, Depends(_tenant)]
Use = Annotated[Services, Depends(_services)]


def reached(caller: Authenticated, trail: Trail, collection: str) -> CollectionRef:
    """The caller's collection of that name, which the call is about. Raises Forbidden."""
    trail.collection = collection
    caller.require_collection(collection)
    return CollectionRef(caller.tenant, collection)


def _collection(
    caller: Authenticated, trail: Trail, collection: Annotated[CollectionName, Query()] = DEFAULT_COLLECTION
) -> CollectionRef:
    return reached(caller, trail, collection)


InCollection = Annotated[CollectionRef, Depends(_collection)]
From = Annotated[Cursor, Query()]
Limit = Annotated[int, Query(ge=1, le=1000, description="Most items of a page.")]
