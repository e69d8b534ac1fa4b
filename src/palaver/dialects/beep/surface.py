"""Where Beep is spoken: four addresses over HTTP, of which two are event streams."""

from __future__ import annotations

from collections.abc import Callable

from palaver.dialects.base import Answer, Dialect, Endpoint, HttpSurface, Kind
from palaver.dialects.beep.render import render
from palaver.dialects.beep.translator import BeepExchange
from palaver.dialects.beep.wire import ANYWHERE, DEFAULTS, HTML, MAX_BODY_BYTES, NOTHING, Options

ENDPOINTS = (
    Endpoint("/subscribe", kind=Kind.STREAM),
    Endpoint("/subscribe/{user}/device/{device}", kind=Kind.STREAM),
    Endpoint("/user/{user}/devices", kind=Kind.ANSWER),
    Endpoint("/user/{user}/device/{device}", method="POST", kind=Kind.ANSWER),
)


def preflight(methods: tuple[str, ...]) -> Answer:
    """Say what a path takes, to a person and to a browser that asks for a page of another origin (§1, §7)."""
    allowed = ",".join("GET,HEAD" if method == "GET" else method for method in methods)
    headers = (
        ("Allow", allowed),
        HTML,
        ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE"),
        ("Access-Control-Allow-Headers", "Content-Type, Authorization, X-User-Claim"),
        ("Access-Control-Max-Age", "7200"),
    )
    return Answer(200, allowed.encode(), headers)


def dialect(options: Callable[[], Options]) -> Dialect:
    """Return the dialect for one site, whose options are asked for anew with every request."""
    return Dialect(
        name="beep",
        endpoints=ENDPOINTS,
        translator=None,
        render=render,
        http=HttpSurface(
            exchange=lambda: BeepExchange(options()),
            preflight=preflight,
            nothing=lambda _methods: NOTHING,
            everywhere=ANYWHERE,
            max_body_bytes=MAX_BODY_BYTES,
            devices_per_user=lambda: options().devices_per_user,
        ),
    )


DIALECT = dialect(lambda: DEFAULTS)
"""The dialect as it is where a site decides nothing."""
