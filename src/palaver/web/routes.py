"""The order of all addresses of the server: operations, the site API, then the page, whose last route takes any word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from palaver.hub.hub import Hub
from palaver.web.pages import Site, page_routes


@dataclass(frozen=True)
class Surroundings:
    """What the addresses act on.

    Attributes:
        site: what the page must know of the site, as the settings stand at the start.
        websocket_paths: where a WebSocket is expected, so that a plain request is told so.
        restart: stops the process so that its supervisor starts it again.
    """

    hub: Hub
    site: Site
    websocket_paths: tuple[str, ...]
    restart: Callable[[], None]


def routes(surroundings: Surroundings) -> list[BaseRoute]:
    """Return every route, the most particular first."""
    return [
        Route("/healthz", _alive),
        *(Route(path, _upgrade_required) for path in surroundings.websocket_paths),
        Route("/api/{path:path}", _no_such_api, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        *page_routes(surroundings.site),
    ]


async def _alive(request: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _upgrade_required(request: Request) -> Response:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
    return PlainTextResponse("This address speaks WebSocket.\n", 426, headers)


async def _no_such_api(request: Request) -> Response:
    return JSONResponse({"OK": False, "Error": "There is nothing at this address."}, 404)
