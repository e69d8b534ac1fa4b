"""Knows `palaver webhooks`: what could not be told to the website, and telling it again, without the server or beside it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from palaver import config
from palaver.app import values
from palaver.hub.clock import LoopClock
from palaver.hub.outbox import Waiting
from palaver.integrations.webhooks import Webhooks
from palaver.storage.database import StorageProblem
from palaver.storage.stores import open_stores

OK = 0
UNDELIVERED = 1
UNUSABLE = 2
LISTED = 1_000

Work = Callable[[Webhooks], Coroutine[Any, Any, int]]


def show(data_dir: Path) -> int:
    """Print every call of the website that waits or failed; return 0, or 2 when the settings cannot be used."""
    return _run(data_dir, _show)


def replay(data_dir: Path, calls: Sequence[str]) -> int:
    """Try calls again, or all that failed for good where none is named; return 1 where one was not delivered."""
    return _run(data_dir, lambda webhooks: _replay(webhooks, calls))


def _run(data_dir: Path, work: Work) -> int:
    try:
        return asyncio.run(_with_webhooks(data_dir, work))
    except (config.SettingsError, StorageProblem) as problem:
        print(problem, file=sys.stderr)
        return UNUSABLE


async def _with_webhooks(data_dir: Path, work: Work) -> int:
    settings = config.load(data_dir)
    stores = await open_stores(settings.database_url(data_dir))
    webhooks = Webhooks(stores.outbox, LoopClock())
    webhooks.set_up(values.webhook_addresses(settings), settings.admin_api_key)
    try:
        return await work(webhooks)
    finally:
        await webhooks.close()
        await stores.close()


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
