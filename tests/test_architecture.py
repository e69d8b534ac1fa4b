"""The borders of docs/architecture.md: who may import whom, how long a module may be, and how each of them opens."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "palaver"
MAX_LINES = 450
PURE = ("core", "dialects", "codecs")

MODULES = sorted(SOURCE.rglob("*.py"))
of_every_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))


def test_the_import_contracts_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout


def test_a_broken_contract_is_noticed(tmp_path: Path) -> None:
    """The core may not even name asyncio: a copy of the contracts fails on a package in which it does."""
    package = tmp_path / "palaver"
    (package / "core").mkdir(parents=True)
    for below in ("", "core", "dialects", "codecs", "hub"):
        (package / below).mkdir(exist_ok=True)
        (package / below / "__init__.py").touch()
    (package / "core" / "rules.py").write_text("import asyncio\n")
    (tmp_path / ".importlinter").write_text(
        "[importlinter]\nroot_package = palaver\ninclude_external_packages = True\n"
        "[importlinter:contract:1]\nname = pure\ntype = forbidden\n"
        "source_modules =\n    palaver.core\nforbidden_modules =\n    asyncio\n"
    )
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert "palaver.core.rules -> asyncio" in done.stdout


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
def test_rules_languages_and_bytes_read_no_clock_and_no_chance(layer: str) -> None:
    """Time, ids and randomness are passed in."""
    found = []
    for path in sorted((SOURCE / layer).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            found += [f"{path.name}: {name}" for name in names if name in {"time", "random", "secrets", "uuid", "os"}]
            if isinstance(node, ast.Await | ast.AsyncFunctionDef):
                found.append(f"{path.name}: waits in line {node.lineno}")
    assert not found
