"""The queue on a real Postgres, where several look after it at once."""

from collections.abc import AsyncIterator

import pytest
from procrastinate.exceptions import ConnectorException

from app.domain.jobs import Task
from app.store.pool import Pool, everybody, open_pool
from app.store.queue import Queue


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with open_pool(database_url, size=2, timeout=5) as pool:
        yield pool


async def test_of_two_who_rescue_a_task_the_slower_is_told_what_a_worker_lives_with(pool: Pool) -> None:
    queue = Queue(pool)
    async with everybody(pool) as conn:
        await queue.put(conn, Task.MATCH_PHOTOS, [{"tenant": "default", "job_id": "none", "photo_ids": []}])
    manager = queue.app.job_manager
    worker = await manager.register_worker()
    job = await manager.fetch_job(None, worker)
    assert job

    await manager.retry_job(job)

    with pytest.raises(ConnectorException):
        await manager.retry_job(job)
    assert not queue.connector.broken.is_set()
