"""Pictures."""

from typing import Any

from tests.acceptance.rekognition.case import done
from tests.acceptance.rekognition.world import IMAGE_BYTES, World, blank_png, padded


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
