from collections.abc import Iterator
from uuid import uuid4

import pytest

from app.aws.account import Account, Options
from tests.fakes.aws import KEYS, REGION, Amazon, amazon


@pytest.fixture(scope="session")
def shared_aws() -> Iterator[Amazon]:
    with amazon() as aws:
        yield aws


@pytest.fixture
def aws(shared_aws: Amazon, monkeypatch: pytest.MonkeyPatch) -> Amazon:
    """With keys in the environment, where AWS's chain finds them."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    return shared_aws


@pytest.fixture
def account(aws: Amazon) -> Account:
    return Account(Options(REGION, aws.url))


@pytest.fixture
def queue(aws: Amazon) -> str:
    """A queue of the test's own, whose messages are hidden for two seconds from all but whoever has them."""
    return aws.queue(f"q-{uuid4()}", VisibilityTimeout="2")
