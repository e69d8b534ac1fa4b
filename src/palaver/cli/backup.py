"""Knows `palaver backup`: a copy of a data directory from which a server can be started, taken while one runs."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from palaver import config
from palaver.storage.database import StorageProblem, sqlite_path

OK = 0
UNUSABLE = 2


class BackupError(Exception):
    """There is no backup; the sentence says why."""


def back_up(data_dir: Path, target: Path) -> int:
    """Copy settings, secrets, database and pictures into a new folder; return 0, or 2 with a sentence.

    The database is copied first and as of one moment; a picture that is then named in it was there before.
    """
    try:
        settings = config.load(data_dir)
        database = sqlite_path(settings.storage.url, data_dir)
        _check(data_dir, target, database)
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        left_out = _copy_database(database, data_dir, target)
        shutil.copytree(
            data_dir, target, ignore=_passed_over(data_dir, database), copy_function=_copy, dirs_exist_ok=True
        )
        target.chmod(0o700)  # whatever the data directory allows
    except (config.SettingsError, StorageProblem, BackupError) as problem:
        print(problem, file=sys.stderr)
        return UNUSABLE
    except (OSError, shutil.Error, sqlite3.Error) as problem:
        print(f"The backup in {target} is not whole: {problem}", file=sys.stderr)
        return UNUSABLE
    print(f"backed up to {target}")
    if left_out:
        print(left_out, file=sys.stderr)
    return OK


def _check(data_dir: Path, target: Path, database: Path | None) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupError(f"{target} is there already; name a new folder")
    if _is_inside(target, data_dir):
        raise BackupError(f"{target} is inside {data_dir}, which would then hold its own copies")
    if database is not None and _is_inside(database, data_dir) and not database.exists():
        raise BackupError(f"There is no database {database}; palaver serve --data {data_dir} makes it")


def _is_inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _copy_database(database: Path | None, data_dir: Path, target: Path) -> str:
    """Copy the database, as of one moment; return what is to be said where it is not below the data directory."""
    if database is None:
        return "The database is not in it: [Storage] URL names a server; use pg_dump."
    if not _is_inside(database, data_dir):
        return f"The database is not in it: {database} is outside {data_dir}."
    copy = target / database.resolve().relative_to(data_dir.resolve())
    copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy.touch(mode=0o600)
    address = f"{database.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as source, closing(sqlite3.connect(copy)) as drain:
        source.backup(drain)
        (verdict,) = drain.execute("PRAGMA quick_check").fetchone()
    if verdict != "ok":
        raise BackupError(f"The database is damaged, and so is its copy {copy}: {verdict}")
    return ""


def _passed_over(data_dir: Path, database: Path | None) -> Callable[[str, list[str]], set[str]]:
    """Return what `copytree` asks: the database is copied by itself, the log is no part of a backup."""
    own = {f"{database.resolve()}{suffix}" for suffix in ("", "-wal", "-shm")} if database else set()
    logs = data_dir.resolve() / "logs" / "palaver.log"

    def ignored(folder: str, names: list[str]) -> set[str]:
        here = Path(folder).resolve()
        return {
            name
            for name in names
            if str(here / name) in own or name.startswith(".new-") or str(here / name).startswith(str(logs))
        }

    return ignored


def _copy(source: str, target: str) -> str:
    """Copy a file, unless it went away meanwhile."""
    try:
        return str(shutil.copy2(source, target))
    except FileNotFoundError:
        return target
