"""What was asked of each operation and how it must be answered. docs/rekognition-conformance.md is made from it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.acceptance.rekognition.described import FACE_ID, NOWHERE, OPERATIONS, documented, request_of
from tests.acceptance.rekognition.world import Run, World, padded

DONE = ""
IMAGE_BYTES = 5_242_880
NO_JPEG = {"Bytes": b"no picture"}

NEVER = {
    "AccessDeniedException": "A key may do everything with its tenant's collections, or it is no key.",
    "ProvisionedThroughputExceededException": "Nothing is provisioned. Who sends too much at once is throttled.",
    "ServiceQuotaExceededException": "Collections have no quota. (AssociateFaces: a user's 100 faces, tested.)",
}
"""Documented errors that are never answered, and why."""
NEVER_OF = {
    "ConflictException": (
        ("DeleteUser", "AssociateFaces", "DisassociateFaces"),
        "Changes of one user take turns, so that none finds another half done.",
    ),
    "ResourceNotFoundException": (("ListCollections",), "A listing of all collections has none to miss."),
}
"""Documented errors that these operations never answer, and why."""
OF_STATE = {
    "ThrottlingException": "All room for pictures is taken.",
    "InternalServerError": "The database is down, or a bug was met.",
}
"""Documented errors that do not depend on what is asked: tested for each operation with a service in that state."""


@dataclass(frozen=True)
class Case:
    """answer: the error's code, DONE where it is done. run: asks; for an error it returns what is to be asked."""

    operation: str
    what: str
    answer: str
    run: Run


CASES: list[Case] = []


def done(operation: str, what: str) -> Callable[[Run], Run]:
    return _case(operation, what, DONE)


def refused(operation: str, answer: str, what: str) -> Callable[[Run], Run]:
    return _case(operation, what, answer)


def _case(operation: str, what: str, answer: str) -> Callable[[Run], Run]:
    def add(run: Run) -> Run:
        CASES.append(Case(operation, what, answer, run))
        return run

    return add


# --- Collections


@done("CreateCollection", "a new one, with tags")
def _(world: World) -> None:
    name = f"{world.fresh()}-b"
    made = world.ask("CreateCollection", CollectionId=name, Tags={"team": "events"})
    assert made["StatusCode"] == 200
    assert made["CollectionArn"].endswith(f":collection/{name}")


@refused("CreateCollection", "ResourceAlreadyExistsException", "a name that is taken")
def _(world: World) -> Any:
    return {"CollectionId": world.home}


@done("DescribeCollection", "counts faces and users, those of the other API too")
def _(world: World) -> None:
    found = world.ask("DescribeCollection", CollectionId=world.home)
    assert (found["FaceCount"], found["UserCount"]) == (3, 2)
    assert found["CollectionARN"].endswith(world.home)


@done("ListCollections", "page by page, all of them, in order")
def _(world: World) -> None:
    names = world.all_pages("ListCollections", "CollectionIds", MaxResults=2)
    assert names == sorted({*names})
    assert {world.home, "default"} <= {*names}
    answer = world.ask("ListCollections")
    assert len(answer["FaceModelVersions"]) == len(answer["CollectionIds"]) == len(names)


@done("DeleteCollection", "with all faces and users")
def _(world: World) -> None:
    name = world.fresh()
    world.index(name, world.photo("Serena_Williams"))
    assert world.ask("DeleteCollection", CollectionId=name) == {"StatusCode": 200}
    assert name not in world.all_pages("ListCollections", "CollectionIds")


# --- Faces


