"""Keep a collection's own curve: its people may be more alike than those whom the pack's was measured on."""

from dataclasses import dataclass

from app.domain.calibration import Curve
from app.domain.collections import CollectionRef
from app.ports import CollectionStore, CurveStore, Recogniser
from app.services.judge import Judge, Standing


@dataclass(frozen=True, slots=True)
class Calibration:
    judge: Judge
    recogniser: Recogniser
    curves: CurveStore
    collections: CollectionStore

    async def get(self, ref: CollectionRef) -> Standing:
        """The curve in force. Raises CollectionNotFound."""
        await self.collections.get(ref)
        self.judge.forget(ref)
        return await self.judge.standing(ref)

    async def put(self, ref: CollectionRef, curve: Curve) -> Standing:
        """Keep a curve that was measured with the loaded recogniser. Raises CollectionNotFound."""
        await self.curves.put(ref, self.recogniser.model, curve)
        return await self.get(ref)

    async def delete(self, ref: CollectionRef) -> None:
        """Go back to the pack's curve; done already where there is no other. Raises CollectionNotFound."""
        await self.collections.get(ref)
        await self.curves.delete(ref, self.recogniser.model)
        self.judge.forget(ref)
