"""Calls of AWS: in threads, since boto waits, and with its errors in our words."""

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

from app.domain.errors import Unavailable

Service = Literal["sqs", "sns"]

CONNECT_SECONDS = 5
READ_SECONDS = 15
"""Longer than any poll waits."""


@dataclass(frozen=True, slots=True)
class Options:
    """region: "" where AWS's own settings say it. endpoint_url: "" is AWS itself."""

    region: str = ""
    endpoint_url: str = ""


class Account:
    """Clients made at their first use: boto takes a while. Keys come by AWS's usual chain."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._clients: dict[Service, Any] = {}
        self._lock = asyncio.Lock()

    async def call(self, service: Service, operation: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
        """One call, by boto's name and with its arguments. Raises Unavailable: any failure may pass, keys included."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - it weighs 40 MB

        try:
            client = await self._client(service)
            answer: dict[str, Any] = await asyncio.to_thread(getattr(client, operation), **arguments)
        except ClientError as error:
            msg = f"AWS answered {error.response.get('Error', {}).get('Code', 'with an error')}."
            raise Unavailable(msg) from error
        except BotoCoreError as error:
            msg = f"AWS cannot be asked ({type(error).__name__})."
            raise Unavailable(msg) from error
        return answer

    async def _client(self, service: Service) -> Any:  # noqa: ANN401 - boto makes them at run time
        async with self._lock:
            if service not in self._clients:
                self._clients[service] = await asyncio.to_thread(_made, service, self._options)
        return self._clients[service]


def _made(service: Service, options: Options) -> Any:  # noqa: ANN401
    from botocore.config import Config  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "max_attempts": 2},
        max_pool_connections=20,
        user_agent="svc-face-recon",
    )
    session: Any = Session()
    region, endpoint = options.region or None, options.endpoint_url or None
    return session.create_client(service, region_name=region, endpoint_url=endpoint, config=config)
