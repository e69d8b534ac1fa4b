"""One HTTP request on Spreed's wire: which operation it means, and how what is refused is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from palaver.core import errors
from palaver.core.base import Event, Outcome
from palaver.core.errors import Refusal
from palaver.core.participants import Identity
from palaver.core.sessions import Position
from palaver.dialects.base import Answer, Call, Endpoint, HttpSurface, Kind, Payload, Request, http_status, wait_headers
from palaver.dialects.spreed import rest
from palaver.dialects.spreed.rest import NotHere, Operation, RestError, error_answer, text_answer
from palaver.dialects.spreed.rest_pipelines import PostToPipeline, ReadPipeline
from palaver.dialects.spreed.rest_stats import ShowStats
from palaver.dialects.spreed.rest_users import ProveUser, Register
from palaver.dialects.spreed.site import Site

MAX_BODY_BYTES = 64 * 1024

OPERATIONS: dict[Endpoint, Callable[[Site, Call], Operation]] = {
    Endpoint("/api/v1/config", kind=Kind.ANSWER): rest.ShowConfiguration,
    Endpoint("/api/v1/tokens", method="POST", kind=Kind.ANSWER): rest.CheckCode,
    Endpoint("/api/v1/rooms", method="POST", kind=Kind.ANSWER): rest.NameRoom,
    Endpoint("/api/v1/sessions/{id}", method="PATCH", kind=Kind.ANSWER): ProveUser,
    Endpoint("/api/v1/users", method="POST", kind=Kind.ANSWER): Register,
    Endpoint("/api/v1/stats", kind=Kind.ANSWER): ShowStats,
    Endpoint("/api/v1/pipelines/{id}", kind=Kind.ANSWER): ReadPipeline,
    Endpoint("/api/v1/pipelines/{id}", method="POST", kind=Kind.ANSWER): PostToPipeline,
    Endpoint("/.well-known/spreed-configuration", kind=Kind.ANSWER): rest.Discover,
    Endpoint("/static/img/buddy/{flags}/{imageid}/{idx:path}", kind=Kind.ANSWER): rest.ShowPicture,
}
"""What is at each address (§1.2)."""


class RestExchange:
    """Translates one HTTP request; see `docs/dialects/spreed.md` §1."""

    __slots__ = ("_operation", "_site")

    def __init__(self, site: Site) -> None:
        self._site = site
        self._operation: Operation | None = None

    def interpret(self, call: Call) -> Iterator[Request]:
        """Yield what a request asks for. Raises a Refusal."""
        self._operation = OPERATIONS[call.endpoint](self._site, call)
        return self._operation.asks()

    def admit(self, identity: Identity) -> None:
        """Nobody identifies in a request: what proves something is in its body."""

    def answer(self, request: Request | None, outcome: Outcome | None) -> Answer:
        """Return what the operation answers."""
        assert self._operation is not None
        return self._operation.answer(outcome)

    def refuse(self, refusal: Refusal) -> Answer:
        """Return a refusal in the operation's own way, or else in the API's."""
        particular = self._operation.refuse(refusal) if self._operation is not None else None
        if particular is not None:
            return particular
        if isinstance(refusal, RestError):
            return error_answer(refusal.status, refusal.code, refusal.message)
        if isinstance(refusal, NotHere):
            return text_answer(404, refusal.text)
        status = http_status(refusal, {errors.Conflict: 400})
        return error_answer(status, refusal.code, refusal.text, *wait_headers(refusal))

    def greet(self) -> list[Payload]:
        """There are no streams here."""
        return []

    def introduce(self, event: Event, position: Position) -> list[Payload]:
        """There are no streams here."""
        return []


def http_surface(site: Site) -> HttpSurface:
    """Return how this wire is spoken over HTTP, at the root and below `/spreed` and the base path of the settings."""
    return HttpSurface(
        exchange=lambda: RestExchange(site),
        preflight=wrong_method,
        nothing=wrong_method,
        max_body_bytes=MAX_BODY_BYTES,
        prefix=site.options().base_path.rstrip("/"),
        all_below=False,
    )


def wrong_method(methods: tuple[str, ...]) -> Answer:
    """Say which methods an address takes; OPTIONS is none of them, since no foreign page is served (§1.1)."""
    allowed = ", ".join(methods)
    return error_answer(405, "method_not_allowed", f"This address takes {allowed}.", ("Allow", allowed))
