"""Knows `palaver webhooks`: what could not be told to the website, and telling it again, without the server or beside it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from palaver import config
from palaver.app import values
from palaver.cli.stored import OK, with_stores
from palaver.hub.clock import LoopClock
from palaver.hub.outbox import Waiting
from palaver.integrations.webhooks import Webhooks
from palaver.storage.stores import Stores

UNDELIVERED = 1
LISTED = 1_000

Work = Callable[[Webhooks], Coroutine[Any, Any, int]]


def show(data_dir: Path) -> int:
    """Print every call of the website that waits or failed; return 0, or 2 when the settings cannot be used."""
    return _run(data_dir, _show)


def replay(data_dir: Path, calls: Sequence[str]) -> int:
    """Try calls again, or all that failed for good where none is named; return 1 where one was not delivered."""
    return _run(data_dir, lambda webhooks: _replay(webhooks, calls))


def _run(data_dir: Path, work: Work) -> int:
    async def with_webhooks(settings: config.Settings, stores: Stores) -> int:
        webhooks = Webhooks(stores.outbox, LoopClock())
        webhooks.set_up(values.webhook_addresses(settings), settings.admin_api_key)
        try:
            return await work(webhooks)
        finally:
            await webhooks.close()

    return with_stores(data_dir, with_webhooks)


async def _show(webhooks: Webhooks) -> int:
    waiting, failed = await webhooks.listed(LISTED)
    for call in waiting:
        print(_line(call, f"next try {_time(call.due_ms)}" if call.tries else "not tried yet"))
    for call in failed:
        print(_line(call, "failed"))
    if not waiting and not failed:
        print("everything was delivered")
    return OK


async def _replay(webhooks: Webhooks, calls: Sequence[str]) -> int:
    chosen = calls or [call.id for call in (await webhooks.listed(LISTED))[1]]
    problems = 0
    for call in chosen:
        problem = await webhooks.again(call)
        problems += problem != ""
        print(f"{call}  {'there is no such call' if problem is None else problem or 'delivered'}")
    return UNDELIVERED if problems else OK


def _line(call: Waiting, state: str) -> str:
    tries = "1 try" if call.tries == 1 else f"{call.tries} tries"
    return f"{call.id}  {_time(call.made_ms)}  {call.name}  {tries}  {state}  {call.problem}".rstrip()


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
