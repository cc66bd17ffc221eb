"""Users."""

from typing import Any

from tests.acceptance.rekognition.case import done, refused
from tests.acceptance.rekognition.described import FACE_ID
from tests.acceptance.rekognition.world import World


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


@refused("CreateUser", "InvalidParameterException", "an id that no member can have")
def _(world: World) -> Any:
    return {"CollectionId": world.home, "UserId": ".."}


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