@done("IndexFaces", "all faces of a crowd, largest first, under one name")
def _(world: World) -> None:
    name = world.fresh()
    answer = world.ask("IndexFaces", CollectionId=name, Image={"Bytes": world.crowd}, ExternalImageId="party:1")
    sizes = [_area(record["Face"]["BoundingBox"]) for record in answer["FaceRecords"]]
    assert len(sizes) >= 4
    assert sizes == sorted(sizes, reverse=True)
    assert {record["Face"]["ExternalImageId"] for record in answer["FaceRecords"]} == {"party:1"}
    assert len({record["Face"]["ImageId"] for record in answer["FaceRecords"]}) == 1
    assert all(record["Face"]["BoundingBox"] == record["FaceDetail"]["BoundingBox"] for record in answer["FaceRecords"])
    assert world.counts(name) == (len(sizes), 0)


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
    assert all(_area(one["FaceDetail"]["BoundingBox"]) <= _area(kept[0]["Face"]["BoundingBox"]) for one in left)


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


# --- Users


@done("CreateUser", "a new one")
def _(world: World) -> None:
    name = world.fresh()
    assert world.ask("CreateUser", CollectionId=name, UserId="ana") == {}
    assert world.ask("ListUsers", CollectionId=name)["Users"] == [{"UserId": "ana", "UserStatus": "CREATED"}]


@done("CreateUser", "the same request again with its ClientRequestToken")
def _(world: World) -> None:
    request = {"CollectionId": world.fresh(), "UserId": "ana", "ClientRequestToken": world.fresh()}
    assert world.ask("CreateUser", **request) == world.ask("CreateUser", **request) == {}


@refused("CreateUser", "ConflictException", "an id that is taken")
def _(world: World) -> Any:
    return {"CollectionId": world.home, "UserId": "yao"}


@refused("CreateUser", "IdempotentParameterMismatchException", "another request with a token that was used")
def _(world: World) -> Any:
    request = {"CollectionId": world.fresh(), "ClientRequestToken": world.fresh()}
    world.ask("CreateUser", **request, UserId="ana")
    return {**request, "UserId": "bob"}


@done("DeleteUser", "whose faces stay")
def _(world: World) -> None:
    name = world.fresh()
    face_id = world.enrol(name, "yao", world.photo("Yao_Ming"))
    assert world.ask("DeleteUser", CollectionId=name, UserId="yao") == {}
    assert world.counts(name) == (1, 0)
    assert world.ask("DeleteFaces", CollectionId=name, FaceIds=[face_id])["DeletedFaces"] == [face_id]


@refused("DeleteUser", "IdempotentParameterMismatchException", "another request with a token that was used")
def _(world: World) -> Any:
    request = {"CollectionId": world.fresh(), "ClientRequestToken": world.fresh()}
    world.ask("CreateUser", CollectionId=request["CollectionId"], UserId="ana")
    world.ask("DeleteUser", **request, UserId="ana")
    return {**request, "UserId": "bob"}


@done("ListUsers", "page by page, members of the other API among them")
def _(world: World) -> None:
    users = world.all_pages("ListUsers", "Users", CollectionId=world.home, MaxResults=1)
    assert users == [{"UserId": "kofi-the-user", "UserStatus": "ACTIVE"}, {"UserId": "yao", "UserStatus": "ACTIVE"}]


@done("AssociateFaces", "those that are alike, each of the others with its reason")
def _(world: World) -> None:
    name = world.fresh()
    first, second = (world.index(name, world.photo("Serena_Williams", n)) for n in (2, 3))
    other, yao = world.index(name, world.photo("Kofi_Annan")), world.enrol(name, "yao", world.photo("Yao_Ming"))
    world.ask("CreateUser", CollectionId=name, UserId="serena")
    begun = world.ask("AssociateFaces", CollectionId=name, UserId="serena", FaceIds=[first])
    assert begun["UserStatus"] == "ACTIVE"
    asked = [first, second, other, yao, FACE_ID]
    answer = world.ask("AssociateFaces", CollectionId=name, UserId="serena", FaceIds=asked)
    assert answer["AssociatedFaces"] == [{"FaceId": second}]
    unlike, of_yao, missing = answer["UnsuccessfulFaceAssociations"]
    assert 0 < unlike.pop("Confidence") < 75
    assert unlike == {"FaceId": other, "Reasons": ["LOW_MATCH_CONFIDENCE"]}
    assert of_yao == {"FaceId": yao, "UserId": "yao", "Reasons": ["ASSOCIATED_TO_A_DIFFERENT_USER"]}
    assert missing == {"FaceId": FACE_ID, "Reasons": ["FACE_NOT_FOUND"]}


