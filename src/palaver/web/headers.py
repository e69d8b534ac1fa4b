"""What stands on every HTTP answer, whoever made it: guards for browsers, redirects that fit behind a proxy, and an end
for clients that talk on unheard.
"""

from __future__ import annotations

import contextlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

EVERYWHERE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}

MAX_UNREAD_BYTES = 16 * 1024 * 1024
"""A body that was refused is still taken off the wire, so that its sender can read the refusal; up to this much."""


class EveryAnswer:
    """Adds the headers that an answer lacks."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        unread = _is_long(asked)
        base = f"{scope['scheme']}://{asked.get('host', '')}"

        async def receive_all() -> Message:
            nonlocal unread
            message = await receive()
            unread = unread and bool(message.get("more_body"))
            return message

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in EVERYWHERE.items():
                    headers.setdefault(name, value)
                if unread:
                    headers["Connection"] = "close"
                if "location" in headers:
                    headers["location"] = _below(base, headers["location"])
            await send(message)

        # Somebody who goes away in the middle of a request is no fault of ours, and nobody is left to answer.
        with contextlib.suppress(ClientDisconnect):
            await self._app(scope, receive_all, send_with_headers)


def _below(base: str, location: str) -> str:
    """Return a redirect to this server without scheme and host: behind a proxy that ends TLS, ours are not the visitor's.

    What would then be read as another host, since it begins with two slashes, stays as it is.
    """
    path = location.removeprefix(base)
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else location


def _is_long(headers: Headers) -> bool:
    """Tell whether a request's body has no length, or one that is not worth waiting for."""
    declared = headers.get("content-length", "")
    if declared.isdecimal():
        return len(declared) > 20 or int(declared) > MAX_UNREAD_BYTES
    return "transfer-encoding" in headers
