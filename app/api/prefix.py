"""The path under which a proxy shows the service, whether or not the proxy takes it off."""

from starlette.types import ASGIApp, Receive, Scope, Send


class Prefix:
    """Make `/face/live` and `/live` the same request to an application that is mounted at `/face`.

    ASGI wants the prefix in `path` as well as in `root_path`; proxies that strip it leave it out.
    """

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self.app = app
        self.root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.root_path and "path" in scope:
            scope["root_path"] = self.root_path
            scope["path"] = self._whole(scope["path"])
        await self.app(scope, receive, send)

    def _whole(self, path: str) -> str:
        inside = path == self.root_path or path.startswith(f"{self.root_path}/")
        return path if inside else self.root_path + path
