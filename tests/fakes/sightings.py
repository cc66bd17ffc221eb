"""Who was recognised, in memory."""

from collections.abc import Collection

from app.domain.collections import CollectionRef


class FakeSightings:
    """See law_ports.Sightings. The days are left out."""

    def __init__(self) -> None:
        self.known: set[tuple[CollectionRef, str]] = set()

    async def seen(self, ref: CollectionRef, member_ids: Collection[str]) -> None:
        self.known |= {(ref, member_id) for member_id in member_ids}
