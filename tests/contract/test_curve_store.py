"""What every CurveStore must do."""

import pytest

from app.domain.calibration import Curve
from app.domain.collections import CollectionRef, Kind
from app.domain.errors import CollectionNotFound
from tests.contract.stores import DEFAULT, MODEL, OTHER_MODEL, STAFF, Stores

CURVE = Curve(((0.1, 0.15), (0.001, 0.33), (1e-8, 0.7)), 1e-5, 300, 5_000_000_000, "staff photos, 2026")
OTHER = Curve(((0.2, 0.1), (0.02, 0.2)), 0.02, 60, 1770, "")


async def test_what_was_put_comes_back_whole(stores: Stores) -> None:
    await stores.curves.put(DEFAULT, MODEL, CURVE)

    assert await stores.curves.get(DEFAULT, MODEL) == CURVE


async def test_a_curve_is_of_one_collection_and_one_recogniser(stores: Stores) -> None:
    await stores.collections.put(STAFF, Kind.MEMBERS)
    await stores.curves.put(DEFAULT, MODEL, CURVE)
    await stores.curves.put(STAFF, OTHER_MODEL, OTHER)

    assert await stores.curves.get(STAFF, MODEL) is None
    assert await stores.curves.get(DEFAULT, OTHER_MODEL) is None
    assert await stores.curves.get(STAFF, OTHER_MODEL) == OTHER
    assert await stores.curves.get(CollectionRef("neighbour", "default"), MODEL) is None


async def test_the_last_one_put_holds(stores: Stores) -> None:
    await stores.curves.put(DEFAULT, MODEL, CURVE)
    await stores.curves.put(DEFAULT, MODEL, OTHER)

    assert await stores.curves.get(DEFAULT, MODEL) == OTHER


async def test_a_deleted_curve_is_gone_and_may_be_deleted_again(stores: Stores) -> None:
    await stores.curves.put(DEFAULT, MODEL, CURVE)

    await stores.curves.delete(DEFAULT, MODEL)
    await stores.curves.delete(DEFAULT, MODEL)

    assert await stores.curves.get(DEFAULT, MODEL) is None


async def test_a_curve_goes_with_its_collection(stores: Stores) -> None:
    await stores.collections.put(STAFF, Kind.MEMBERS)
    await stores.curves.put(STAFF, MODEL, CURVE)

    await stores.collections.delete(STAFF)
    await stores.collections.put(STAFF, Kind.MEMBERS)

    assert await stores.curves.get(STAFF, MODEL) is None


async def test_a_curve_needs_its_collection(stores: Stores) -> None:
    with pytest.raises(CollectionNotFound):
        await stores.curves.put(STAFF, MODEL, CURVE)
