"""Users: made, deleted, listed, given faces, searched for."""

from app.api.rekognition import names, shapes, tokens
from app.api.rekognition.call import Call
from app.api.rekognition.operations.collections import Answer
from app.api.rekognition.operations.faces import USUAL_MATCHES, USUAL_THRESHOLD
from app.api.rekognition.wire import InvalidParameter
from app.domain.users import Changed

MOST = 500
"""Of a page, and what a page has unless said."""
USUAL_LIKENESS = 75.0
"""Percent that a face must be like the user's other faces."""


async def create_user(call: Call) -> Answer:
    await call.use.users.create(call.ref, call.user_id, call.once)
    return {}


async def delete_user(call: Call) -> Answer:
    await call.use.users.delete(call.ref, call.user_id, call.once)
    return {}


async def list_users(call: Call) -> Answer:
    limit = call.given.get("MaxResults", MOST)
    page = await call.use.users.page(call.ref, tokens.read("users", call.given.get("NextToken")), limit)
    token = tokens.written("users", page.next_cursor)
    called = [(names.user(one.user_id), one.faces) for one in page.items]
    return {
        "Users": [{"UserId": name, "UserStatus": _status(faces)} for name, faces in called if name],
        **({"NextToken": token} if token else {}),
    }


async def associate_faces(call: Call) -> Answer:
    least = call.given.get("UserMatchThreshold", USUAL_LIKENESS)
    done, scale = await call.use.associate(call.ref, call.user_id, call.given["FaceIds"], least, call.once)
    return {
        "AssociatedFaces": _ids(done),
        "UnsuccessfulFaceAssociations": shapes.unassociated(done.refused, scale),
        "UserStatus": _status(done.faces),
    }


async def disassociate_faces(call: Call) -> Answer:
    done = await call.use.users.dissociate(call.ref, call.user_id, call.given["FaceIds"], call.once)
    return {
        "DisassociatedFaces": _ids(done),
        "UnsuccessfulFaceDisassociations": shapes.undissociated(done.refused),
        "UserStatus": _status(done.faces),
    }


async def search_users(call: Call) -> Answer:
    if ("UserId" in call.given) == ("FaceId" in call.given):
        raise InvalidParameter
    if "UserId" in call.given:
        matches = await call.use.find_users.by_user(call.ref, call.user_id, *_wanted(call))
        searched = {"SearchedUser": {"UserId": call.given["UserId"]}}
    else:
        matches = await call.use.find_users.by_face(call.ref, call.given["FaceId"], *_wanted(call))
        searched = {"SearchedFace": {"FaceId": call.given["FaceId"]}}
    return {"UserMatches": shapes.user_matches(matches), "FaceModelVersion": call.version, **searched}


async def search_users_by_image(call: Call) -> Answer:
    probe, matches = await call.use.find_users.by_image(call.ref, call.image(), *_wanted(call), call.quality)
    return {
        "UserMatches": shapes.user_matches(matches),
        "FaceModelVersion": call.version,
        "SearchedFace": {"FaceDetail": shapes.detail(probe.face.aligned)},
        "UnsearchedFaces": shapes.unsearched(probe.faces),
    }


def _wanted(call: Call) -> tuple[int, float]:
    return call.given.get("MaxUsers", USUAL_MATCHES), call.given.get("UserMatchThreshold", USUAL_THRESHOLD)


def _ids(done: Changed) -> list[dict[str, str]]:
    return [{"FaceId": face_id} for face_id in done.done]


def _status(faces: int) -> str:
    """Changes are there as soon as they are answered: nobody is ever UPDATING."""
    return "ACTIVE" if faces else "CREATED"
