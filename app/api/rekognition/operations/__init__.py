"""What each operation does, by its name on the wire."""

from collections.abc import Awaitable, Callable, Mapping

from app.api.rekognition.call import Call
from app.api.rekognition.operations import collections, faces, pictures, users

OPERATIONS: Mapping[str, Callable[[Call], Awaitable[collections.Answer]]] = {
    "CreateCollection": collections.create_collection,
    "DeleteCollection": collections.delete_collection,
    "DescribeCollection": collections.describe_collection,
    "ListCollections": collections.list_collections,
    "IndexFaces": faces.index_faces,
    "ListFaces": faces.list_faces,
    "DeleteFaces": faces.delete_faces,
    "SearchFaces": faces.search_faces,
    "SearchFacesByImage": faces.search_faces_by_image,
    "CreateUser": users.create_user,
    "DeleteUser": users.delete_user,
    "ListUsers": users.list_users,
    "AssociateFaces": users.associate_faces,
    "DisassociateFaces": users.disassociate_faces,
    "SearchUsers": users.search_users,
    "SearchUsersByImage": users.search_users_by_image,
    "DetectFaces": pictures.detect_faces,
    "CompareFaces": pictures.compare_faces,
}
