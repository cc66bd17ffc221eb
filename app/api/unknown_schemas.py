"""What answers about people whom nobody has named look like."""

from pydantic import Field

from app.api.gallery_schemas import ClientOut
from app.api.schemas import BoxOut, Out, Ratio
from app.domain.unknown import Unknown, UnknownFace, UnknownGroup
from app.services.name_group import NamedGroup


class UnknownFaceOut(Out):
    face_id: str
    photo_id: str
    key: str
    box: BoxOut
    quality: Ratio
    similarity: Ratio = Field(description="To the group's centre.")
    crop_url: str

    @classmethod
    def of(cls, face: UnknownFace, gallery_id: str) -> "UnknownFaceOut":
        crop_url = f"/galleries/{gallery_id}/photos/{face.photo_id}/faces/{face.face_id}/crop"
        return cls(
            face_id=face.face_id,
            photo_id=face.photo_id,
            key=face.key,
            box=BoxOut.model_validate(face.box),
            quality=face.quality,
            similarity=face.similarity,
            crop_url=crop_url,
        )


class UnknownGroupOut(Out):
    """group_id: the same while its faces are; it can be named or dismissed for a day at least."""

    group_id: str
    faces: int
    photos: int
    dismissed: bool
    sample: UnknownFaceOut

    @classmethod
    def of(cls, group: UnknownGroup, gallery_id: str) -> "UnknownGroupOut":
        sample = UnknownFaceOut.of(group.sample, gallery_id)
        return cls(
            group_id=group.group_id,
            faces=group.faces,
            photos=group.photos,
            dismissed=group.dismissed,
            sample=sample,
        )


class UnknownOut(Out):
    groups: list[UnknownGroupOut]
    ungrouped: int = Field(description="Faces that are nobody's and belong to no group.")
    next_cursor: str

    @classmethod
    def of(cls, unknown: Unknown, gallery_id: str) -> "UnknownOut":
        groups = [UnknownGroupOut.of(group, gallery_id) for group in unknown.groups.items]
        return cls(groups=groups, ungrouped=unknown.ungrouped, next_cursor=unknown.groups.next_cursor)


class GroupFacesOut(Out):
    group_id: str
    faces: list[UnknownFaceOut] = Field(description="Best first.")
    next_cursor: str


class NamedGroupOut(Out):
    """photo_count: photos that the client is in now, of all that were processed. enrolled: faces of the group kept."""

    gallery_id: str
    group_id: str
    client: ClientOut
    photo_count: int
    enrolled: int

    @classmethod
    def of(cls, done: NamedGroup, gallery_id: str, group_id: str) -> "NamedGroupOut":
        client = ClientOut.model_validate(done.client)
        return cls(
            gallery_id=gallery_id,
            group_id=group_id,
            client=client,
            photo_count=client.photos,
            enrolled=done.enrolled,
        )
