"""Knows the files of the data directory and makes what is missing; leaves reading them to `reading`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from palaver.config.options import Effect, Entry, OptionTable, entries, field_at, heading, option_of, value_at
from palaver.config.reading import Idle, Problem, Reading, read_file
from palaver.config.remarks import remarks_on
from palaver.config.settings import Settings
from palaver.config.template import new_secret, secrets_text, settings_text

SETTINGS_FILE = "settings.toml"
SECRETS_FILE = "secrets.toml"


class SettingsError(Exception):
    """The settings have problems; nothing was started with them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class Report(msgspec.Struct, frozen=True):
    """What `palaver config check` has to say.

    Attributes:
        problems: with these the server does not start.
        remarks: what works, but hardly as meant.
        idle: keys that are set and have no effect.
    """

    problems: tuple[Problem, ...]
    remarks: tuple[str, ...]
    idle: tuple[Idle, ...]


def first_run(data_dir: Path) -> bool:
    """Make the data directory and a commented `settings.toml` with random secrets, mode 0600; False if it was there.

    Raises:
        SettingsError: the directory or file cannot be written.
    """
    path = data_dir / SETTINGS_FILE
    if os.path.exists(path):
        return False
    _write(path, settings_text())
    return True


def load(data_dir: Path) -> Settings:
    """Return the settings of a data directory; secrets that they lack are made once, into `secrets.toml`, mode 0600.

    Files and folders that are named are made absolute.

    Raises:
        SettingsError: with every problem of both files.
    """
    reading, made = _read_both(data_dir)
    if reading.problems:
        raise SettingsError(reading.problems)
    lacking = [entry for entry in _secrets() if not _get(reading.settings, entry).strip()]
    fresh = {entry.name: new_secret(entry.name) for entry in lacking if entry.name not in made}
    if fresh:
        made |= fresh
        _write(data_dir / SECRETS_FILE, secrets_text(made))
    settings = reading.settings
    for entry in lacking:
        settings = _with(settings, entry.keys, made[entry.name])
    for entry in entries(Settings):
        if entry.option.names and (path := value_at(settings, entry.keys)):
            settings = _with(settings, entry.keys, str(data_dir.absolute() / path))
    return settings


def reload(data_dir: Path, running: Settings) -> tuple[Settings, tuple[str, ...]]:
    """Read the settings anew; return them, and the names of changed options that wait for a restart.

    Such an option keeps the value that it is running with.

    Raises:
        SettingsError: with every problem; the running settings stay good.
    """
    fresh = load(data_dir)
    waiting: list[str] = []
    return _keep(running, fresh, (), waiting), tuple(waiting)


def examine(data_dir: Path) -> Report:
    """Look at the files of a data directory and write nothing."""
    reading, made = _read_both(data_dir)
    remarks = [
        f"{entry.name} is empty: a random one is made in {SECRETS_FILE}"
        for entry in _secrets()
        if not _get(reading.settings, entry).strip() and entry.name not in made
    ]
    remarks += remarks_on(reading.settings, data_dir)
    remarks += [
        f"{file.name} holds secrets and others may read it: chmod 600 {file}"
        for file in (data_dir / SETTINGS_FILE, data_dir / SECRETS_FILE)
        if os.path.exists(file) and file.stat().st_mode & 0o077
    ]
    return Report(reading.problems, tuple(remarks) if not reading.problems else (), reading.idle)


def _read_both(data_dir: Path) -> tuple[Reading, dict[str, str]]:
    """Read `settings.toml`, and beside it the secrets by name from `secrets.toml`."""
    reading = read_file(data_dir / SETTINGS_FILE)
    if not os.path.exists(data_dir / SECRETS_FILE):
        return reading, {}
    beside = read_file(data_dir / SECRETS_FILE)
    made = {entry.name: _get(beside.settings, entry) for entry in _secrets()}
    both = msgspec.structs.replace(reading, problems=reading.problems + beside.problems)
    return both, {name: secret for name, secret in made.items() if secret.strip()}


def _secrets() -> list[Entry]:
    return [entry for entry in entries(Settings) if entry.option.secret]


def _get(settings: Settings, entry: Entry) -> str:
    return str(value_at(settings, entry.keys))


def _with(table: Any, keys: tuple[str, ...], value: str) -> Any:
    """Return the table with one value replaced, however deep."""
    name = field_at(type(table), keys[0])
    inner = _with(getattr(table, name), keys[1:], value) if keys[1:] else value
    return msgspec.structs.replace(table, **{name: inner})


def _keep(running: Any, fresh: Any, path: tuple[str, ...], waiting: list[str]) -> Any:
    kept: dict[str, Any] = {}
    for field in msgspec.structs.fields(fresh):
        old, new = getattr(running, field.name), getattr(fresh, field.name)
        if isinstance(new, OptionTable):
            kept[field.name] = _keep(old, new, (*path, field.encode_name), waiting)
        elif old != new and option_of(field.type).effect is Effect.RESTART:
            kept[field.name] = old
            waiting.append(f"{heading(path, False)} {field.encode_name}".strip())
    return msgspec.structs.replace(fresh, **kept)


def _write(path: Path, text: str) -> None:
    """Put a file in place whole and readable by its owner alone, or not at all."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # `mkstemp` makes files with mode 0600.
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except OSError:
            # A supervisor tries again and again, each time with another name.
            Path(name).unlink(missing_ok=True)
            raise
    except (FileExistsError, NotADirectoryError) as error:
        raise SettingsError((Problem(path.name, 0, f"cannot be written: {path.parent} is no folder"),)) from error
    except OSError as error:
        raise SettingsError((Problem(path.name, 0, f"cannot be written: {error.strerror}: {path}"),)) from error
