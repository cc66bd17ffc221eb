"""What makes embeddings, by a number for each tenant."""

from app.domain.collections import Model
from app.store import sql
from app.store.pool import Connection

QUERIES = sql.load(__file__)


async def number(conn: Connection, tenant: str, model: Model) -> int:
    """The model's id, given to it at the first use."""
    arguments = {"tenant": tenant, "recogniser": model.recogniser_sha256}
    found = await (await conn.execute(QUERIES["find_model"], arguments)).fetchone()
    if found is None:
        described = {
            "model": model.name,
            "dimensions": model.dimensions,
            "licence": model.licence,
            "commercial": model.commercial,
        }
        await conn.execute(QUERIES["put_model"], arguments | described)
        found = await (await conn.execute(QUERIES["find_model"], arguments)).fetchone()
    (model_id,) = found or (0,)
    return int(model_id)
