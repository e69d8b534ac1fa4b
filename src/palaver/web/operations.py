"""One operation of the site API as data, and how a request becomes a call of it and its result an answer.

Routes and the OpenAPI description are both made from the same operations, so neither can know one that the other lacks.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

import msgspec
import structlog
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from palaver.core import errors
from palaver.core.errors import Refusal
from palaver.hub.hub import Hub
from palaver.hub.sessions import Session
from palaver.web.bodies import read_json, read_query
from palaver.web.callers import SiteKey, bearer, countable_address, session_of
from palaver.web.problems import MethodNotAllowed, problem_response
from palaver.web.surroundings import Surroundings

log = structlog.get_logger()

B = TypeVar("B")
Q = TypeVar("Q")


class Auth(enum.Enum):
    """Who may ask for an operation."""

    OPEN = "everybody"
    SITE = "the site, by its key"
    SESSION = "somebody in the chat, by the token of the session"


@dataclass(frozen=True)
class Media:
    """A body that is not JSON: its types, and what it is."""

    types: tuple[str, ...]
    about: str


@dataclass(frozen=True)
class Choice:
    """Fields of a body of which exactly one must be given and not be empty; or at least one, of which the core judges."""

    fields: tuple[str, ...]
    exactly: bool = True

    def check(self, body: object) -> None:
        """Raise Malformed unless exactly one is given."""
        if self.exactly and sum(bool(getattr(body, name)) for name in self.fields) != 1:
            raise errors.Malformed(problem=f"give exactly one of {', '.join(self.fields)}")


@dataclass
class Call(Generic[B, Q]):
    """One request for an operation.

    Attributes:
        path: the words in the address, decoded.
        body: what the operation takes; None where it takes nothing, or reads it itself.
        query: what stands behind the question mark.
        session: who asks, for operations that need a session.
        headers: sent with the answer.
    """

    request: Request
    surroundings: Surroundings
    path: Mapping[str, str]
    body: B
    query: Q
    asker: Session | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def hub(self) -> Hub:
        """Return the hub that is asked."""
        return self.surroundings.hub

    @property
    def title(self) -> str:
        """Return the name under which the site speaks."""
        return self.surroundings.access().title

    @property
    def session(self) -> Session:
        """Return who asks, for operations that need a session."""
        assert self.asker is not None
        return self.asker


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked over HTTP.

    Attributes:
        path: with `{words}` that match one segment each.
        handler: called with a `Call`; returns what `returns` says, or a Response.
        takes: type of the JSON body, or another kind of body that the handler reads itself.
        choice: which fields of the body stand for each other.
        query: type of what may stand behind the question mark.
        returns: type of the JSON answer; None for none.
        headers: fields of the request's head that the handler reads, each with what it is for.
        foreign_pages: pages of the origins in `CORSHosts` may ask.
    """

    method: str
    path: str
    summary: str
    handler: Callable[[Call[Any, Any]], Coroutine[Any, Any, Any]]
    auth: Auth = Auth.SITE
    takes: type[msgspec.Struct] | Media | None = None
    choice: Choice | None = None
    query: type[msgspec.Struct] | None = None
    returns: type[msgspec.Struct] | Media | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    foreign_pages: bool = False


class _Segment(Convertor[str]):
    """One segment of an address that `RawPaths` left encoded, so that a room may be called `a/b`."""

    regex = "[^/]+"

    def convert(self, value: str) -> str:
        return unquote(value)

    def to_string(self, value: str) -> str:
        raise NotImplementedError


register_url_convertor("segment", _Segment())


class RawPaths:
    """Hands an app the path as it stood on the wire, for `segment` to decode after it is taken apart."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        raw: bytes | None = scope.get("raw_path")
        if raw is not None:
            scope = {**scope, "path": raw.decode("latin-1")}
        await self._app(scope, receive, send)


class Address:
    """Every operation of one path, as an ASGI app."""

    def __init__(self, operations: Iterable[Operation], surroundings: Surroundings, key: SiteKey) -> None:
        self._operations = {operation.method: operation for operation in operations}
        self._surroundings = surroundings
        self._key = key
        self._decoders = {
            operation.method: msgspec.json.Decoder(operation.takes)
            for operation in self._operations.values()
            if isinstance(operation.takes, type)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive, send)
        try:
            response = await self._answer(request)
        except Refusal as refusal:
            response = problem_response(refusal, scope)
        except ClientDisconnect:
            return
        except Exception:
            # Not the path itself: it may hold the signed address of a picture.
            operations = [operation.path for operation in self._operations.values()]
            log.exception("request_failed", method=request.method, address=operations[0])
            response = problem_response(errors.ServerFault(), scope)
        self._allow_foreign(request, response)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        operation = self._operations.get(method)
        if operation is None:
            if method == "OPTIONS" and any(operation.foreign_pages for operation in self._operations.values()):
                return Response(status_code=204, headers={"Allow": self._allowed})
            raise MethodNotAllowed(allow=self._allowed)
        call = await self._call(operation, request)
        result = await operation.handler(call)
        if isinstance(result, Response):
            return result
        headers = {"Cache-Control": "no-store", **call.headers}
        if operation.returns is None:
            return Response(status_code=operation.status, headers=headers)
        return Response(msgspec.json.encode(result), operation.status, headers, "application/json")

    async def _call(self, operation: Operation, request: Request) -> Call[Any, Any]:
        """Judge who asks before anything that they sent is read."""
        surroundings = self._surroundings
        asker = None
        if operation.auth is Auth.SITE:
            access = surroundings.access()
            address = countable_address(request, access.trusted)
            self._key.check(bearer(request), access.admin_key, address=address, now=surroundings.hub.clock.now())
        elif operation.auth is Auth.SESSION:
            asker = session_of(surroundings.hub, request)
        query = read_query(request.query_params, operation.query) if operation.query is not None else None
        decoder = self._decoders.get(operation.method)
        body = await read_json(request, decoder) if decoder is not None else None
        if operation.choice is not None:
            operation.choice.check(body)
        return Call(request, surroundings, request.path_params, body, query, asker)

    @property
    def _allowed(self) -> str:
        methods = [*self._operations, *(["HEAD"] if "GET" in self._operations else [])]
        return ", ".join(methods)

    def _allow_foreign(self, request: Request, response: Response) -> None:
        """Say whether a page of another origin may read this (Fetch §3.2); the site's key has no place in a page."""
        open_to_pages = [method for method, operation in self._operations.items() if operation.foreign_pages]
        if not open_to_pages:
            return
        response.headers["Vary"] = "Origin"
        origin = request.headers.get("origin", "")
        if origin == "null" or origin not in self._surroundings.access().origins:
            return
        response.headers["Access-Control-Allow-Origin"] = origin
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = ", ".join(open_to_pages)
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            response.headers["Access-Control-Max-Age"] = "600"
        else:
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"


def routes_of(operations: Iterable[Operation], surroundings: Surroundings, *, below: str) -> list[Route]:
    """Return one route for each path of some operations, relative to the prefix `below` that they share."""
    by_path: dict[str, list[Operation]] = {}
    for operation in operations:
        by_path.setdefault(operation.path.removeprefix(below), []).append(operation)
    key = SiteKey()
    return [Route(path.replace("}", ":segment}"), Address(each, surroundings, key)) for path, each in by_path.items()]
