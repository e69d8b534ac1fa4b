"""What is written down: facts, and never what people said."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from palaver.integrations.logs import shape_logs


@pytest.fixture
def shaped() -> Iterator[None]:
    shape_logs()
    yield
    structlog.reset_defaults()


def _stumble(text: str) -> float:
    return len(text) / 0


def test_a_traceback_shows_no_values(shaped: None, caplog: pytest.LogCaptureFixture) -> None:
    try:
        _stumble("sotto " + "voce")
    except ZeroDivisionError:
        with caplog.at_level(logging.INFO):
            structlog.get_logger("palaver.test").exception("failed", session="s1")
    entry = json.loads(caplog.messages[-1])
    assert entry["session"] == "s1"
    assert "Traceback" in entry["exception"]
    assert "sotto voce" not in caplog.text
