"""Find out who calls, by what they show."""

from dataclasses import dataclass, field
from hmac import compare_digest

from app.domain.access import Caller, Scope
from app.domain.collections import DEFAULT_TENANT
from app.domain.errors import KeyUnknown, Unauthorized

OPERATOR, NEIGHBOUR = "The admin token", "This machine"


@dataclass(frozen=True, slots=True)
class Authenticate:
    """admin_token: "" where there is none. Then nobody has to show anything, and `app.serve` lets in loopback only."""

    admin_token: str = field(repr=False)

    async def __call__(self, shown: str, tenant: str) -> Caller:
        """shown: a key or a token, "" for none. tenant: for whom, "" for the caller's own. Raises Unauthorized."""
        if not shown and self.admin_token:
            raise Unauthorized
        if not shown:
            return _operator(NEIGHBOUR, tenant)
        if self.admin_token and compare_digest(shown.encode(), self.admin_token.encode()):
            return _operator(OPERATOR, tenant)
        raise KeyUnknown


def _operator(name: str, tenant: str) -> Caller:
    return Caller(name, tenant or DEFAULT_TENANT, frozenset(Scope))
