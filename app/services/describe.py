"""A face of a picture as JSON, to be kept: where it is and what it looks like, never an embedding."""

from app.domain.faces import AlignedFace, Attributes, Box

POINTS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
"""The landmarks' names, in their order."""

DIGITS = 6

Json = dict[str, object]


def told(face: AlignedFace) -> Json:
    """All that is known of it."""
    quality = face.quality
    return {
        "box": place(face.found.box),
        "det_score": round(float(face.found.score), DIGITS),
        "landmarks": [
            {"name": name, "x": round(x, DIGITS), "y": round(y, DIGITS)}
            for name, (x, y) in zip(POINTS, face.found.landmarks.tolist(), strict=True)
        ],
        "quality": {
            "score": round(quality.score, DIGITS),
            "reasons": [str(reason) for reason in quality.reasons],
            "sharpness": round(quality.sharpness, DIGITS),
            "brightness": round(quality.brightness, DIGITS),
        },
        "pose": {angle: round(getattr(face.pose, angle), DIGITS) for angle in ("yaw", "pitch", "roll")},
        "attributes": known(face.attributes),
    }


def place(box: Box) -> Json:
    """The part of the box that is inside the picture, as fractions of it."""
    left, top = max(box.left, 0), max(box.top, 0)
    right, bottom = min(box.left + box.width, 1), min(box.top + box.height, 1)
    sides = {"left": left, "top": top, "width": right - left, "height": bottom - top}
    return {side: round(value, DIGITS) for side, value in sides.items()}


def known(attributes: Attributes) -> Json:
    """Those that a model gave; the others are not named."""
    age, gender = attributes.age, attributes.gender
    years: Json = {"age": age.years, "age_range": {"low": age.low, "high": age.high}} if age else {}
    kind = {"value": str(gender.value), "confidence": round(gender.confidence, DIGITS)} if gender else None
    return years | ({"gender": kind} if kind else {})
