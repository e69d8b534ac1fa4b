"""Knows how the two C programs are compiled, and when they need not be."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE / "build"
SOURCES = {
    "reference": ("reference.c", "wire.c"),
    "load": ("load.c", "fleet.c", "text.c", "proc.c", "wire.c"),
}
FLAGS = ("-O2", "-Wall", "-Wextra")


class NoCompilerError(Exception):
    """There is no C compiler, so nothing can be measured."""


def compiler() -> str:
    """Return the C compiler: `$CC`, `cc` or `gcc`."""
    for name in (os.environ.get("CC", ""), "cc", "gcc", "clang"):
        if name and (found := shutil.which(name)):
            return found
    raise NoCompilerError("no C compiler (cc, gcc or clang): the reference and the load generator cannot be built")


def compiled() -> dict[str, Path]:
    """Compile what is older than its sources; return the programs by name."""
    BUILD.mkdir(exist_ok=True)
    newest = max(path.stat().st_mtime for path in (*HERE.glob("*.c"), *HERE.glob("*.h")))
    programs = {name: BUILD / name for name in SOURCES}
    for name, program in programs.items():
        if not program.exists() or program.stat().st_mtime <= newest:
            sources = [str(HERE / source) for source in SOURCES[name]]
            subprocess.run([compiler(), *FLAGS, "-o", str(program), *sources], check=True)
    return programs
