"""What was asked of each operation and how it must be answered. docs/rekognition-conformance.md is made from it."""

from tests.acceptance.rekognition.case import CASES, DONE, NEVER, NEVER_OF, OF_STATE, Case
from tests.acceptance.rekognition.cases import collections, faces, pictures, shared, users

__all__ = [
    "CASES",
    "DONE",
    "NEVER",
    "NEVER_OF",
    "OF_STATE",
    "Case",
    "collections",
    "faces",
    "pictures",
    "shared",
    "users",
]