@refused("AssociateFaces", "IdempotentParameterMismatchException", "another request with a token that was used")
def _(world: World) -> Any:
    request = {"CollectionId": world.home, "UserId": "kofi-the-user", "ClientRequestToken": world.fresh()}
    world.ask("AssociateFaces", **request, FaceIds=[world.kofi])
    return {**request, "FaceIds": [FACE_ID]}


@refused("AssociateFaces", "ServiceQuotaExceededException", "to a user with 100 faces")
def _(world: World) -> Any:
    name = world.fresh()
    ids: list[str] = []
    world.ask("CreateUser", CollectionId=name, UserId="everybody")
    while len(ids) < 101:
        request = {"CollectionId": name, "Image": {"Bytes": world.crowd}, "ExternalImageId": f"copy-{len(ids)}"}
        ids += [record["Face"]["FaceId"] for record in world.ask("IndexFaces", **request)["FaceRecords"]]
    answer = world.ask("AssociateFaces", CollectionId=name, UserId="everybody", FaceIds=ids[:100])
    assert len(answer["AssociatedFaces"]) == 100
    return {"CollectionId": name, "UserId": "everybody", "FaceIds": ids[100:101]}


@done("DisassociateFaces", "the user's, and no others")
def _(world: World) -> None:
    name = world.fresh()
    serena, yao = world.index(name, world.photo("Serena_Williams")), world.enrol(name, "yao", world.photo("Yao_Ming"))
    world.ask("CreateUser", CollectionId=name, UserId="serena")
    world.ask("AssociateFaces", CollectionId=name, UserId="serena", FaceIds=[serena])
    asked = {"CollectionId": name, "UserId": "serena", "FaceIds": [serena, yao, FACE_ID]}
    answer = world.ask("DisassociateFaces", **asked)
    assert answer == {
        "DisassociatedFaces": [{"FaceId": serena}],
        "UnsuccessfulFaceDisassociations": [
            {"FaceId": yao, "UserId": "yao", "Reasons": ["ASSOCIATED_TO_A_DIFFERENT_USER"]},
            {"FaceId": FACE_ID, "Reasons": ["FACE_NOT_FOUND"]},
        ],
        "UserStatus": "CREATED",
    }


@refused("DisassociateFaces", "IdempotentParameterMismatchException", "another request with a token that was used")
def _(world: World) -> Any:
    request = {"CollectionId": world.home, "UserId": "kofi-the-user", "ClientRequestToken": world.fresh()}
    world.ask("DisassociateFaces", **request, FaceIds=[FACE_ID])
    return {**request, "FaceIds": [world.serena]}


@done("SearchUsers", "by a face and by a user, who is left out")
def _(world: World) -> None:
    name = world.fresh()
    world.enrol(name, "serena", world.photo("Serena_Williams", 2))
    world.enrol(name, "again", world.photo("Serena_Williams", 3))
    world.enrol(name, "yao", world.photo("Yao_Ming"))
    face_id = world.index(name, world.photo("Serena_Williams", 1))
    by_face = world.ask("SearchUsers", CollectionId=name, FaceId=face_id)
    assert {match["User"]["UserId"] for match in by_face["UserMatches"]} == {"serena", "again"}
    assert by_face["SearchedFace"] == {"FaceId": face_id}
    by_user = world.ask("SearchUsers", CollectionId=name, UserId="serena", UserMatchThreshold=0)
    assert [match["User"]["UserId"] for match in by_user["UserMatches"]] == ["again", "yao"]
    assert by_user["UserMatches"][0]["Similarity"] > 80
    assert by_user["UserMatches"][1]["Similarity"] < 20
    one = world.ask("SearchUsers", CollectionId=name, UserId="serena", UserMatchThreshold=0, MaxUsers=1)
    assert one["UserMatches"] == by_user["UserMatches"][:1]
    world.ask("CreateUser", CollectionId=name, UserId="faceless")
    assert world.ask("SearchUsers", CollectionId=name, UserId="faceless", UserMatchThreshold=0)["UserMatches"] == []


