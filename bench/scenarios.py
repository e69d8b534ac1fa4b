"""Knows what is measured: the scenarios, their options for the load generator, and the figures to reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bench.dialects import Dialect

MESSAGE_BYTES = 200
OFFER_BYTES = 2048


@dataclass(frozen=True)
class Goal:
    """One figure to reach.

    Attributes:
        key: of the generator's report.
        at_most: multiple of the reference where `relative`, else in `unit`.
    """

    key: str
    title: str
    unit: str
    at_most: float
    relative: bool


@dataclass(frozen=True)
class Scenario:
    """One thing to measure.

    Attributes:
        yardstick: which reference it is held against.
        connections: how many people; None for the size of the room that the run was asked for.
        rounds: how often; None for as often as the run was asked for.
        room: name of the room they are in; `{r}` numbers rooms of the size that the run was asked for.
    """

    name: str
    title: str
    mode: Literal["fanout", "relay", "join", "idle"]
    goals: tuple[Goal, ...]
    yardstick: Literal["plain", "coalesced"] = "plain"
    window: int = 1
    size: int = MESSAGE_BYTES
    connections: int | None = None
    rounds: int | None = None
    room: str = "lobby"


def _cpu_per_delivery(at_most: float) -> tuple[Goal, ...]:
    return (Goal("cpu_us_per_delivery", "server CPU per delivery", "µs", at_most, relative=True),)


SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario("fanout", "fan-out, nothing to join", "fanout", _cpu_per_delivery(1.25)),
        Scenario("bursts", "fan-out in bursts of 8", "fanout", _cpu_per_delivery(1.3), "coalesced", window=8),
        Scenario("relay", "relay of a 2 KB offer, one under way", "relay", _cpu_per_delivery(2.2), size=OFFER_BYTES),
        Scenario(
            "signals", "relay of 2 KB offers, 8 under way", "relay", _cpu_per_delivery(2.2), window=8, size=OFFER_BYTES
        ),
        Scenario(
            "join",
            "joining until every roster is right",
            "join",
            (
                Goal("cpu_s", "server CPU in all", "s", 0.5, relative=False),
                Goal("megabytes", "sent in all", "MB", 40, relative=False),
            ),
        ),
        Scenario(
            "crowd",
            "a thousand people coming in",
            "join",
            (
                Goal("cpu_s", "server CPU in all", "s", 1.5, relative=False),
                Goal("megabytes", "sent in all", "MB", 200, relative=False),
            ),
            connections=1000,
            rounds=2,
        ),
        Scenario(
            "idle",
            "idle, joined, in rooms of the same size",
            "idle",
            (Goal("kib_per_session", "resident memory per session", "KiB", 16, relative=False),),
            connections=5000,
            rounds=1,
            room="bench-{r}",
        ),
    )
}


def load_options(scenario: Scenario, dialect: Dialect, *, people: int, room_size: int, seconds: float) -> list[str]:
    """Return the load generator's words for a scenario spoken in a dialect; port and pids are the caller's to add."""
    words = [scenario.mode, "--path", dialect.path, "--connections", str(people), "--room-size", str(room_size)]
    words += ["--window", str(scenario.window), "--size", str(scenario.size)]
    words += ["--seconds", str(max(seconds, 10) if scenario.mode == "join" else seconds)]
    words += ["--payload", dialect.relay if scenario.mode == "relay" else dialect.publish]
    words += ["--receivers", str(people if dialect.hears_itself else people - 1), "--marker", dialect.roster_marker]
    for header in dialect.headers:
        words += ["--header", header]
    script = dialect.alone if scenario.mode == "idle" and dialect.alone else dialect.script
    for kind, text in script + (dialect.acquaintance if scenario.mode == "relay" else ()):
        words += [f"--{kind}", text]
    if dialect.answers_pings:
        words.append("--answer-pings")
    return [word.replace("<room>", scenario.room) for word in words]
