"""What a request holds from its beginning to the end of its answer, whatever happens in between."""

from contextlib import ExitStack

from starlette.types import ASGIApp, Receive, Scope, Send


class Held:
    """Gives each request an ExitStack, `request.state.held`, and closes it when the answer is out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with ExitStack() as held:
            scope["state"]["held"] = held
            await self.app(scope, receive, send)
