import pytest

from app.domain.storage import Scheme
from bench.listing import KINDS, MOST_MEGABYTES, measure


@pytest.mark.parametrize("kind", KINDS)
def test_a_bucket_of_a_hundred_thousand_keys_is_listed_a_page_at_a_time(kind: Scheme) -> None:
    figures = measure(kind, 100_000)

    assert figures.keys == 100_000
    assert figures.megabytes < MOST_MEGABYTES
