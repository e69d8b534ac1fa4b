"""One request on Beep's wire, and the stream that it may become: nothing to remember but the request."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from palaver.core import errors
from palaver.core.base import Event, Outcome
from palaver.core.devices import Devices
from palaver.core.errors import Refusal
from palaver.core.participants import Identity
from palaver.core.sessions import Position
from palaver.dialects.base import Answer, Call, Kind, Payload, Request, http_status, wait_headers
from palaver.dialects.beep.interpret import READINGS, check_claim, check_path
from palaver.dialects.beep.render import render
from palaver.dialects.beep.wire import COMMENT, JSON, STREAM_HEAD, TEXT, Options

_WORDS = {
    400: b"Bad Request",
    401: b"Unauthorized",
    403: b"Forbidden",
    404: b"Not Found",
    413: b"Payload Too Large",
    429: b"Too Many Requests",
    500: b"Internal Server Error",
    503: b"Service Unavailable",
}

STATUS: dict[type[Refusal], int] = {
    errors.TokenInvalid: 401,
    errors.TokenRequired: 401,
    errors.GuestsNotAdmitted: 401,
    errors.NotIdentified: 401,
    errors.Conflict: 400,
}
"""The statuses in which this wire differs from others."""


class BeepExchange:
    """Translates one HTTP request; see `docs/dialects/beep.md`."""

    __slots__ = ("_call", "_options")

    def __init__(self, options: Options) -> None:
        self._options = options
        self._call: Call | None = None

    def interpret(self, call: Call) -> Iterator[Request]:
        """Yield what a request asks for. Raises a Refusal at the point where it cannot go on."""
        if call.endpoint.kind is Kind.STREAM and call.segments:
            self._call = call
        return READINGS[call.endpoint.path](call, self._options)

    def admit(self, identity: Identity) -> None:
        """Refuse a claim without user or device, and one that is not for the device whose stream is asked for."""
        check_claim(identity)
        if self._call is not None:
            check_path(self._call, identity)
            self._call = None

    def answer(self, request: Request | None, outcome: Outcome | None) -> Answer:
        """Return a list of devices, `OK`, or the head of a stream."""
        if request is None:
            return STREAM_HEAD
        if isinstance(outcome, Devices):
            return Answer(200, msgspec.json.encode(outcome.devices), (JSON,))
        return Answer(200, b"OK", (TEXT,))

    def refuse(self, refusal: Refusal) -> Answer:
        """Return the status in words, and for somebody who asks too much when to ask again."""
        status = http_status(refusal, STATUS)
        challenge = (("WWW-Authenticate", "Bearer"),) if status == 401 else ()
        return Answer(status, _WORDS[status], (TEXT, *challenge, *wait_headers(refusal)))

    def greet(self) -> list[Payload]:
        """Return the comment that stands first on a stream."""
        return [COMMENT]

    def introduce(self, event: Event, position: Position) -> list[Payload]:
        """Return the frame of an event."""
        frame = render(event, position)
        return [] if frame is None else [frame]
