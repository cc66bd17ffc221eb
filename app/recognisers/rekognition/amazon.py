"""Calls of AWS: on a few threads, so many at once, and with its errors in our words."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from time import perf_counter
from typing import Any, Literal

from app.domain.backends import RekognitionState
from app.domain.errors import FaceReconError, Overloaded
from app.recognisers.rekognition.errors import translated
from app.telemetry import REKOGNITION_CALLS, REKOGNITION_SECONDS

Service = Literal["rekognition", "s3"]
Answer = dict[str, Any]

CONNECT_SECONDS = 5
WAITING_PER_THREAD = 100
"""Calls that may wait for each thread. Whoever comes then is told to come again."""


@dataclass(frozen=True, slots=True)
class Options:
    """region, endpoints: "" where AWS's own settings say it. concurrency: calls at once.

    attempts: how often a call is made before it has failed, seconds: the longest that one may take.
    """

    region: str = ""
    rekognition_url: str = ""
    s3_url: str = ""
    concurrency: int = 8
    attempts: int = 5
    seconds: float = 15


class Amazon:
    """Clients made at their first use: boto takes a while. Keys come by AWS's usual chain.

    calls: how many were made of each operation. trouble: the code of the error that the last call met, "" for none.
    """

    def __init__(self, options: Options) -> None:
        self.calls: Counter[str] = Counter()
        self.trouble = ""
        self._options = options
        self._clients: dict[Service, Any] = {}
        self._making = Lock()
        self._pool = ThreadPoolExecutor(options.concurrency, thread_name_prefix="aws")
        self._waiting = 0

    async def __call__(
        self, operation: str, arguments: Mapping[str, object], service: Service = "rekognition"
    ) -> Answer:
        """One call, by boto's name and with its arguments. Raises what `translated` makes of AWS's errors, Overloaded.

        AWS is asked again, later and later, where it has too much to do or does not answer.
        """
        if self._waiting >= self._options.concurrency * WAITING_PER_THREAD:
            msg = "Too many questions wait for AWS; try again in a moment."
            raise Overloaded(msg)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._pool, self._call, service, operation, arguments
            )
        finally:
            self._waiting -= 1

    def state(self) -> RekognitionState:
        return RekognitionState(dict(self.calls), self.trouble)

    def close(self) -> None:
        """Finish what has begun, drop what waits."""
        self._pool.shutdown(cancel_futures=True)

    def _call(self, service: Service, operation: str, arguments: Mapping[str, object]) -> Answer:
        began, trouble = perf_counter(), ""
        try:
            with translated(operation):
                answer: Answer = getattr(self._client(service), operation)(**arguments)
        except FaceReconError as error:
            trouble = error.slug
            raise
        finally:
            self._count(operation, trouble, perf_counter() - began)
        return answer

    def _count(self, operation: str, trouble: str, seconds: float) -> None:
        self.trouble = trouble
        self.calls[operation] += 1
        REKOGNITION_CALLS.labels(operation, trouble or "done").inc()
        REKOGNITION_SECONDS.labels(operation).observe(seconds)

    def _client(self, service: Service) -> Any:  # noqa: ANN401 - boto makes them at run time
        with self._making:
            if service not in self._clients:
                self._clients[service] = _made(service, self._options)
        return self._clients[service]


def _made(service: Service, options: Options) -> Any:  # noqa: ANN401
    from botocore.config import Config  # noqa: PLC0415 - it weighs 40 MB
    from botocore.session import Session  # noqa: PLC0415

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=options.seconds,
        retries={"mode": "standard", "total_max_attempts": options.attempts},
        max_pool_connections=options.concurrency,
        user_agent_extra="svc-face-recon",
    )
    session: Any = Session()
    endpoint = options.rekognition_url if service == "rekognition" else options.s3_url
    return session.create_client(
        service, region_name=options.region or None, endpoint_url=endpoint or None, config=config
    )
