"""Faces, users and pictures in the shapes of AWS's answers."""

from collections.abc import Sequence
from typing import Any

from app.api.rekognition import names
from app.api.rekognition.call import version
from app.domain.bars import Sorted
from app.domain.faces import AlignedFace, Box, Flaw
from app.domain.scale import Scale
from app.domain.users import KnownFace, Refusal, Refused
from app.services.rekognition.find_faces import FaceMatch
from app.services.rekognition.find_users import UserMatch

DIGITS = 6
LANDMARKS = ("eyeLeft", "eyeRight", "nose", "mouthLeft", "mouthRight")
"""In the order of our landmarks."""

REASONS = {
    Flaw.SMALL_FACE: "SMALL_BOUNDING_BOX",
    Flaw.BLURRED: "LOW_SHARPNESS",
    Flaw.DARK: "LOW_BRIGHTNESS",
    Flaw.OVEREXPOSED: "LOW_FACE_QUALITY",
    Flaw.EXTREME_POSE: "EXTREME_POSE",
    Flaw.LOW_CONFIDENCE: "LOW_CONFIDENCE",
    Flaw.CUT_OFF: "LOW_FACE_QUALITY",
}
REFUSALS = {
    Refusal.NOT_FOUND: ["FACE_NOT_FOUND"],
    Refusal.OF_ANOTHER: ["ASSOCIATED_TO_A_DIFFERENT_USER"],
    Refusal.UNLIKE: ["LOW_MATCH_CONFIDENCE"],
    Refusal.TOO_MANY: [],
}
"""AWS has no reason for a user who is full."""

Shaped = dict[str, Any]


def face(known: KnownFace) -> Shaped:
    """A face of a collection."""
    return {
        "FaceId": known.face_id,
        "BoundingBox": box(known.box),
        "ImageId": known.image_id,
        **_named("ExternalImageId", names.image(known.external_id)),
        "Confidence": percent(known.det_score),
        "IndexFacesModelVersion": version(known.recogniser),
        **_named("UserId", names.user(known.user_id)),
    }


def box(place: Box) -> Shaped:
    """As the detector sees it: a face at the border may reach beyond 0–1."""
    sides = {"Width": place.width, "Height": place.height, "Left": place.left, "Top": place.top}
    return {name: round(float(side), DIGITS) for name, side in sides.items()}


def compared(seen: AlignedFace) -> Shaped:
    """A face of a picture."""
    pose = {"Roll": seen.pose.roll, "Yaw": seen.pose.yaw, "Pitch": seen.pose.pitch}
    return {
        "BoundingBox": box(seen.found.box),
        "Confidence": percent(seen.found.score),
        "Landmarks": [
            {"Type": name, "X": round(float(x), DIGITS), "Y": round(float(y), DIGITS)}
            for name, (x, y) in zip(LANDMARKS, seen.found.landmarks, strict=True)
        ],
        "Pose": {name: round(float(degrees), DIGITS) for name, degrees in pose.items()},
        "Quality": {"Brightness": percent(seen.quality.brightness), "Sharpness": percent(seen.quality.sharpness)},
    }


detail = compared
"""The attributes of DEFAULT are the same."""


def percent(fraction: float) -> float:
    """0–1 as 0–100."""
    return round(100 * float(fraction), DIGITS)


def unindexed(faces: Sorted) -> list[Shaped]:
    """Those that were not kept, and why."""
    poor = [{"Reasons": reasons(one), "FaceDetail": detail(one)} for one in faces.poor]
    return poor + [{"Reasons": ["EXCEEDS_MAX_FACES"], "FaceDetail": detail(one)} for one in faces.many]


def unsearched(faces: Sorted) -> list[Shaped]:
    """Those that were not searched for, and why."""
    poor = [{"Reasons": reasons(one), "FaceDetails": detail(one)} for one in faces.poor]
    return poor + [{"Reasons": ["FACE_NOT_LARGEST"], "FaceDetails": detail(one)} for one in faces.many]


def reasons(seen: AlignedFace) -> list[str]:
    """What is wrong with a face of poor quality; in general, where no single thing is."""
    return list(dict.fromkeys(REASONS[flaw] for flaw in seen.quality.reasons)) or ["LOW_FACE_QUALITY"]


def face_matches(matches: Sequence[FaceMatch]) -> list[Shaped]:
    return [{"Similarity": round(match.percent, DIGITS), "Face": face(match.face)} for match in matches]


def user_matches(matches: Sequence[UserMatch]) -> list[Shaped]:
    """Users whose ids are too long for the protocol are left out."""
    called = [(names.user(match.user_id), match.percent) for match in matches]
    return [
        {"Similarity": round(similarity, DIGITS), "User": {"UserId": name, "UserStatus": "ACTIVE"}}
        for name, similarity in called
        if name
    ]


def unassociated(refused: Sequence[Refused], scale: Scale) -> list[Shaped]:
    """Faces that did not become a user's."""
    return [
        {
            **_refused(one),
            **({"Confidence": round(scale.percent(one.similarity), DIGITS)} if one.why is Refusal.UNLIKE else {}),
            "Reasons": REFUSALS[one.why],
        }
        for one in refused
    ]


def undissociated(refused: Sequence[Refused]) -> list[Shaped]:
    """Faces that did not stop being a user's."""
    return [{**_refused(one), "Reasons": REFUSALS[one.why]} for one in refused]


def undeleted(refused: Sequence[Refused]) -> list[Shaped]:
    """Faces that were not deleted."""
    why = {Refusal.OF_ANOTHER: "ASSOCIATED_TO_AN_EXISTING_USER", Refusal.NOT_FOUND: "FACE_NOT_FOUND"}
    return [{**_refused(one), "Reasons": [why[one.why]]} for one in refused]


def _refused(one: Refused) -> Shaped:
    return {"FaceId": one.face_id, **_named("UserId", names.user(one.user_id))}


def _named(member: str, name: str) -> Shaped:
    return {member: name} if name else {}
