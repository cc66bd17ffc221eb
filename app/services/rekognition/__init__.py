"""What AWS Rekognition does with faces, over our own collections and members (docs/decisions/0011)."""

from dataclasses import dataclass

from app.services.rekognition.associate import Associate
from app.services.rekognition.compare_faces import CompareFaces
from app.services.rekognition.find_faces import FindFaces
from app.services.rekognition.find_users import FindUsers
from app.services.rekognition.index_faces import IndexFaces
from app.services.rekognition.look_largest import LookLargest
from app.user_ports import FaceBook, UserStore


@dataclass(frozen=True, slots=True)
class Rekognition:
    """storage: which of `s3`, `r2` and `supabase` the bucket of an S3Object is in."""

    index: IndexFaces
    find_faces: FindFaces
    find_users: FindUsers
    associate: Associate
    compare: CompareFaces
    look: LookLargest
    book: FaceBook
    users: UserStore
    storage: str


__all__ = ["Rekognition"]
