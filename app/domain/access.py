"""Who calls, and what they may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from app.domain.errors import Forbidden


class Scope(StrEnum):
    """What a caller may be allowed. OPERATE, for what concerns all tenants, is the operator's and no key's."""

    ENROLL = "enroll"
    IDENTIFY = "identify"
    READ = "read"
    MANAGE = "manage"
    EVENTS = "events"
    ADMIN = "admin"
    OPERATE = "operate"


OF_KEYS = frozenset(Scope) - {Scope.OPERATE}
"""The scopes that a key may have."""


class Reach(IntEnum):
    """How much a call is about. Who is limited to less than that may not make it."""

    MEMBER = 1
    COLLECTION = 2
    TENANT = 3


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who was recognised.

    name: for people to read, never a secret. collections: those it is limited to, empty for none. member_id: the only
    one it may be about, empty for any. sends: whether pictures must come with the call, since whoever it is may not
    have this service read what only the service can. expires_at: when all this ends.
    """

    name: str
    tenant: str
    scopes: frozenset[Scope]
    collections: frozenset[str] = frozenset()
    member_id: str = ""
    sends: bool = False
    expires_at: datetime | None = None

    @property
    def reach(self) -> Reach:
        if self.member_id:
            return Reach.MEMBER
        return Reach.COLLECTION if self.collections else Reach.TENANT

    def require(self, *scopes: Scope) -> None:
        """One of the scopes. Raises Forbidden."""
        if self.scopes.isdisjoint(scopes):
            wanted = " or ".join(scopes)
            msg = f"{self.name} lacks the scope {wanted}."
            raise Forbidden(msg, scope=wanted)

    def require_reach(self, reach: Reach) -> None:
        """Whether a call of that reach may be made by somebody so limited. Raises Forbidden."""
        if self.reach < reach:
            limit = "one member" if self.member_id else "some collections"
            msg = f"{self.name} is limited to {limit}, and this concerns more."
            raise Forbidden(msg)

    def require_collection(self, name: str) -> None:
        """Raises Forbidden."""
        if self.collections and name not in self.collections:
            msg = f"{self.name} may not use that collection."
            raise Forbidden(msg)

    def require_member(self, member_id: str) -> None:
        """Raises Forbidden."""
        if self.member_id and member_id != self.member_id:
            msg = f"{self.name} may speak for one member only, and not for that one."
            raise Forbidden(msg)
