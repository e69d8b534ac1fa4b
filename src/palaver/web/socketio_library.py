"""Serves Socket.IO's own client beside the addresses that it connects to, as servers of Socket.IO do (conference §1)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from palaver.transports.socketio import SocketIo
from palaver.web.static import assets_of, given

FOLDER = Path(__file__).resolve().parent / "vendor"
LIBRARY = "socket.io.js"
_HEADERS = {
    "Cache-Control": "public, max-age=0",
    # A front end is mostly another site's page; what it may then ask for, its origin decides.
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def library_routes(served: Iterable[SocketIo]) -> list[Route]:
    """Return where pages load the client from, which is of the generation that all original front ends speak."""
    below = [path for each in served for path in each.paths if path.endswith("/")]
    return [Route(f"{path}{LIBRARY}", _library) for path in below]


async def _library(request: Request) -> Response:
    return given(request, assets_of(FOLDER)[LIBRARY], _HEADERS)
