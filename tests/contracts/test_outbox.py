"""What every Outbox promises."""

from __future__ import annotations

import msgspec
import pytest

from palaver.hub.outbox import Outbox, Waiting

FIRST = Waiting("b", "report", '{"Report":{"Reason":"it\'s spam"}}', 1_000)
SECOND = Waiting("a", "report", "{}", 2_000, tries=3, due_ms=9_000, problem="status 503")
FAILED = Waiting("c", "report", "{}", 500, tries=7, failed=True, problem="status 500")


@pytest.fixture
def outbox(stores) -> Outbox:
    return stores.outbox


async def test_an_empty_one_holds_nothing(outbox: Outbox) -> None:
    assert await outbox.waiting(failed=False, limit=9) == ()
    assert await outbox.find("a") is None
    assert await outbox.forget("a") is False


async def test_calls_come_back_as_they_were_saved_the_oldest_first(outbox: Outbox) -> None:
    for call in (SECOND, FAILED, FIRST):
        await outbox.save(call)
    assert await outbox.waiting(failed=False, limit=9) == (FIRST, SECOND)
    assert await outbox.waiting(failed=False, limit=1) == (FIRST,)
    assert await outbox.waiting(failed=True, limit=9) == (FAILED,)
    assert await outbox.find("a") == SECOND


async def test_another_state_of_a_call_takes_the_place_of_the_one_before(outbox: Outbox) -> None:
    await outbox.save(FIRST)
    given_up = msgspec.structs.replace(FIRST, failed=True, tries=7)
    await outbox.save(given_up)
    assert await outbox.waiting(failed=False, limit=9) == ()
    assert await outbox.waiting(failed=True, limit=9) == (given_up,)


async def test_what_was_delivered_is_forgotten(outbox: Outbox) -> None:
    await outbox.save(FIRST)
    assert await outbox.forget("b") is True
    assert await outbox.find("b") is None


async def test_what_failed_long_ago_is_forgotten_and_what_waits_is_not(outbox: Outbox) -> None:
    for call in (FIRST, FAILED):
        await outbox.save(call)
    assert await outbox.forget_failed(500) == 0
    assert await outbox.forget_failed(2_000) == 1
    assert await outbox.waiting(failed=True, limit=9) == ()
    assert await outbox.find("b") == FIRST
