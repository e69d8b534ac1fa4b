"""Where the conference wire is spoken: Socket.IO in the main namespace, and the message API over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from palaver.dialects.base import Answer, Dialect, Endpoint, HttpSurface, Kind
from palaver.dialects.conference.exchange import ANALYTICS, INVITATION, JSON, ConferenceExchange
from palaver.dialects.conference.render import rendering
from palaver.dialects.conference.translator import ConferenceTranslator
from palaver.dialects.conference.wire import MAX_BODY_BYTES, MAX_FRAME_BYTES, Era, Options

ENDPOINTS = (
    Endpoint("/socket.io/", kind=Kind.SOCKETIO),
    Endpoint("/api/{hash}/send", method="POST", kind=Kind.ANSWER),
    Endpoint("/api/{hash}/edit", method="POST", kind=Kind.ANSWER),
    Endpoint("/api/{hash}/delete", method="POST", kind=Kind.ANSWER),
    Endpoint(ANALYTICS, kind=Kind.ANSWER),
    Endpoint(INVITATION, kind=Kind.ANSWER, read_by_people=True),
)


def preflight(methods: tuple[str, ...]) -> Answer:
    """Let pages send JSON; of which origins is not for the dialect to say (§A7)."""
    allowed = ", ".join(methods)
    headers = (
        ("Allow", allowed),
        ("Access-Control-Allow-Methods", allowed),
        ("Access-Control-Allow-Headers", "Content-Type"),
        ("Access-Control-Max-Age", "7200"),
    )
    return Answer(200, allowed.encode(), headers)


def nothing(methods: tuple[str, ...] = ()) -> Answer:
    """Answer another method, or a path below the dialect's own that is none, as JSON."""
    status, sentence = (405, "Method not allowed") if methods else (404, "Not found")
    headers = (("Allow", ", ".join(methods)),) if methods else ()
    return Answer(status, msgspec.json.encode({"success": False, "error": sentence}), (JSON, *headers))


def dialect(options: Callable[[], Options], *, now: Callable[[], float], new_label: Callable[[], str]) -> Dialect:
    """Return the dialect for one site, whose options are asked for anew with every connection and request.

    `now` is the clock (Unix seconds); `new_label` makes 24 hexadecimal digits that nobody can guess.
    """
    return Dialect(
        name="conference",
        endpoints=ENDPOINTS,
        translator=lambda: ConferenceTranslator(options(), new_label, now),
        render=rendering(Era.SEED, now),
        max_frame_bytes=MAX_FRAME_BYTES,
        http=HttpSurface(
            exchange=lambda: ConferenceExchange(options()),
            preflight=preflight,
            nothing=nothing,
            known_pages=True,
            max_body_bytes=MAX_BODY_BYTES,
        ),
        eras={era.value: rendering(era, now) for era in (Era.ACKED, Era.OBJECT)},
        era_of=lambda translator: translator.era.value,
    )


DIALECT = dialect(Options, now=float, new_label=str)
"""The dialect as it is where a site decides nothing."""
