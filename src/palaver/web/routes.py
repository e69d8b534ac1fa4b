"""The order of all addresses of the server, the most particular first.

Operations, the dialects that are spoken over HTTP, the site API, then the page, whose last route takes any word.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from palaver.transports.polling import Polling
from palaver.web.barertc.routes import barertc_routes
from palaver.web.docs import docs_routes
from palaver.web.gate import Gate
from palaver.web.headers import EveryAnswer
from palaver.web.health import health_routes
from palaver.web.pages import page_routes
from palaver.web.prefix import Prefixed
from palaver.web.request_rate import RequestRate
from palaver.web.site_api import operations, site_api_routes
from palaver.web.socketio_library import library_routes
from palaver.web.spreed.pages import spreed_page_routes
from palaver.web.surroundings import SiteAccess, Surroundings
from palaver.web.visits import visit_routes

__all__ = ["SiteAccess", "Surroundings", "routes", "web_application"]


def web_application(surroundings: Surroundings) -> Starlette:
    """Return the ASGI application of everything that is asked over HTTP."""
    rate = Middleware(
        RequestRate,
        hub=surroundings.hub,
        trusted=lambda: surroundings.access().trusted,
        socketio=surroundings.socketio,
    )
    prefixed = [Middleware(Prefixed, prefix=surroundings.path_prefix)] if surroundings.path_prefix else []
    return Starlette(routes=routes(surroundings), middleware=[*prefixed, Middleware(EveryAnswer), rate])


def routes(surroundings: Surroundings) -> list[BaseRoute]:
    """Return every route, the most particular first."""
    every = operations()
    return [
        *health_routes(surroundings),
        *(Route(path, _upgrade_required, methods=["GET", "POST"]) for path in surroundings.websocket_paths),
        *(Route(path, Polling(each)) for each in surroundings.socketio for path in each.paths),
        *library_routes(surroundings.socketio),
        *visit_routes(surroundings.visits),
        *(
            spreed_page_routes(surroundings.spreed, lambda: surroundings.access().trusted)
            if surroundings.spreed
            else ()
        ),
        *barertc_routes(surroundings),
        *site_api_routes(every, surroundings),
        *docs_routes(every),
        Route("/api/{path:path}", _no_such_api, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        *page_routes(surroundings.site, entry=Gate(surroundings)),
    ]


async def _upgrade_required(_request: Request) -> Response:
    headers = {"Connection": "Upgrade", "Upgrade": "websocket"}
    return PlainTextResponse("This address speaks WebSocket.\n", 426, headers)


async def _no_such_api(_request: Request) -> Response:
    return JSONResponse({"OK": False, "Error": "There is nothing at this address."}, 404)
