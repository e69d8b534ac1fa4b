"""Knows the path below which a proxy shows the server, which it takes off each request; told addresses begin with it."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


class Prefixed:
    """Tells the rest of the web layer that it stands below a path, as if it were mounted there (ASGI: `root_path`)."""

    def __init__(self, app: ASGIApp, *, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with what the proxy took off its path."""
        if scope["type"] == "http":
            mounted: str = scope.get("root_path", "")
            root = mounted + self._prefix
            raw: bytes = scope.get("raw_path") or scope["path"].encode()
            scope = {
                **scope,
                "root_path": root,
                "path": root + scope["path"].removeprefix(mounted),
                "raw_path": root.encode() + raw.removeprefix(mounted.encode()),
            }
        await self._app(scope, receive, send)
