"""Knows how `palaver config check` tells what `palaver.config` finds."""

from __future__ import annotations

from pathlib import Path

from palaver import config

OK = 0
UNUSABLE = 2


def check(data_dir: Path) -> int:
    """Print what is to be said about a data directory's settings; return 0, or 2 when they cannot be used."""
    if not (data_dir / config.SETTINGS_FILE).exists():
        print(f"{data_dir / config.SETTINGS_FILE} does not exist; palaver serve --data {data_dir} writes it")
        return UNUSABLE
    report = config.examine(data_dir)
    for problem in report.problems:
        print(problem)
    for remark in report.remarks:
        print(f"remark: {remark}")
    for idle in report.idle:
        print(f"{config.SETTINGS_FILE}:{idle.line}: {idle.name}: {idle.effect}")
    count = len(report.problems)
    print("no problems" if not count else "1 problem" if count == 1 else f"{count} problems")
    return UNUSABLE if count else OK
