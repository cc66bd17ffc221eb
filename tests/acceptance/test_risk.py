"""A caller says what an error may cost, and the service finds the threshold."""

import httpx2
import pytest

from bench.photos import People


def test_the_risk_decides_on_the_threshold_and_the_answer_says_what_it_means(
    http: httpx2.Client, collection: str, everybody: People
) -> None:
    names = sorted(everybody)[:6]
    for name in names[:5]:
        data = {"member_id": name, "collection": collection, "face_selection": "largest"}
        http.post("/enroll", data=data, files={"file": everybody[name][0]()})
    known, stranger = everybody[names[0]][1](), everybody[names[5]][0]()

    def ask(photo: bytes, **fields: str) -> dict[str, object]:
        answer: dict[str, object] = http.post(
            "/identify", data={"collection": collection} | fields, files={"file": photo}
        ).json()
        return answer

    low, high, plain = ask(known, risk="low"), ask(known, risk="high"), ask(known)
    other = ask(stranger, risk="high")

    assert (low["gallery_faces"], low["calibration"]) == (5, "measured")
    assert low["expected_fpir"] == pytest.approx(0.05, rel=0.01)
    assert high["expected_fpir"] == pytest.approx(0.001, rel=0.01)
    assert 0 < low["threshold"] < high["threshold"] < 1  # type: ignore[operator]  # numbers, says the interface
    assert plain["threshold"] == 0.35
    assert 0 < plain["expected_fpir"] < 0.05  # type: ignore[operator]
    assert high["best_member_id"] == names[0]
    assert high["margin"] == low["margin"]
    assert other["matched"] is False


def test_a_curve_of_its_own_moves_a_collections_thresholds(http: httpx2.Client, collection: str) -> None:
    http.put(f"/collections/{collection}")
    pack = http.get(f"/collections/{collection}/calibration").json()
    shifted = [[rate, round(similarity + 0.1, 4)] for rate, similarity in pack["points"]]

    http.put(f"/collections/{collection}/calibration", json={"points": shifted, "measured_to": pack["measured_to"]})
    own = http.get(f"/collections/{collection}/calibration").json()
    gone = http.delete(f"/collections/{collection}/calibration")

    assert (pack["origin"], own["origin"], gone.status_code) == ("pack", "collection", 204)
    assert own["points"] == shifted
    assert http.get(f"/collections/{collection}/calibration").json() == pack