@refused("SearchUsers", "InvalidParameterException", "by neither")
def _(world: World) -> Any:
    return {"CollectionId": world.home}


@refused("SearchUsers", "InvalidParameterException", "by both")
def _(world: World) -> Any:
    return {"CollectionId": world.home, "UserId": "yao", "FaceId": FACE_ID}


@refused("SearchUsers", "InvalidParameterException", "a face that is not there")
def _(world: World) -> Any:
    return {"CollectionId": world.home, "FaceId": FACE_ID}


@done("SearchUsersByImage", "the user in the picture, and why other faces were not searched")
def _(world: World) -> None:
    image = {"Bytes": world.photo("Yao_Ming", 2)}
    answer = world.ask("SearchUsersByImage", CollectionId=world.home, Image=image)
    assert [match["User"] for match in answer["UserMatches"]] == [{"UserId": "yao", "UserStatus": "ACTIVE"}]
    assert answer["UnsearchedFaces"] == []
    crowd = world.ask("SearchUsersByImage", CollectionId=world.home, Image={"Bytes": world.crowd})
    assert {tuple(one["Reasons"]) for one in crowd["UnsearchedFaces"]} >= {("FACE_NOT_LARGEST",)}


# --- Pictures


@done("DetectFaces", "with landmarks in their places, pose and quality")
def _(world: World) -> None:
    for attributes in ({}, {"Attributes": ["ALL"]}):
        [face] = world.ask("DetectFaces", Image={"Bytes": world.photo("Serena_Williams")}, **attributes)["FaceDetails"]
        places = {mark["Type"]: mark for mark in face["Landmarks"]}
        assert places["eyeLeft"]["X"] < places["nose"]["X"] < places["eyeRight"]["X"]
        assert places["eyeLeft"]["Y"] < places["nose"]["Y"] < places["mouthLeft"]["Y"]
        assert face["Confidence"] > 50
        assert {*face["Quality"]} == {"Brightness", "Sharpness"}


@done("DetectFaces", "a picture without a face: none")
def _(world: World) -> None:
    assert world.ask("DetectFaces", Image={"Bytes": blank_png()})["FaceDetails"] == []


@done("DetectFaces", "from the bucket")
def _(world: World) -> None:
    assert len(world.ask("DetectFaces", Image=world.stored("ü 1.jpg", world.photo("Yao_Ming")))["FaceDetails"]) == 1


@done("CompareFaces", "the same person, another, and a crowd")
def _(world: World) -> None:
    def compare(target: bytes, **more: Any) -> dict[str, Any]:
        source = {"Bytes": world.photo("Serena_Williams", 1)}
        return world.ask("CompareFaces", SourceImage=source, TargetImage={"Bytes": target}, **more)

    same = compare(world.photo("Serena_Williams", 3))
    assert same["FaceMatches"][0]["Similarity"] > 80
    other = compare(world.photo("Kofi_Annan"))
    assert (other["FaceMatches"], len(other["UnmatchedFaces"])) == ([], 1)
    crowd = compare(world.crowd, SimilarityThreshold=0)
    similarities = [match["Similarity"] for match in crowd["FaceMatches"]]
    assert len(similarities) >= 5
    assert similarities == sorted(similarities, reverse=True)
    assert compare(blank_png())["FaceMatches"] == []


