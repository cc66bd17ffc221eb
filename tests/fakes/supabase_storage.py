"""Supabase Storage as far as it is used here, over real HTTP, with the real server's habits.

The habits were measured: nearly every refusal is HTTP 400 with the true status in the body; an opaque `sb_secret_…`
key is no token and is refused as one; a key is refused outright where a browser seems to send it.
"""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from hashlib import md5
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "signed"
_KEY = re.compile(r"[\w/!\-.*'() &$@=;:+,?]*", re.ASCII)


def etag(content: bytes) -> str:
    return f'"{md5(content, usedforsecurity=False).hexdigest()}"'


def metadata(content: bytes) -> dict[str, object]:
    return {"eTag": etag(content), "size": len(content), "mimetype": "image/jpeg"}


class Refused(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        self.body = {"statusCode": str(status), "error": code, "message": message, "code": code}


@dataclass
class SupabaseStorage:
    """objects: by bucket and key. downs: say 500 to the next so many downloads. old: leave out `code`."""

    key: str
    objects: dict[str, dict[str, bytes]] = field(default_factory=dict)
    downs: int = 0
    old: bool = False
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def app(self) -> Starlette:
        routes = [
            ("POST", "/object/sign/{bucket}/{key:path}", self.sign),
            ("GET", "/object/sign/{bucket}/{key:path}", self.get),
            ("POST", "/object/list-v2/{bucket}", self.list_v2),
            ("GET", "/bucket/{bucket}", self.bucket),
            ("GET", "/object/info/{bucket}/{key:path}", self.info),
            ("GET", "/object/authenticated/{bucket}/{key:path}", self.read),
            ("POST", "/object/{bucket}/{key:path}", self.upload),
            ("DELETE", "/object/{bucket}/{key:path}", self.delete),
        ]
        return Starlette(
            routes=[
                Route("/storage/v1" + path, self._answering(verb), methods=[method]) for method, path, verb in routes
            ]
        )

    def _answering(self, verb: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            self.seen.append((request.method, request.url.path, dict(request.headers)))
            try:
                return await verb(request)
            except Refused as refused:
                body = {k: v for k, v in refused.body.items() if k != "code" or not self.old}
                return JSONResponse(body, status_code=400)

        return answer

    async def sign(self, request: Request) -> Response:
        self._authorised(request)
        bucket, key = self._object(request)
        int(json.loads(await request.body())["expiresIn"])
        path = request.scope["raw_path"].decode().removeprefix("/storage/v1")
        assert self.objects[bucket][key] is not None
        return JSONResponse({"signedURL": f"{path}?token={TOKEN}"})

    async def get(self, request: Request) -> Response:
        if request.query_params.get("token") != TOKEN:
            raise Refused(400, "InvalidJWT", "jws malformed")
        return self._download(*self._object(request))

    async def read(self, request: Request) -> Response:
        self._authorised(request)
        return self._download(*self._object(request))

    def _download(self, bucket: str, key: str) -> Response:
        if self.downs:
            self.downs -= 1
            return Response("upstream", status_code=500)
        content = self.objects[bucket][key]
        return Response(content, media_type="image/jpeg", headers={"etag": etag(content)})

    async def info(self, request: Request) -> Response:
        self._authorised(request)
        bucket, key = self._object(request)
        content = self.objects[bucket][key]
        told = {"id": key, "name": key, "bucket_id": bucket, "size": len(content), "etag": etag(content)}
        return JSONResponse(told | {"content_type": "image/jpeg", "metadata": {}})

    async def bucket(self, request: Request) -> Response:
        self._authorised(request)
        bucket = self._bucket(request)
        return JSONResponse({"id": bucket, "name": bucket, "public": False})

    async def upload(self, request: Request) -> Response:
        self._authorised(request)
        bucket, key = self._bucket(request), self._key(request)
        if key in self.objects[bucket] and request.headers.get("x-upsert") != "true":
            raise Refused(409, "Duplicate", "The resource already exists")
        self.objects[bucket][key] = await request.body()
        return JSONResponse({"Key": f"{bucket}/{key}", "Id": key})

    async def delete(self, request: Request) -> Response:
        self._authorised(request)
        bucket, key = self._object(request)
        del self.objects[bucket][key]
        return JSONResponse({"message": "Successfully deleted"})

    async def list_v2(self, request: Request) -> Response:
        self._authorised(request)
        asked = json.loads(await request.body())
        assert asked["with_delimiter"] is False
        # Objects are looked up by the bucket's name alone: of a bucket that is not there, there are none.
        objects = self.objects.get(str(request.path_params["bucket"]), {})
        keys = sorted(k for k in objects if k.startswith(asked.get("prefix", "")))
        begin = int(asked.get("cursor") or 0)
        end = begin + int(asked.get("limit", 100))
        found = [{"name": key, "id": key, "metadata": metadata(objects[key])} for key in keys]
        more = end < len(keys)
        return JSONResponse(
            {"hasNext": more, "nextCursor": str(end) if more else None, "folders": [], "objects": found[begin:end]}
        )

    def _authorised(self, request: Request) -> None:
        bearer = request.headers.get("authorization", "")
        if "Mozilla" in request.headers.get("user-agent", ""):
            raise Refused(401, "Unauthorized", "secret keys are not for browsers")
        if bearer and not bearer.startswith("Bearer eyJ"):
            raise Refused(403, "InvalidJWT", "Invalid Compact JWS")
        if request.headers.get("apikey") != self.key:
            raise Refused(403, "AccessDenied", "new row violates row-level security policy")

    def _bucket(self, request: Request) -> str:
        bucket = str(request.path_params["bucket"])
        if bucket not in self.objects:
            raise Refused(404, "NoSuchBucket", "Bucket not found")
        return bucket

    def _object(self, request: Request) -> tuple[str, str]:
        bucket, key = self._bucket(request), self._key(request)
        if key not in self.objects[bucket]:
            raise Refused(404, "NoSuchKey", "Object not found")
        return bucket, key

    def _key(self, request: Request) -> str:
        raw = request.scope["raw_path"].decode().partition("?")[0].split(f"/{request.path_params['bucket']}/", 1)[1]
        key = unquote(raw)
        if not _KEY.fullmatch(key):
            raise Refused(400, "InvalidKey", f"Invalid key: {key}")
        return key
