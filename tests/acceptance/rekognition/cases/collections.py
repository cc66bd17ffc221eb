"""Collections."""

from typing import Any

from tests.acceptance.rekognition.case import done, refused
from tests.acceptance.rekognition.world import World


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
