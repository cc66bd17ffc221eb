"""Supabase Storage as far as it is used here, over real HTTP, with the real server's habits.

The habits were measured: nearly every refusal is HTTP 400 with the true status in the body; an opaque `sb_secret_…`
key is no token and is refused as one; a key is refused outright where a browser seems to send it.
"""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "signed"
_KEY = re.compile(r"[\w/!\-.*'() &$@=;:+,?]*", re.ASCII)


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
        sign, get, listing = (self._answering(verb) for verb in (self.sign, self.get, self.list_v2))
        return Starlette(
            routes=[
                Route("/storage/v1/object/sign/{bucket}/{key:path}", sign, methods=["POST"]),
                Route("/storage/v1/object/sign/{bucket}/{key:path}", get, methods=["GET"]),
                Route("/storage/v1/object/list-v2/{bucket}", listing, methods=["POST"]),
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
        if self.downs:
            self.downs -= 1
            return Response("upstream", status_code=500)
        bucket, key = self._object(request)
        return Response(self.objects[bucket][key], media_type="image/jpeg", headers={"etag": '"e"'})

    async def list_v2(self, request: Request) -> Response:
        self._authorised(request)
        asked = json.loads(await request.body())
        bucket = self._bucket(request)
        keys = sorted(k for k in self.objects[bucket] if k.startswith(asked.get("prefix", "")))
        begin = int(asked.get("cursor") or 0)
        end = begin + int(asked.get("limit", 100))
        found = [{"name": key, "id": key, "metadata": {"size": len(self.objects[bucket][key])}} for key in keys]
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
        bucket = self._bucket(request)
        raw = request.scope["raw_path"].decode().partition("?")[0].split(f"/sign/{bucket}/", 1)[1]
        key = unquote(raw)
        if not _KEY.fullmatch(key):
            raise Refused(400, "InvalidKey", f"Invalid key: {key}")
        if key not in self.objects[bucket]:
            raise Refused(404, "NoSuchKey", "Object not found")
        return bucket, key
