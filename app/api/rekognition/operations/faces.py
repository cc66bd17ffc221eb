"""Faces of a collection: indexed, listed, deleted, searched for."""

from app.api.rekognition import shapes, tokens
from app.api.rekognition.call import Call
from app.api.rekognition.operations.collections import Answer
from app.services.rekognition.look_largest import MOST_FACES

MOST = 4096
"""Of a page, and what a page has unless said."""
USUAL_MATCHES = 80
"""Matches unless said otherwise. AWS documents no number."""
USUAL_THRESHOLD = 80.0


async def index_faces(call: Call) -> Answer:
    most = min(call.given.get("MaxFaces", MOST_FACES), MOST_FACES)
    name = call.given.get("ExternalImageId", "")
    done = await call.use.index(call.ref, call.image(), name, most, call.quality)
    return {
        "FaceRecords": [{"Face": shapes.face(known), "FaceDetail": shapes.detail(seen)} for known, seen in done.kept],
        "FaceModelVersion": call.version,
        "UnindexedFaces": shapes.unindexed(done.faces),
    }


async def list_faces(call: Call) -> Answer:
    limit = call.given.get("MaxResults") or MOST
    after = tokens.read("faces", call.given.get("NextToken"))
    user_id = call.user_id if "UserId" in call.given else ""
    page = await call.use.book.page(call.ref, after, limit, user_id=user_id, face_ids=call.given.get("FaceIds", ()))
    token = tokens.written("faces", page.next_cursor)
    return {
        "Faces": [shapes.face(known) for known in page.items],
        "FaceModelVersion": call.version,
        **({"NextToken": token} if token else {}),
    }


async def delete_faces(call: Call) -> Answer:
    done = await call.use.book.delete(call.ref, call.given["FaceIds"])
    return {"DeletedFaces": list(done.done), "UnsuccessfulFaceDeletions": shapes.undeleted(done.refused)}


async def search_faces(call: Call) -> Answer:
    face_id = call.given["FaceId"]
    matches = await call.use.find_faces.by_face(call.ref, face_id, *_wanted(call))
    return {
        "SearchedFaceId": face_id,
        "FaceMatches": shapes.face_matches(matches),
        "FaceModelVersion": call.version,
    }


async def search_faces_by_image(call: Call) -> Answer:
    seen, matches = await call.use.find_faces.by_image(call.ref, call.image(), *_wanted(call), call.quality)
    return {
        "SearchedFaceBoundingBox": shapes.box(seen.found.box),
        "SearchedFaceConfidence": shapes.percent(seen.found.score),
        "FaceMatches": shapes.face_matches(matches),
        "FaceModelVersion": call.version,
    }


def _wanted(call: Call) -> tuple[int, float]:
    return call.given.get("MaxFaces", USUAL_MATCHES), call.given.get("FaceMatchThreshold", USUAL_THRESHOLD)
