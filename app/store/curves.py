"""Calibration curves of collections in Postgres."""

from app.domain.calibration import Curve
from app.domain.collections import CollectionRef, Model
from app.domain.errors import CollectionNotFound
from app.store import sql
from app.store.pool import Pool, transaction

QUERIES = sql.load(__file__)


class PgCurveStore:
    """See ports.CurveStore."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def get(self, ref: CollectionRef, model: Model) -> Curve | None:
        async with transaction(self._pool, ref.tenant) as conn:
            row = await (await conn.execute(QUERIES["get_curve"], _key(ref, model))).fetchone()
        if row is None:
            return None
        rates, similarities, measured_to, people, comparisons, source = row
        return Curve(tuple(zip(rates, similarities, strict=True)), measured_to, people, comparisons, source)

    async def put(self, ref: CollectionRef, model: Model, curve: Curve) -> None:
        rates, similarities = (list(column) for column in zip(*curve.points, strict=True))
        kept = {
            "rates": rates,
            "similarities": similarities,
            "measured_to": curve.measured_to,
            "people": curve.people,
            "comparisons": curve.comparisons,
            "source": curve.source,
        }
        async with transaction(self._pool, ref.tenant) as conn:
            done = await (await conn.execute(QUERIES["put_curve"], _key(ref, model) | kept)).fetchone()
        if done is None:
            raise CollectionNotFound

    async def delete(self, ref: CollectionRef, model: Model) -> None:
        async with transaction(self._pool, ref.tenant) as conn:
            await conn.execute(QUERIES["delete_curve"], _key(ref, model))


def _key(ref: CollectionRef, model: Model) -> dict[str, object]:
    return {"tenant": ref.tenant, "collection": ref.name, "recogniser": model.recogniser_sha256}
