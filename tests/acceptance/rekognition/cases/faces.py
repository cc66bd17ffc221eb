"""Faces."""

from typing import Any

from tests.acceptance.rekognition.case import done, refused
from tests.acceptance.rekognition.described import FACE_ID
from tests.acceptance.rekognition.world import IMAGE_BYTES, World, area, blank_png, padded


@done("IndexFaces", "all faces of a crowd, largest first, under one name")
def _(world: World) -> None:
    name = world.fresh()
    answer = world.ask("IndexFaces", CollectionId=name, Image={"Bytes": world.crowd}, ExternalImageId="party:1")
    sizes = [area(record["Face"]["BoundingBox"]) for record in answer["FaceRecords"]]
    assert len(sizes) >= 4
    assert sizes == sorted(sizes, reverse=True)
    assert {record["Face"]["ExternalImageId"] for record in answer["FaceRecords"]} == {"party:1"}
    assert len({record["Face"]["ImageId"] for record in answer["FaceRecords"]}) == 1
    assert all(record["Face"]["BoundingBox"] == record["FaceDetail"]["BoundingBox"] for record in answer["FaceRecords"])
    assert world.counts(name) == (len(sizes), 0)


@refused("IndexFaces", "AccessDeniedException", "to a collection that requires consent")
def _(world: World) -> Any:
    name = world.fresh()
    world.http.put(f"/collections/{name}", json={"consent_required": True}).raise_for_status()
    return {"CollectionId": name, "Image": {"Bytes": world.crowd}}


@done("IndexFaces", "the same picture twice: no duplicates, the same ids")
def _(world: World) -> None:
    name = world.fresh()
    first, again = (
        world.ask("IndexFaces", CollectionId=name, Image={"Bytes": world.crowd}, ExternalImageId="a") for _ in range(2)
    )
    assert first == again
    other = world.ask("IndexFaces", CollectionId=name, Image={"Bytes": world.crowd}, ExternalImageId="b")
    assert world.counts(name) == (2 * len(first["FaceRecords"]), 0)
    assert other["FaceRecords"][0]["Face"]["FaceId"] != first["FaceRecords"][0]["Face"]["FaceId"]


@done("IndexFaces", "MaxFaces: the others are EXCEEDS_MAX_FACES")
def _(world: World) -> None:
    request = {"CollectionId": world.fresh(), "Image": {"Bytes": world.crowd}, "MaxFaces": 1}
    answer = world.ask("IndexFaces", **request, QualityFilter="NONE")
    kept, left = answer["FaceRecords"], answer["UnindexedFaces"]
    assert len(kept) == 1
    assert {tuple(one["Reasons"]) for one in left} == {("EXCEEDS_MAX_FACES",)}
    assert all(area(one["FaceDetail"]["BoundingBox"]) <= area(kept[0]["Face"]["BoundingBox"]) for one in left)


@done("IndexFaces", "QualityFilter: the higher the bar the fewer, each with its reasons")
def _(world: World) -> None:
    solvay = (world.images / "groups" / "solvay1927.jpg").read_bytes()
    counts = []
    for bar in ("NONE", "LOW", "MEDIUM", "HIGH"):
        answer = world.ask(
            "IndexFaces", CollectionId=world.fresh(), Image={"Bytes": solvay}, QualityFilter=bar, MaxFaces=100
        )
        assert all(one["Reasons"] for one in answer["UnindexedFaces"])
        counts.append((len(answer["FaceRecords"]), len(answer["UnindexedFaces"])))
    assert len({sum(pair) for pair in counts}) == 1
    assert [kept for kept, _ in counts] == sorted((kept for kept, _ in counts), reverse=True)
    assert counts[0][1] == 0 < counts[-1][1]


@done("IndexFaces", "a picture without a face: nothing")
def _(world: World) -> None:
    hopperless = world.stored("blank.png", blank_png())
    answer = world.ask("IndexFaces", CollectionId=world.fresh(), Image=hopperless)
    assert (answer["FaceRecords"], answer["UnindexedFaces"]) == ([], [])


@done("IndexFaces", "4 MB of bytes, 5,242,880 exactly, 14.9 MB from the bucket")
def _(world: World) -> None:
    name, photo = world.fresh(), world.photo("Serena_Williams")
    images = [{"Bytes": padded(photo, size)} for size in (4_000_000, IMAGE_BYTES)]
    images.append(world.stored("large.jpg", padded(photo, 14_900_000)))
    for image in images:
        assert len(world.ask("IndexFaces", CollectionId=name, Image=image)["FaceRecords"]) == 1
    assert world.counts(name) == (3, 0)


