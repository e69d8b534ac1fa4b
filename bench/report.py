"""Knows what the figures mean: medians, ratios to the reference of the same round, and how they are written down."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.dialects import NODE_SOCKETIO, NODE_WS
from bench.scenarios import Goal, Scenario

RESULTS = Path(__file__).parent / "results"
LIMITED = 0.95
YARDSTICK = "reference"
OTHERS = (YARDSTICK, NODE_WS.name, NODE_SOCKETIO.name)
TROUBLES = ("lost", "unexpected", "closed")

Run = dict[str, Any]


@dataclass
class Measured:
    """All rounds of one scenario, by contender; round n of one was run beside round n of the others.

    Attributes:
        failed: who did not get through, and why; their rounds are not told.
    """

    scenario: Scenario
    people: int
    rounds: dict[str, list[Run]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, contender: str, run: Run) -> None:
        """Keep one round."""
        self.rounds.setdefault(contender, []).append(run)

    def give_up(self, contender: str, reason: str) -> None:
        """Leave a contender out from here on, and say so in the report."""
        self.rounds.pop(contender, None)
        self.failed[contender] = reason

    def median(self, contender: str, key: str) -> float | None:
        """Return the median of a figure over the rounds; None where it was not measured."""
        values = [run[key] for run in self.rounds.get(contender, []) if key in run]
        return float(statistics.median(values)) if values else None

    def ratios(self, contender: str, key: str) -> list[float]:
        """Return contender / reference of each round: what drifts between rounds cancels out."""
        pairs = zip(self.rounds.get(contender, []), self.rounds.get(YARDSTICK, []), strict=False)
        return [ours[key] / theirs[key] for ours, theirs in pairs if ours.get(key) and theirs.get(key)]

    def ratio(self, contender: str, key: str) -> float | None:
        """Return the median of the rounds' ratios; None where it was not measured."""
        found = self.ratios(contender, key)
        return statistics.median(found) if found else None


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}"


def _ratio(measured: Measured, contender: str, goal: Goal) -> str:
    if contender == YARDSTICK or not goal.relative:
        return ""
    found = measured.ratios(contender, goal.key)
    spread = f" ({min(found):.2f}–{max(found):.2f})" if len(found) > 1 else ""
    return f"{_number(measured.ratio(contender, goal.key))} ×{spread}"


def _verdict(measured: Measured, contender: str, goal: Goal) -> str:
    if contender in OTHERS:
        return ""
    if _troubles(measured, contender):
        return "not sound"
    reached = measured.ratio(contender, goal.key) if goal.relative else measured.median(contender, goal.key)
    if not reached:
        return "not measured"
    return "reached" if reached <= goal.at_most else f"missed by {100 * (reached / goal.at_most - 1):.0f} %"


def _troubles(measured: Measured, contender: str) -> list[str]:
    """Return what makes a figure worthless: messages or people that were lost on the way."""
    runs = measured.rounds[contender]
    troubles = [f"{key} {total:,}" for key in TROUBLES if (total := sum(run.get(key, 0) for run in runs))]
    unready = max((run["connections"] - run["right"] for run in runs if "right" in run), default=0)
    if unready and contender.startswith("Palaver"):
        troubles.append(f"{unready} rosters never right")
    return troubles


def _remarks(measured: Measured, contender: str) -> str:
    remarks = _troubles(measured, contender)
    pairs = [
        (run.get("generator_utilisation", 0), run.get("server_utilisation", 1)) for run in measured.rounds[contender]
    ]
    if any(generator > LIMITED > server for generator, server in pairs):
        remarks.append("generator at its limit")
    return ", ".join(remarks)


def _rows(measured: Measured) -> list[str]:
    rows = []
    for goal in measured.scenario.goals:
        for contender in measured.rounds:
            target = f"≤ {goal.at_most:g} {'×' if goal.relative else goal.unit}"
            cells = [
                f"{measured.scenario.title} ({measured.people:,}): {goal.title}",
                contender,
                f"{_number(measured.median(contender, goal.key))} {goal.unit}",
                _ratio(measured, contender, goal),
                "" if contender in OTHERS else target,
                _verdict(measured, contender, goal),
                _number(measured.median(contender, "deliveries_per_s")),
                f"{_milliseconds(measured, contender, 'p50_us')} / {_milliseconds(measured, contender, 'p99_us')}",
                _remarks(measured, contender),
            ]
            rows.append("| " + " | ".join(cells) + " |")
    return rows


def _milliseconds(measured: Measured, contender: str, key: str) -> str:
    value = measured.median(contender, key)
    return "–" if value is None else _number(value / 1000)


def markdown(results: list[Measured]) -> str:
    """Return the table of a run."""
    titles = (
        "scenario (people): figure | server | median | × reference | target | verdict | deliveries/s | p50 / p99, ms"
    )
    rows = [row for measured in results for row in _rows(measured)]
    return "\n".join([f"| {titles} | remarks |", "|---|---|--:|--:|--:|---|--:|--:|---|", *rows, *_failures(results)])


def _failures(results: list[Measured]) -> list[str]:
    lines = [f"- {m.scenario.name}: {who} failed: {why}" for m in results for who, why in m.failed.items()]
    return ["", *lines] if lines else []


def machine() -> dict[str, Any]:
    """Return what the figures depend on beside the code."""
    return {
        "when": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_average": os.getloadavg()[0],
        "commit": _commit(),
    }


def write(results: list[Measured], facts: dict[str, Any]) -> Path:
    """Keep every round as JSON and the table as Markdown; return the JSON file."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    scenarios = {m.scenario.name: {"people": m.people, "rounds": m.rounds, "failed": m.failed} for m in results}
    path.write_text(json.dumps({"machine": facts, "scenarios": scenarios}, indent=1) + "\n")
    path.with_suffix(".md").write_text(markdown(results) + "\n")
    return path


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _commit() -> str:
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, cwd=RESULTS.parent, check=False
        )
    except FileNotFoundError:
        return ""
    return found.stdout.strip()
