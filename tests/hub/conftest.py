"""Tasks that a test of the hub begins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest


@pytest.fixture
async def tasks() -> AsyncIterator[list[asyncio.Task[Any]]]:
    """Tasks of a test; each must have ended without an unexpected error."""
    running: list[asyncio.Task[Any]] = []
    yield running
    for task in running:
        assert task.done()
