"""Routes of the dialects that are spoken over HTTP, built from what their surfaces declare; what is said there is theirs."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

from palaver.core import errors
from palaver.dialects.base import Answer
from palaver.transports.connection import PeerInfo
from palaver.transports.paths import Paths
from palaver.transports.visits import Visits
from palaver.web.bodies import READ_WITHIN_S, read_body

_FOUND = "palaver.endpoints"


def visit_routes(dialects: Sequence[Visits]) -> list[BaseRoute]:
    """Return one route per dialect."""
    return [DialectRoute(visits) for visits in dialects]


class DialectRoute(BaseRoute):
    """Every HTTP address of a dialect, at the root and below `/name`, where it answers whatever else is asked, too."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits
        self._paths = Paths(visits.prefixes, visits.endpoints, all_below=visits.surface.all_below)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Take every path of the dialect, whatever the method."""
        if scope["type"] != "http":
            return Match.NONE, {}
        raw = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        root = scope.get("root_path", "")
        found = self._paths.find(raw.removeprefix(root) if root and raw.startswith(f"{root}/") else raw)
        return (Match.NONE, {}) if found is None else (Match.FULL, {_FOUND: found})

    def url_path_for(self, name: str, /, **path_params: object) -> object:  # type: ignore[override]
        """Nothing links here."""
        raise NoMatchFound(name, path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive, send)

        async def read(limit: int) -> bytes | None:
            try:
                return await read_body(request, limit=limit, within_s=READ_WITHIN_S)
            except errors.TooLarge:
                return None  # the dialect says so in its own turn

        answer = await self._visits.answer(request.method, scope[_FOUND], PeerInfo.from_scope(scope), read)
        if isinstance(answer, Answer):
            answer = Response(answer.body, answer.status, dict(answer.headers))
        await answer(scope, receive, send)
