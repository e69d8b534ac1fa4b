"""The borders of docs/architecture.md: who may import whom, how long a module may be, and how each of them opens."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "palaver"
MAX_LINES = 450
PURE = ("core", "dialects", "codecs")
DIALECTS = ("native", "barertc", "beep", "spreed", "conference")
LAYERS = (
    ("cli",),
    ("app",),
    ("config",),
    ("web",),
    ("transports", "client", "bot"),
    ("dialects", "storage", "cluster", "integrations"),
    ("hub", "codecs"),
    ("core",),
)
# What reaches outside, or tells the time, or leaves something to chance.
OUTSIDE = (
    *("asyncio", "os", "random", "secrets", "socket", "sqlite3", "ssl", "subprocess", "threading", "time", "uuid"),
    *("aiosqlite", "asyncpg", "httpx", "jwt", "nats", "PIL", "sqlalchemy", "starlette", "structlog", "uvicorn"),
)

MODULES = sorted(SOURCE.rglob("*.py"))
of_every_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))


def illegal() -> Iterator[tuple[str, str]]:
    """Go through every import that some border forbids, as who imports what."""
    for height, layer in enumerate(LAYERS):
        above = [other for higher in LAYERS[:height] for other in higher]
        for one in layer:
            yield from ((one, f"palaver.{other}") for other in (*above, *layer) if other != one)
    yield from ((one, module) for one in PURE for module in OUTSIDE)
    yield from (("core", module) for module in ("cryptography", "markdown_it", "nh3", "re2", "websockets"))
    yield from (("hub", f"palaver.{adapter}") for adapter in ("dialects", "storage", "cluster", "integrations"))
    yield from (
        (f"dialects.{one}", f"palaver.dialects.{other}") for one in DIALECTS for other in DIALECTS if one != other
    )
    yield from ((one, f"palaver.{server}") for one in ("client", "bot") for server in ("hub", "codecs", "integrations"))
    yield from (("bot", f"palaver.{known}") for known in ("core", "dialects"))


def test_every_border_is_noticed_when_it_is_crossed(tmp_path: Path) -> None:
    """A copy in which each package imports all that it may not fails, and names each such import.

    That the tree itself crosses none is what `make check` asks the same contracts.
    """
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path in MODULES:
        copied = tmp_path / path.relative_to(ROOT)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copied)
    crossings = set(illegal())
    for one, module in crossings:
        folder = tmp_path / "src" / "palaver" / one.replace(".", "/")
        with (folder / "crossing.py").open("a") as crossing:
            crossing.write(f"import {module}\n")
    (tmp_path / "src/palaver/dialects/sixth.py").touch()
    (tmp_path / "src/palaver/undeclared.py").touch()
    linter = Path(sys.executable).with_name("lint-imports")
    environment = {"PYTHONPATH": str(tmp_path / "src")}
    done = subprocess.run(
        [linter, "--no-cache"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    told = {(one, module) for one, module in crossings if f"palaver.{one}.crossing -> {module} (" in done.stdout}
    assert not crossings - told
    for undeclared in ("palaver.dialects.sixth", "palaver.undeclared"):
        assert undeclared in done.stdout


@of_every_module
def test_a_module_opens_with_a_sentence(path: Path) -> None:
    text = path.read_text()
    if not text.strip():
        return
    docstring = ast.get_docstring(ast.parse(text)) or ""
    assert docstring[:1].isupper() or docstring[:1].islower()
    assert docstring.split("\n\n")[0].rstrip().endswith((".", ":", "?"))


@of_every_module
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_LINES


@pytest.mark.parametrize("layer", PURE)
def test_rules_languages_and_bytes_never_wait(layer: str) -> None:
    found = [
        f"{path.name}: waits in line {node.lineno}"
        for path in sorted((SOURCE / layer).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Await | ast.AsyncFunctionDef)
    ]
    assert not found