@done("ListFaces", "page by page, of a user, by their ids")
def _(world: World) -> None:
    faces = world.all_pages("ListFaces", "Faces", CollectionId=world.home, MaxResults=1)
    by_name = {face["ExternalImageId"]: face for face in faces}
    assert sorted(by_name) == ["kofi", "serena", "yao"]
    assert by_name["yao"]["UserId"] == "yao"
    assert by_name["kofi"]["UserId"] == "kofi-the-user"
    assert "UserId" not in by_name["serena"]
    of_user = world.ask("ListFaces", CollectionId=world.home, UserId="kofi-the-user")["Faces"]
    assert of_user == [by_name["kofi"]]
    named = world.ask("ListFaces", CollectionId=world.home, FaceIds=[world.serena, FACE_ID])["Faces"]
    assert named == [by_name["serena"]]


@refused("ListFaces", "ResourceNotFoundException", "of a user who is not there")
def _(world: World) -> Any:
    return {"CollectionId": world.home, "UserId": "nobody"}


@done("DeleteFaces", "but those of users and those that are not there")
def _(world: World) -> None:
    name = world.fresh()
    gone, enrolled = (
        world.index(name, world.photo("Serena_Williams")),
        world.enrol(name, "yao", world.photo("Yao_Ming")),
    )
    answer = world.ask("DeleteFaces", CollectionId=name, FaceIds=[gone, enrolled, FACE_ID])
    assert answer["DeletedFaces"] == [gone]
    assert answer["UnsuccessfulFaceDeletions"] == [
        {"FaceId": enrolled, "UserId": "yao", "Reasons": ["ASSOCIATED_TO_AN_EXISTING_USER"]},
        {"FaceId": FACE_ID, "Reasons": ["FACE_NOT_FOUND"]},
    ]
    assert world.counts(name) == (1, 1)


@done("SearchFaces", "other faces of the same person, best first, the face itself left out")
def _(world: World) -> None:
    name = world.fresh()
    first, second, _ = (world.index(name, world.photo("Serena_Williams", n), f"s{n}") for n in (1, 2, 3))
    world.index(name, world.photo("Kofi_Annan"))
    answer = world.ask("SearchFaces", CollectionId=name, FaceId=first, FaceMatchThreshold=0)
    similarities = [match["Similarity"] for match in answer["FaceMatches"]]
    assert [match["Face"].get("ExternalImageId") for match in answer["FaceMatches"]][2:] == [None]
    assert similarities == sorted(similarities, reverse=True)
    assert similarities[1] > 80
    assert similarities[2] < 20
    assert answer["SearchedFaceId"] == first
    strict = world.ask("SearchFaces", CollectionId=name, FaceId=second, FaceMatchThreshold=100)
    assert strict["FaceMatches"] == []
    one = world.ask("SearchFaces", CollectionId=name, FaceId=first, MaxFaces=1, FaceMatchThreshold=0)
    assert one["FaceMatches"] == answer["FaceMatches"][:1]


@refused("SearchFaces", "InvalidParameterException", "a face that is not there")
def _(world: World) -> Any:
    return {"CollectionId": world.home, "FaceId": FACE_ID}


@done("SearchFacesByImage", "the person, and nobody where it is a stranger")
def _(world: World) -> None:
    def matches(person: str, number: int) -> list[Any]:
        image = {"Bytes": world.photo(person, number)}
        answer = world.ask("SearchFacesByImage", CollectionId=world.home, Image=image)
        assert answer["SearchedFaceConfidence"] > 50
        return [match["Face"]["ExternalImageId"] for match in answer["FaceMatches"]]

    assert matches("Serena_Williams", 2) == ["serena"]
    assert matches("Yao_Ming", 2) == ["yao"]
    assert matches("Tiger_Woods", 1) == []


@done("SearchFacesByImage", "the largest face of a crowd")
def _(world: World) -> None:
    name = world.fresh()
    faces = world.ask("IndexFaces", CollectionId=name, Image={"Bytes": world.crowd})["FaceRecords"]
    answer = world.ask("SearchFacesByImage", CollectionId=name, Image={"Bytes": world.crowd})
    assert answer["SearchedFaceBoundingBox"] == faces[0]["Face"]["BoundingBox"]
    best = answer["FaceMatches"][0]
    assert best["Face"]["FaceId"] == faces[0]["Face"]["FaceId"]
    assert best["Similarity"] > 99.5
