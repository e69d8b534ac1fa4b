"""Counts what BareRTC's clients are told while a crowd comes in, on a clock that stands still: the same on every machine.

    python -m bench.rosters [--people 1000] [--each-second 100]

The wire knows no changes, only whole lists, so this is what must not get out of hand: frames and bytes by kind, and
processor time for each who comes in.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter

from tests.dialects.barertc.talk import Talk
from tests.fakes import World
from tests.transcripts.connections import FakeConnection, payloads

from palaver.hub.limits import Limits

SETTLED_S = 20.0


def told_while_coming_in(people: int, each_second: float) -> tuple[Counter[str], Counter[str], float]:
    """Let people log in one after the other; return frames and bytes by action, and seconds of processor time."""
    frames: Counter[str] = Counter()
    sizes: Counter[str] = Counter()

    def count(connection: FakeConnection, data: bytes) -> None:
        for payload in payloads(data):
            action = payload[11:].partition(b'"')[0].decode()
            frames[action] += 1
            sizes[action] += len(payload)

    talk = Talk(World(limits=Limits(connections_per_address=0, logins_per_minute=0)))
    kept, FakeConnection.write = FakeConnection.write, count  # type: ignore[method-assign]
    begun = time.process_time()
    try:
        for number in range(people):
            login = json.dumps({"action": "login", "username": f"u{number}"})
            talk.connect().connection.take(login.encode(), False)
            talk.world.clock.advance(1 / each_second)
        talk.world.clock.advance(SETTLED_S)
    finally:
        FakeConnection.write = kept  # type: ignore[method-assign]
    return frames, sizes, time.process_time() - begun


def main() -> None:
    """Print a table of crowds of a quarter, a half and the whole size."""
    parser = argparse.ArgumentParser(prog="python -m bench.rosters", description=__doc__)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--each-second", type=float, default=100.0)
    asked = parser.parse_args()
    print("| people | lists | lists, MB | presence, MB | for each who comes in, MB | CPU for each, ms |")
    print("|--:|--:|--:|--:|--:|--:|")
    for people in (asked.people // 4, asked.people // 2, asked.people):
        frames, sizes, cpu_s = told_while_coming_in(people, asked.each_second)
        lists, presence = sizes["who"] / 1e6, sizes["presence"] / 1e6
        each = sum(sizes.values()) / 1e6 / people
        cells = f"{lists:.1f} | {presence:.1f} | {each:.2f} | {cpu_s / people * 1000:.2f}"
        print(f"| {people:,} | {frames['who']:,} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