@done("CompareFaces", "two pictures of 5,242,880 bytes")
def _(world: World) -> None:
    image = {"Bytes": padded(world.photo("Yao_Ming"), IMAGE_BYTES)}
    answer = world.ask("CompareFaces", SourceImage=image, TargetImage=image)
    assert answer["FaceMatches"][0]["Similarity"] > 99.9


# --- Errors that many operations share


def _with(operation: str, world: World, **change: Any) -> dict[str, Any]:
    """A request that would be done, but for what is changed."""
    known = {"CollectionId": world.home, "UserId": "yao", "FaceId": world.serena, "FaceIds": [FACE_ID]}
    image = {"Bytes": world.photo("Serena_Williams")}
    required = [*request_of(operation).required_members, *(["FaceId"] if operation == "SearchUsers" else [])]
    shapes = request_of(operation).members
    usual = {name: image if shapes[name].name == "Image" else known[name] for name in required}
    return {**usual, **change}


def _images_of(operation: str) -> list[str]:
    return [name for name, shape in request_of(operation).members.items() if shape.name == "Image"]


def _shared(operation: str) -> None:
    errors = documented(operation)
    if "CollectionId" in request_of(operation).required_members and operation != "CreateCollection":
        _add(operation, "ResourceNotFoundException", "a collection that is not there", CollectionId=NOWHERE)
    if "UserId" in request_of(operation).required_members and operation != "CreateUser":
        _add(operation, "ResourceNotFoundException", "a user who is not there", UserId="nobody")
    if "InvalidPaginationTokenException" in errors:
        _add(operation, "InvalidPaginationTokenException", "a token that nobody gave out", NextToken="made-up")
        _add(operation, "InvalidPaginationTokenException", "another listing's token", NextToken="b3RoZXIKYQ")
    for name in _images_of(operation):
        _of_images(operation, name)


def _of_images(operation: str, name: str) -> None:
    of = f"{name}: "
    _add(operation, "InvalidImageFormatException", of + "bytes that are no picture", **{name: NO_JPEG})
    _add(operation, "InvalidParameterException", of + "neither bytes nor an object", **{name: {}})
    _add(operation, "InvalidParameterException", of + "5,242,881 bytes", **{name: {"Bytes": b"x" * (IMAGE_BYTES + 1)}})
    missing = {"S3Object": {"Bucket": "photos", "Name": "no/such.jpg"}}
    _add(operation, "InvalidS3ObjectException", of + "an object that is not there", **{name: missing})
    elsewhere = {"S3Object": {"Bucket": "photos", "Name": "../secret.jpg"}}
    _add(operation, "InvalidS3ObjectException", of + "a name that climbs out of the bucket", **{name: elsewhere})
    old = {"S3Object": {"Bucket": "photos", "Name": "blank.png", "Version": "3"}}
    _add(operation, "InvalidS3ObjectException", of + "an older version of an object", **{name: old})

    def too_large(world: World) -> Any:
        return _with(operation, world, **{name: world.stored("huge.jpg", b"\xff\xd8" + b"." * 15_800_000)})

    CASES.append(Case(operation, of + "an object of 15.8 MB", "ImageTooLargeException", too_large))
    if operation not in {"DetectFaces", "IndexFaces"} and name != "TargetImage":
        _add(operation, "InvalidParameterException", of + "no face in it", **{name: {"Bytes": blank_png()}})


def _add(operation: str, answer: str, what: str, **change: Any) -> None:
    CASES.append(Case(operation, what, answer, lambda world: _with(operation, world, **change)))


def blank_png() -> bytes:
    """A grey square."""
    from io import BytesIO  # noqa: PLC0415

    from PIL import Image  # noqa: PLC0415

    out = BytesIO()
    Image.new("RGB", (160, 160), (128, 128, 128)).save(out, "PNG")
    return out.getvalue()


def _area(box: dict[str, float]) -> float:
    return box["Width"] * box["Height"]


for _operation in OPERATIONS:
    _shared(_operation)
