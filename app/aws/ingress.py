"""An SQS queue as a way in: each message is done with before it is deleted."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog

from app.aws.account import Account
from app.aws.notices import notices
from app.domain.errors import FaceReconError, Unavailable
from app.domain.notices import Notice
from app.telemetry import INGRESS

MESSAGES = 10
"""At once: the most that SQS hands out."""
WAIT_SECONDS = 5
"""How long a poll waits for a message, and so the longest that stopping takes. SQS would allow 20."""
PAUSE_SECONDS = 5.0
"""After something did not answer: each time that a message is handed out counts towards the queue's dead letters."""

Handle = Callable[[Notice], Awaitable[None]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SqsIngress:
    """See ports.Worker. A message that cannot be used stays: the queue's own redrive takes care of it.

    wait: seconds of a poll. pause: seconds after something did not answer.
    """

    account: Account
    url: str
    handle: Handle
    wait: int = WAIT_SECONDS
    pause: float = PAUSE_SECONDS

    async def run(self) -> None:
        while True:
            turn = asyncio.create_task(self._turn())
            try:
                goes_on = await asyncio.shield(turn)
            except asyncio.CancelledError:
                await turn  # what is in hand is finished first
                raise
            if not goes_on:
                await asyncio.sleep(self.pause)

    async def _turn(self) -> bool:
        """Take some messages, if there are any; False where something did not answer."""
        try:
            messages = await self._receive()
        except Unavailable as error:
            log.warning("SQS does not answer", detail=str(error))
            return False
        return all(await asyncio.gather(*map(self._take, messages)))

    async def _receive(self) -> list[dict[str, Any]]:
        answer = await self.account.call(
            "sqs", "receive_message", QueueUrl=self.url, MaxNumberOfMessages=MESSAGES, WaitTimeSeconds=self.wait
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    async def _take(self, message: dict[str, Any]) -> bool:
        """Do what the message says, then delete it; False where something did not answer."""
        try:
            for notice in notices(message["Body"]):
                await self.handle(notice)
            await self._delete(message)
        except Unavailable as error:
            return self._left(message, error, "later", goes_on=False)
        except FaceReconError as error:
            return self._left(message, error, "refused", goes_on=True)
        except Exception:  # a bug, that one message met: the others are taken all the same
            log.exception("a message met a bug")
            return self._left(message, FaceReconError(), "refused", goes_on=True)
        INGRESS.labels("done").inc()
        return True

    async def _delete(self, message: dict[str, Any]) -> None:
        await self.account.call("sqs", "delete_message", QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def _left(self, message: dict[str, Any], error: FaceReconError, outcome: str, *, goes_on: bool) -> bool:
        # Neither the message nor what the error says of it: both name people's files.
        log.warning("a message is left to SQS", message=message["MessageId"], code=error.slug)
        INGRESS.labels(outcome).inc()
        return goes_on
