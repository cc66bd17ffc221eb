"""What one door takes in the other one finds: the same collections, members and faces."""

import pytest
from botocore.exceptions import ClientError

from tests.acceptance.rekognition.world import World


@pytest.fixture
def collection(world: World) -> str:
    return world.fresh()


def test_a_face_that_a_client_of_aws_indexes_is_identified(world: World, collection: str) -> None:
    world.index(collection, world.photo("Serena_Williams"), "serena")

    assert world.identify(collection, world.photo("Serena_Williams", 2)) == ["serena"]
    members = world.http.get(f"/members?collection={collection}").json()["members"]
    assert [(member["member_id"], member["faces"]) for member in members] == [("serena", 1)]


def test_a_member_who_was_enrolled_is_found_as_a_face_and_as_a_user(world: World, collection: str) -> None:
    face_id = world.enrol(collection, "yao", world.photo("Yao_Ming"))
    asked = {"CollectionId": collection, "Image": {"Bytes": world.photo("Yao_Ming", 2)}}

    [match] = world.ask("SearchFacesByImage", **asked)["FaceMatches"]
    [user] = world.ask("SearchUsersByImage", **asked)["UserMatches"]

    face = match["Face"]
    assert (face["FaceId"], face["UserId"], face["ExternalImageId"]) == (face_id, "yao", "yao")
    assert user["User"]["UserId"] == "yao"


def test_a_user_whose_faces_were_associated_is_identified_and_verified(world: World, collection: str) -> None:
    world.ask("CreateUser", CollectionId=collection, UserId="serena")
    face_id = world.index(collection, world.photo("Serena_Williams"))
    world.ask("AssociateFaces", CollectionId=collection, UserId="serena", FaceIds=[face_id])
    form = {"collection": collection, "member_id": "serena"}

    verified = world.http.post("/verify", data=form, files={"file": world.photo("Serena_Williams", 3)}).json()

    assert verified["verified"] is True
    assert world.identify(collection, world.photo("Serena_Williams", 2)) == ["serena"]


def test_both_count_and_delete_alike(world: World, collection: str) -> None:
    first = world.index(collection, world.photo("Serena_Williams", 1), "serena")
    world.index(collection, world.photo("Serena_Williams", 2), "serena")
    world.enrol(collection, "yao", world.photo("Yao_Ming"))

    def counts() -> tuple[int, int, int, int]:
        ours = world.http.get(f"/collections/{collection}").json()
        return (*world.counts(collection), ours["counts"]["faces"], ours["counts"]["members"])

    assert counts() == (3, 1, 3, 2)
    assert world.http.delete(f"/faces/{first}?collection={collection}").status_code == 204
    assert counts() == (2, 1, 2, 2)
    assert world.http.delete(f"/members/serena?collection={collection}").status_code == 204
    assert counts() == (1, 1, 1, 1)
    assert world.http.delete(f"/collections/{collection}").status_code == 204
    with pytest.raises(world.client.exceptions.ResourceNotFoundException):
        world.counts(collection)


@pytest.mark.parametrize("member_id", ["josé maria", "+5511987654321", "a@example.com", "日本", "::yao"])
def test_ids_that_are_not_of_aws_alphabet_are_listed_and_understood(
    member_id: str, world: World, collection: str
) -> None:
    face_id = world.enrol(collection, member_id, world.photo("Yao_Ming"))

    [user] = world.ask("ListUsers", CollectionId=collection)["Users"]
    [face] = world.ask("ListFaces", CollectionId=collection, UserId=user["UserId"])["Faces"]
    asked = {"CollectionId": collection, "UserId": user["UserId"]}

    assert (face["FaceId"], face["UserId"]) == (face_id, user["UserId"])
    assert world.ask("DisassociateFaces", **asked, FaceIds=[face_id])["UserStatus"] == "CREATED"
    again = world.ask("AssociateFaces", **asked, FaceIds=[face_id])
    assert again["AssociatedFaces"] == [{"FaceId": face_id}]
    assert world.identify(collection, world.photo("Yao_Ming", 2)) == [member_id]


def test_ids_that_are_too_long_for_aws_break_no_listing(world: World, collection: str) -> None:
    world.enrol(collection, "é" * 250, world.photo("Yao_Ming"))
    world.enrol(collection, "z", world.photo("Serena_Williams"))

    users = world.all_pages("ListUsers", "Users", CollectionId=collection, MaxResults=1)
    faces = world.all_pages("ListFaces", "Faces", CollectionId=collection, MaxResults=1)
    found = world.ask("SearchFacesByImage", CollectionId=collection, Image={"Bytes": world.photo("Yao_Ming", 2)})

    assert [user["UserId"] for user in users] == ["z"]
    assert [face.get("UserId") for face in faces if "UserId" in face] == ["z"]
    assert len(faces) == 2
    assert "UserId" not in found["FaceMatches"][0]["Face"]


def test_a_blacklist_is_a_collection_and_a_gallery_is_none(world: World) -> None:
    blacklist, gallery = world.fresh(), f"{world.fresh()}-gallery"
    world.ask("DeleteCollection", CollectionId=blacklist)
    assert world.http.put(f"/collections/{blacklist}", json={"kind": "blacklist"}).is_success
    assert world.http.put(f"/galleries/{gallery}", json={"source": "s3://photos/none/"}).is_success
    hidden = {one["name"] for one in world.http.get("/collections?limit=1000").json()["collections"]}

    seen = {*world.all_pages("ListCollections", "CollectionIds")}

    assert blacklist in seen
    assert hidden - seen == {name for name in hidden if gallery in name} != set()
    [clients] = hidden - seen
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        world.counts(clients)
