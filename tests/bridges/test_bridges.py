"""Two people on every ordered pair of wires meet in one room of one server: they talk, write to each other, and call."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from tests.bridges.visitors import VISITORS, met
from tests.client.serving import Server, serving

LATER = "conference-object"
"""A wire of eras is one wire to the others, so its last era meets itself, the seed and our own words."""

WIRES = [wire for wire in VISITORS if wire != LATER]
MEETING_LATER = [(LATER, LATER), *itertools.product(["native", "conference"], [LATER])]
PAIRS = [*itertools.product(WIRES, WIRES), *MEETING_LATER, *((LATER, wire) for wire, _ in MEETING_LATER[1:])]
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("bridges") / "data") as running:
        yield running


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=[f"{one} to {other}" for one, other in PAIRS])
async def test_what_one_says_the_other_hears(server: Server, one: str, other: str) -> None:
    async with met(server, one, other) as (ana, bob):
        await ana.say("good morning")
        await bob.hears_said("good morning", ana.name)


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=[f"{one} to {other}" for one, other in PAIRS])
async def test_what_one_writes_to_the_other_is_for_the_other_alone(server: Server, one: str, other: str) -> None:
    async with met(server, one, other, "native") as (ana, bob, cas):
        await ana.write_to(bob.name, "between us")
        await bob.hears_written("between us", ana.name)
        await bob.write_to(ana.name, "and back")
        await ana.hears_written("and back", bob.name)
        await ana.say("to all")
        await cas.hears_said("to all", ana.name)
        assert not any("between us" in str(frame) or "and back" in str(frame) for frame in cas.inbox)


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=[f"{one} calls {other}" for one, other in PAIRS])
async def test_one_calls_the_other(server: Server, one: str, other: str) -> None:
    async with met(server, one, other) as (ana, bob):
        await bob.show_camera()
        await ana.approach(bob.name)
        await ana.signal(bob.name, "offer", "v=0 offered")
        await bob.hears_signal("offer", "v=0 offered", ana.name)
        await bob.signal(ana.name, "answer", "v=0 answered")
        await ana.hears_signal("answer", "v=0 answered", bob.name)
        await ana.signal(bob.name, "candidate", "candidate:1 of ana")
        await bob.hears_signal("candidate", "candidate:1 of ana", ana.name)
        await bob.signal(ana.name, "candidate", "candidate:1 of bob")
        await ana.hears_signal("candidate", "candidate:1 of bob", bob.name)


@pytest.mark.parametrize(("one", "other"), PAIRS, ids=[f"{one} leaves {other}" for one, other in PAIRS])
async def test_who_leaves_is_missed(server: Server, one: str, other: str) -> None:
    async with met(server, other) as (bob,):
        ana = VISITORS[one](f"gone-{next(_numbers)}")
        await ana.come(server.url)
        await bob.sees(ana.name)
        await ana.leave()
        await bob.misses(ana.name)
