"""What telling and being told needs of the world. Protocols only: no code runs here."""

from collections.abc import Sequence
from typing import Protocol

from app.domain.backlog import Alert, AlertKind
from app.domain.galleries import Basis, GalleryRef
from app.domain.members import Page
from app.domain.storage import StoredObject
from app.domain.webhooks import Delivery, DeliveryState, Parcel, Webhook, WebhookDraft, WebhookRef


class WebhookStore(Protocol):
    """Who is told. The webhook that a gallery itself has belongs to it: its address is changed there."""

    async def put(self, ref: WebhookRef, draft: WebhookDraft) -> tuple[Webhook, str]:
        """Make it, or change it to what the draft says. With its secret where that is new, otherwise "".

        Raises GalleryNotFound; WebhookNotFound and Conflict where it would make a gallery's own or change its address.
        """
        ...

    async def get(self, ref: WebhookRef) -> Webhook:
        """Raises WebhookNotFound."""
        ...

    async def page(self, tenant: str, cursor: str, limit: int) -> Page[Webhook]:
        """By id."""
        ...

    async def delete(self, ref: WebhookRef) -> None:
        """With its deliveries. Raises WebhookNotFound, and Conflict where it is a gallery's own."""
        ...


class DeliveryStore(Protocol):
    """Events on their way: taken up, settled, or put back, by one worker at a time.

    Each attempt has its turn. What is told of another turn than the delivery's is refused in silence.
    """

    async def page(self, ref: WebhookRef, cursor: str, limit: int, *, state: DeliveryState | None) -> Page[Delivery]:
        """Newest first. Raises WebhookNotFound, and InvalidRequest for a cursor that is none of ours."""
        ...

    async def redeliver(self, ref: WebhookRef, delivery_id: str) -> Delivery:
        """Tell of the same event again, at once. Raises WebhookNotFound, DeliveryNotFound."""
        ...

    async def redeliver_failed(self, ref: WebhookRef) -> int:
        """Those that failed, and those that wait to be tried again, at once; how many. Raises WebhookNotFound."""
        ...

    async def ping(self, ref: WebhookRef) -> Delivery:
        """Send it an event that says nothing. Raises WebhookNotFound."""
        ...

    async def claim(self, tenant: str, delivery_id: str, turn: int) -> Parcel | None:
        """None where it is no longer to be delivered, or at another turn."""
        ...

    async def settle(self, parcel: Parcel, status: int | None) -> None:
        """It arrived."""
        ...

    async def fail(self, parcel: Parcel, error: str, status: int | None, delay: float | None) -> None:
        """It did not, and is tried again in `delay` seconds; None: never."""
        ...

    async def put_off(self, parcel: Parcel, delay: float) -> None:
        """It was not tried, and is in `delay` seconds."""
        ...

    async def forget(self, days: int) -> None:
        """Drop events so old, with their deliveries, of all tenants."""
        ...


class AlertStore(Protocol):
    """What the operator was alarmed about. Each is raised once, by whoever of all processes notices first."""

    async def raise_alert(self, kind: AlertKind, subject: str, detail: str) -> bool:
        """Raise it and tell of it, unless it is raised; whether it was raised here."""
        ...

    async def clear(self, kind: AlertKind, subject: str) -> bool:
        """Tell that it is over, if it is raised; whether it was cleared here."""
        ...

    async def raised(self) -> Sequence[Alert]:
        """Oldest first."""
        ...


class Carrier(Protocol):
    """Carries events one way."""

    async def carry(self, parcel: Parcel) -> int | None:
        """The HTTP status of whoever took it, None where there is none. Raises DeliveryRefused, Unavailable."""
        ...


class Intake(Protocol):
    """Single photos of galleries, beside the runs that list whole sources."""

    async def covering(self, uri: str) -> Sequence[GalleryRef]:
        """The galleries of all tenants whose source the address of this object lies in."""
        ...

    async def take_in(self, ref: GalleryRef, objects: Sequence[StoredObject], basis: Basis) -> int:
        """Have those matched that are new, changed or not done, by a job of their own; how many that are.

        All in one transaction. Raises GalleryNotFound.
        """
        ...

    async def remove(self, ref: GalleryRef, key: str) -> bool:
        """Forget a photo and what was found in it; whether it was there."""
        ...
