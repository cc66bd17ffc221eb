"""Rows of the view known_face, and ids of faces as they come from callers."""

from collections.abc import Mapping, Sequence
from uuid import NAMESPACE_OID, UUID, uuid5

import numpy as np

from app.domain.collections import CollectionRef
from app.domain.errors import FaceNotFound
from app.domain.faces import Box, Embedding, unit
from app.domain.users import KnownFace
from app.store.ids import uuid_or

Row = Mapping[str, object]
NOBODY = str(UUID(int=0))
"""Comes before every face."""


def known(row: Row) -> KnownFace:
    """A face that was enrolled for its member is called by the member's id."""
    member_id, indexed = str(row["member_id"]), row["image_id"] is not None
    return KnownFace(
        face_id=str(row["face_id"]),
        box=Box(*(float(str(row[f"box_{side}"])) for side in ("left", "top", "width", "height"))),
        det_score=float(str(row["det_score"])),
        image_id=str(row["image_id"] if indexed else uuid5(NAMESPACE_OID, str(row["digest"]))),
        external_id=str(row["external_id"] or "") if indexed else member_id,
        user_id=member_id if row["associated"] else "",
        recogniser=str(row["recogniser_sha256"]),
    )


def uuids(face_ids: Sequence[str]) -> list[str]:
    """Those that may be a face's."""
    return [face_id for face_id in face_ids if is_uuid(face_id)]


def is_uuid(text: str) -> bool:
    try:
        uuid_or(text, FaceNotFound)
    except FaceNotFound:
        return False
    return True


def vector(text: str) -> Embedding:
    """An embedding as Postgres writes it."""
    return unit(np.fromstring(text.strip("[]"), np.float32, sep=","))


def of(ref: CollectionRef) -> dict[str, object]:
    return {"tenant": ref.tenant, "collection": ref.name}
