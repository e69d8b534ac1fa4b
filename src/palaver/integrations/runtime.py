"""Figures of this process, as Spreed's statistics name them (§1.13): what Python can say of itself without a tracer."""

from __future__ import annotations

import asyncio
import gc
import resource
import sys
import threading
from pathlib import Path

_PAGE_BYTES = resource.getpagesize()
_STATM = Path("/proc/self/statm")


def figures() -> dict[str, int]:
    """Return tasks and threads, resident bytes, and the collector's counts; 0 for what cannot be known."""
    resident = _resident_bytes()
    collected = gc.get_stats()
    return {
        "goroutines": _tasks() + threading.active_count(),
        "alloc": resident,
        "mallocs": sys.getallocatedblocks(),
        "frees": sum(generation["collected"] for generation in collected),
        "pauses": 0,
        "heap": resident,
        "stack": 0,
    }


def _tasks() -> int:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return 0


def _resident_bytes() -> int:
    try:
        return int(_STATM.read_text().split()[1]) * _PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
