"""Pictures that belong to no collection."""

from app.api.rekognition import shapes
from app.api.rekognition.call import Call
from app.api.rekognition.operations.collections import Answer
from app.api.rekognition.operations.faces import USUAL_THRESHOLD


async def detect_faces(call: Call) -> Answer:
    """Attributes beyond DEFAULT are not known here, whichever are asked for."""
    picture = await call.use.look.faces(call.image())
    return {"FaceDetails": [shapes.detail(face) for face in picture.faces]}


async def compare_faces(call: Call) -> Answer:
    least = call.given.get("SimilarityThreshold", USUAL_THRESHOLD)
    done = await call.use.compare(call.image("SourceImage"), call.image("TargetImage"), call.quality)
    source = {
        "BoundingBox": shapes.box(done.source.found.box),
        "Confidence": shapes.percent(done.source.found.score),
    }
    return {
        "SourceImageFace": source,
        "FaceMatches": [
            {"Similarity": round(percent, shapes.DIGITS), "Face": shapes.compared(face)}
            for face, percent in done.faces
            if percent >= least
        ],
        "UnmatchedFaces": [shapes.compared(face) for face, percent in done.faces if percent < least],
    }
