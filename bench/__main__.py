"""Runs the scenarios: each server in turn, several rounds, every round of one beside the same round of the others."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench import build, report, servers
from bench.dialects import CONFERENCE, DIALECTS, NODE_SOCKETIO, NODE_WS, REFERENCE, Dialect
from bench.scenarios import SCENARIOS, Scenario, load_options

NODE = ((NODE_WS, "ws", "node_ws.cjs"), (NODE_SOCKETIO, "socket.io", "node_socketio.cjs"))
"""Servers as people write them with Node: the wire, its package, the program."""
LOAD_TIMEOUT_S = 300.0
BUSY = 0.5


@dataclass(frozen=True)
class Contender:
    """A server and the wire by which it is measured."""

    name: str
    dialect: Dialect
    command: list[str]
    settings: str | None = None


def say(text: str) -> None:
    """Tell the person who waits; the table alone goes to standard output."""
    print(text, file=sys.stderr, flush=True)


def options() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("scenarios", nargs="*", help=f"of {', '.join(SCENARIOS)} (all)")
    parser.add_argument("--dialect", action="append", choices=sorted(DIALECTS), help="repeatable (all)")
    parser.add_argument("--people", type=int, default=500, help="people in a room (500)")
    parser.add_argument("--idle", type=int, default=5000, help="idle sessions (5000)")
    parser.add_argument("--rounds", type=int, default=5, help="how often (5)")
    parser.add_argument("--seconds", type=float, default=4.0, help="measured time of a round (4)")
    parser.add_argument("--quick", action="store_true", help="one round of one second: does it run at all?")
    parser.add_argument("--no-node", action="store_true", help="leave servers written with Node out")
    parser.add_argument("--only-reference", action="store_true", help="measure the yardstick alone")
    asked = parser.parse_args()
    if unknown := set(asked.scenarios) - set(SCENARIOS):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    if asked.quick:
        asked.rounds, asked.seconds = 1, 1.0
    return asked


def contenders(scenario: Scenario, asked: argparse.Namespace, reference: Path) -> list[Contender]:
    """Return who takes part, the reference first."""
    coalesced = ["--coalesced"] if scenario.yardstick == "coalesced" else []
    found = [Contender(report.YARDSTICK, REFERENCE, [str(reference), *coalesced, "{port}"])]
    palaver = servers.palaver_command()
    for wire, package, program in NODE if not asked.no_node and not asked.only_reference else ():
        command = servers.node_command(package, program)
        # A server of another wire says nothing about those that were asked for.
        if command and (wire is not NODE_SOCKETIO or CONFERENCE.name in (asked.dialect or DIALECTS)):
            found.append(Contender(wire.name, wire, command))
    if palaver and not asked.only_reference:
        wires = [DIALECTS[name] for name in asked.dialect or DIALECTS]
        found += [Contender(f"Palaver, {wire.name}", wire, palaver, servers.SETTINGS) for wire in wires]
    return found


def measure(scenario: Scenario, who: Contender, load: Path, people: int, asked: argparse.Namespace) -> report.Run:
    """Start a server afresh, put load on it, return the generator's report."""
    pair = servers.cores()
    room_size = people if scenario.mode == "join" else asked.people
    words = load_options(scenario, who.dialect, people=people, room_size=room_size, seconds=asked.seconds)
    with servers.running(who.command, settings=who.settings) as server, servers.pinned(pair[1] if pair else None):
        words += ["--port", str(server.port), "--pids", str(server.pid)]
        done = subprocess.run([str(load), *words], capture_output=True, text=True, timeout=LOAD_TIMEOUT_S, check=False)
        if done.returncode:
            say(f"{who.name} wrote: {server.last_words()}")
    if done.stderr:
        say(done.stderr.rstrip())
    if done.returncode > 1 or not done.stdout:
        raise servers.ServerError(f"{who.name}: the load generator ended with {done.returncode}")
    run: report.Run = json.loads(done.stdout)
    return run


def run_scenario(scenario: Scenario, asked: argparse.Namespace, programs: dict[str, Path]) -> report.Measured:
    """Run all rounds of one scenario; a server that fails is left out and named."""
    people = asked.idle if scenario.mode == "idle" else scenario.connections or asked.people
    measured = report.Measured(scenario, people)
    taking_part = contenders(scenario, asked, programs["reference"])
    for number in range(min(asked.rounds, scenario.rounds or asked.rounds)):
        for who in list(taking_part):
            try:
                run = measure(scenario, who, programs["load"], people, asked)
            except (servers.ServerError, subprocess.TimeoutExpired) as problem:
                say(f"{scenario.name}: {who.name} failed: {problem}")
                measured.give_up(who.name, str(problem).strip().splitlines()[-1])
                taking_part.remove(who)
                continue
            measured.add(who.name, run)
            figures = ", ".join(f"{goal.title} {run.get(goal.key, 0):.3f} {goal.unit}" for goal in scenario.goals)
            say(f"{scenario.name} {number + 1}: {who.name}: {figures}")
    return measured


def warn(asked: argparse.Namespace) -> None:
    """Say plainly what is missing or spoils the figures."""
    if servers.cores() is None:
        say("There is one core only: server and generator share it, so times and rates mean little.")
    if (load := os.getloadavg()[0]) > BUSY:
        say(f"The machine is not idle (load average {load:.2f}): trust ratios before figures.")
    for wire, package, program in NODE if not asked.no_node else ():
        if servers.node_command(package, program) is None:
            say(f"{wire.name} is skipped: there is no node, or it does not find the package `{package}` (make setup).")
    if servers.palaver_command() is None:
        say("Palaver is skipped: it is not installed beside this Python.")


def main() -> int:
    """Measure and print the table; returns 0, 1 when a server failed, 2 when nothing could be measured."""
    asked = options()
    if not sys.platform.startswith("linux"):
        say("The bench needs Linux (epoll and /proc): nothing was measured.")
        return 2
    try:
        programs = build.compiled()
    except build.NoCompilerError as problem:
        say(f"Nothing was measured: {problem}.")
        return 2
    servers.allow_many_connections()
    warn(asked)
    facts = report.machine()
    results = [run_scenario(SCENARIOS[name], asked, programs) for name in asked.scenarios or SCENARIOS]
    written = report.write(results, facts)
    print(report.markdown(results))
    say(f"\nEvery round: {os.path.relpath(written)}")
    return 1 if any(measured.failed for measured in results) else 0


if __name__ == "__main__":
    sys.exit(main())
