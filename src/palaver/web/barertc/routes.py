"""BareRTC's addresses, each at the root and below `/barertc`, so that the base path of an old client works (§1.1)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from palaver.dialects.barertc import about, api
from palaver.web.barertc import by_key, by_token
from palaver.web.barertc.calls import CallAddress
from palaver.web.barertc.poll import PollAddress
from palaver.web.barertc.site import BareRTCSite
from palaver.web.callers import SiteKey
from palaver.web.surroundings import Surroundings

PREFIX = "/barertc"
CALLS = (*by_key.CALLS, *by_token.CALLS)


def barertc_routes(surroundings: Surroundings) -> list[BaseRoute]:
    """Return every route; none where BareRTC is switched off."""
    site = surroundings.barertc
    if site is None:
        return []
    key = SiteKey()
    addresses: list[tuple[str, ASGIApp]] = [
        ("/api/statistics", Statistics(surroundings, site)),
        *((kind.path, CallAddress(kind, surroundings, site, key)) for kind in CALLS),
        ("/about", PlainPage(surroundings, site, _about)),
        ("/logout", PlainPage(surroundings, site, _logged_out)),
    ]
    if surroundings.polling is not None:
        addresses.append(("/poll", PollAddress(surroundings.polling)))
    return [*_twice(addresses), Route(PREFIX + "/api/{path:path}", _Nothing())]


def _twice(addresses: list[tuple[str, ASGIApp]]) -> Iterator[BaseRoute]:
    for path, app in addresses:
        yield Route(path, app)
        yield Route(PREFIX + path, app)


class Statistics:
    """Who is here, for pages of the origins in `CORSHosts`, too (§1.4)."""

    def __init__(self, surroundings: Surroundings, site: Callable[[], BareRTCSite]) -> None:
        self._surroundings = surroundings
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer any method."""
        found = self._surroundings.hub.presence.crowd(self._site().room)
        cameras = {"Blue": found.plain, "Red": found.explicit}
        body = {"UserCount": found.people, "Usernames": list(found.names), "Cameras": cameras}
        answer = api.bare(200, body)
        headers = {**dict(answer.headers), "Vary": "Origin"}
        origin = Request(scope).headers.get("origin", "")
        if origin != "null" and origin in self._surroundings.access().origins:
            headers["Access-Control-Allow-Origin"] = origin
        await Response(answer.body, answer.status, headers)(scope, receive, send)


Written = Callable[[Surroundings, BareRTCSite, str], tuple[str, str]]
"""Returns a page, and the sources of scripts that may run in it, from the address of the chat."""


class PlainPage:
    """A page that is text alone."""

    def __init__(self, surroundings: Surroundings, site: Callable[[], BareRTCSite], written: Written) -> None:
        self._surroundings = surroundings
        self._site = site
        self._written = written

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer any method."""
        text, scripts = self._written(self._surroundings, self._site(), scope.get("root_path", "") + "/")
        headers = {
            "Content-Security-Policy": f"default-src 'none'; script-src {scripts}; frame-ancestors 'self'; base-uri 'none'",
            "Cache-Control": "no-store",
        }
        await Response(text, headers=headers, media_type="text/html")(scope, receive, send)


def _about(surroundings: Surroundings, site: BareRTCSite, home: str) -> tuple[str, str]:
    title = surroundings.access().title
    return about.about_page(title, home, history_days=site.history_days), "'none'"


def _logged_out(surroundings: Surroundings, _site: BareRTCSite, home: str) -> tuple[str, str]:
    digest = base64.b64encode(hashlib.sha256(about.CLOSING.encode()).digest()).decode()
    return about.logged_out_page(surroundings.access().title, home), f"'sha256-{digest}'"


class _Nothing:
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await JSONResponse({"OK": False, "Error": "There is nothing at this address."}, 404)(scope, receive, send)
