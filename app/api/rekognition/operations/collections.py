"""Collections: made, described, listed, deleted."""

from typing import Any

from app.api.rekognition import tokens
from app.api.rekognition.call import Call, version
from app.api.rekognition.wire import AwsError
from app.domain.errors import Conflict

MOST = 4096
"""Of a page, and what a page has unless said."""

Answer = dict[str, Any]


async def create_collection(call: Call) -> Answer:
    """Tags are read and not kept."""
    name = call.ref.name
    try:
        await call.use.book.create(call.ref)
    except Conflict:
        code = "ResourceAlreadyExistsException"
        raise AwsError(code, f"The collection id: {name} already exists") from None
    return {"StatusCode": 200, "CollectionArn": call.arn, "FaceModelVersion": call.version}


async def delete_collection(call: Call) -> Answer:
    await call.use.book.delete_collection(call.ref)
    return {"StatusCode": 200}


async def describe_collection(call: Call) -> Answer:
    found = await call.use.book.collection(call.ref)
    return {
        "FaceCount": found.faces,
        "UserCount": found.users,
        "FaceModelVersion": version(found.recogniser) if found.recogniser else call.version,
        "CollectionARN": call.arn,
        "CreationTimestamp": round(found.created_at.timestamp(), 3),
    }


async def list_collections(call: Call) -> Answer:
    limit = call.given.get("MaxResults") or MOST
    page = await call.use.book.collections(call.tenant, tokens.read("collections", call.given.get("NextToken")), limit)
    token = tokens.written("collections", page.next_cursor)
    return {
        "CollectionIds": [one.name for one in page.items],
        "FaceModelVersions": [version(one.recogniser) if one.recogniser else call.version for one in page.items],
        **({"NextToken": token} if token else {}),
    }
