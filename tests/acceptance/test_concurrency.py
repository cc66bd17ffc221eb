"""Many callers at once: each gets an answer about their own picture."""

import asyncio

import httpx2

from bench.photos import People
from bench.service import Service

CALLERS = 64


async def test_each_of_many_callers_gets_the_right_answer(service: Service, collection: str, everybody: People) -> None:
    names = sorted(everybody)[:CALLERS]
    async with httpx2.AsyncClient(base_url=service.url, timeout=60, trust_env=False) as http:
        enrolled = await asyncio.gather(
            *(
                http.post(
                    "/enroll",
                    data={"member_id": name, "collection": collection, "face_selection": "largest"},
                    files={"file": everybody[name][0]()},
                )
                for name in names
            )
        )
        found = await asyncio.gather(
            *(
                http.post("/identify", data={"collection": collection}, files={"file": everybody[name][0]()})
                for name in names
            )
        )

    assert {answer.status_code for answer in enrolled} == {201}
    assert [answer.json()["best_member_id"] for answer in found] == names
