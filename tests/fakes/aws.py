"""SQS, SNS and S3 on 127.0.0.1: moto, over HTTP, with boto's own clients to look into them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import boto3
from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

REGION: Final = "eu-west-1"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": REGION}


@dataclass
class Amazon:
    """url: where it is. It may be closed and opened again at the same place; what it held is kept."""

    url: str
    server: ThreadedMotoServer

    @property
    def sqs(self) -> "SQSClient":
        return cast("SQSClient", self._client("sqs"))

    @property
    def sns(self) -> "SNSClient":
        return cast("SNSClient", self._client("sns"))

    @property
    def s3(self) -> "S3Client":
        return cast("S3Client", self._client("s3"))

    def queue(self, name: str, **attributes: str) -> str:
        """The address of a new queue."""
        return self.sqs.create_queue(QueueName=name, Attributes=cast("Any", attributes))["QueueUrl"]

    def arn(self, queue: str) -> str:
        found = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        return found["Attributes"]["QueueArn"]

    def count(self, queue: str) -> tuple[int, int]:
        """Messages that wait, and that somebody has in hand."""
        found = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
        return int(found["ApproximateNumberOfMessages"]), int(found["ApproximateNumberOfMessagesNotVisible"])

    def bodies(self, queue: str) -> list[str]:
        """What the messages that wait say; they are gone after that."""
        said: list[str] = []
        while messages := self.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                said.append(message["Body"])
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return said

    def _client(self, service: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )


@contextmanager
def amazon() -> Iterator[Amazon]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    try:
        yield Amazon(f"http://127.0.0.1:{port}", server)
    finally:
        server.stop()
