"""Every operation below `/v1`, and what is answered where there is none."""

from __future__ import annotations

import re

from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import Receive, Scope, Send

from palaver.web import messages, people, rooms, statistics, tokens, webhooks
from palaver.web.operations import Call, Operation, RawPaths, routes_of
from palaver.web.pictures import picture_operations
from palaver.web.problems import PREFIX, NoSuchAddress, problem_response
from palaver.web.surroundings import Surroundings


async def shut_down(call: Call[None, None]) -> None:
    """Stop the process with exit code 1, so that its supervisor starts it again. Asks neither rooms nor stores."""
    call.surroundings.restart()


SHUTDOWN = Operation("POST", "/v1/shutdown", "Restart the server", shut_down, status=202)


def operations() -> tuple[Operation, ...]:
    """Return every operation of one server, in the order in which they are described."""
    return (
        *rooms.OPERATIONS,
        *messages.OPERATIONS,
        *people.OPERATIONS,
        *tokens.OPERATIONS,
        *picture_operations(),
        *statistics.OPERATIONS,
        *webhooks.OPERATIONS,
        SHUTDOWN,
    )


def site_api_routes(every: tuple[Operation, ...], surroundings: Surroundings) -> list[BaseRoute]:
    """Return the routes of some operations; any other address below the prefix is told that there is nothing."""
    router = Router(routes_of(every, surroundings, below=PREFIX), redirect_slashes=False, default=_NOTHING_HERE)
    below = Mount(PREFIX, app=RawPaths(router))
    # Starlette takes no line break for a part of a path, and would answer in a shape of its own.
    below.path_regex = re.compile(below.path_regex.pattern, re.DOTALL)
    return [below, Route(PREFIX, _NOTHING_HERE)]


class _NothingHere:
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await problem_response(NoSuchAddress(), scope)(scope, receive, send)


_NOTHING_HERE = _NothingHere()
