"""Figures of this process, as Spreed's statistics name them (§1.13): what Python can say of itself without a tracer."""

from __future__ import annotations

import asyncio
import gc
import re
import resource
import sys
import threading
import time
from pathlib import Path


class _Collector:
    """Measures the garbage collector, which says itself when it begins and ends."""

    def __init__(self) -> None:
        self.spent_s = 0.0
        self._began_s = 0.0
        gc.callbacks.append(self)

    def __call__(self, phase: str, found: dict[str, int]) -> None:
        now_s = time.perf_counter()
        if phase == "start":
            self._began_s = now_s
        else:
            self.spent_s += now_s - self._began_s


_collector = _Collector()
_PAGE_BYTES = resource.getpagesize()
_STATM = Path("/proc/self/statm")
_STATUS = Path("/proc/self/status")
_STACK = re.compile(r"^VmStk:\s+(\d+) kB", re.MULTILINE)


def figures() -> dict[str, int]:
    """Return tasks and threads, bytes in memory, and the collector's counts and milliseconds; 0 for what cannot be known.

    Of what went, Python counts what its collector found; what lives is `mallocs` less `frees`.
    """
    resident = _resident_bytes()
    frees = sum(generation["collected"] for generation in gc.get_stats())
    return {
        "goroutines": _tasks() + threading.active_count(),
        "alloc": resident,
        "mallocs": sys.getallocatedblocks() + frees,
        "frees": frees,
        "pauses": int(_collector.spent_s * 1000),
        "heap": resident,
        "stack": _stack_bytes(),
    }


def _tasks() -> int:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return 0


def _stack_bytes() -> int:
    try:
        found = _STACK.search(_STATUS.read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found is not None else 0


def _resident_bytes() -> int:
    try:
        return int(_STATM.read_text().split()[1]) * _PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
