"""What waits to be told to the website or failed for good, and trying it again, from the site's side."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palaver.core import errors
from palaver.hub.outbox import Waiting
from palaver.web.operations import Call, Operation


class WaitingCall(msgspec.Struct, frozen=True):
    """A call of the website that was not answered with status 200. Times are Unix milliseconds.

    Attributes:
        webhook: its name, such as `report`.
        due_ms: when it is tried again; 0 where it failed for good.
        problem: what went wrong at the latest try.
    """

    id: str
    webhook: str
    made_ms: int
    tries: int
    due_ms: int
    problem: str


class WaitingCalls(msgspec.Struct, frozen=True):
    """The oldest calls that wait, and the oldest that failed for good."""

    waiting: tuple[WaitingCall, ...]
    failed: tuple[WaitingCall, ...]


class WaitingQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many of each kind."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class TriedAgain(msgspec.Struct, frozen=True):
    """What became of a call: nothing in `problem` where it was delivered."""

    delivered: bool
    problem: str


async def list_webhooks(call: Call[None, WaitingQuery]) -> WaitingCalls:
    """List what waits to be told to the website, and what failed for good."""
    webhooks = call.surroundings.webhooks
    if webhooks is None:
        return WaitingCalls((), ())
    waiting, failed = await webhooks.listed(call.query.limit)
    return WaitingCalls(tuple(map(_shown, waiting)), tuple(map(_shown, failed)))


async def replay_webhook(call: Call[None, None]) -> TriedAgain:
    """Try a call of the website again, now."""
    webhooks = call.surroundings.webhooks
    problem = await webhooks.again(call.path["call"]) if webhooks is not None else None
    if problem is None:
        raise errors.NoSuchCall()
    return TriedAgain(not problem, problem)


def _shown(call: Waiting) -> WaitingCall:
    due_ms = 0 if call.failed else call.due_ms
    return WaitingCall(call.id, call.name, call.made_ms, call.tries, due_ms, call.problem)


OPERATIONS = (
    Operation(
        "GET",
        "/v1/webhooks",
        "List calls of the website that were not delivered",
        list_webhooks,
        query=WaitingQuery,
        returns=WaitingCalls,
    ),
    Operation("POST", "/v1/webhooks/{call}/replay", "Call the website again", replay_webhook, returns=TriedAgain),
)
