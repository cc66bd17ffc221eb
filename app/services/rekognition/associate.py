"""Make faces a user's."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.collections import CollectionRef
from app.domain.scale import Scale
from app.domain.users import Changed, Once
from app.services.judge import Judge
from app.user_ports import UserStore


@dataclass(frozen=True, slots=True)
class Associate:
    judge: Judge
    users: UserStore

    async def __call__(
        self, ref: CollectionRef, user_id: str, face_ids: Sequence[str], least: float, once: Once | None
    ) -> tuple[Changed, Scale]:
        """least: percent. With what similarities of those that were refused are worth.

        Raises CollectionNotFound, MemberNotFound, QuotaExceeded, Conflict.
        """
        scale = await self.judge.scale(ref)
        return await self.users.associate(ref, user_id, face_ids, scale.cosine(least), once), scale
