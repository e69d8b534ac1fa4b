"""Knows how `palaver config check` and `palaver config import` tell what `palaver.config` finds."""

from __future__ import annotations

import sys
from pathlib import Path

from palaver import config
from palaver.config import server_conf

OK = 0
UNUSABLE = 2


def check(data_dir: Path) -> int:
    """Print what is to be said about a data directory's settings; return 0, or 2 when they cannot be used."""
    path = data_dir / config.SETTINGS_FILE
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        print(f"{path} does not exist; palaver serve --data {data_dir} writes it")
        return UNUSABLE
    except OSError as error:
        print(f"{path} cannot be read: {error.strerror}")
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


def convert(path: Path) -> int:
    """Print the settings that say what a Spreed `server.conf` says, and on standard error what they cannot say."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        print(f"{path} cannot be read: {getattr(problem, 'strerror', None) or problem}", file=sys.stderr)
        return UNUSABLE
    converted = server_conf.convert(text, path.absolute().parent)
    print(converted.text, end="")
    for sentence in converted.left:
        print(f"not carried over as it stands: {sentence}", file=sys.stderr)
    return OK
