"""What a test needs of the machine. Where it is missing the test is skipped; in CI, where everything is proved, it fails."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

IN_CI = os.environ.get("CI") == "true"


def do_without(reason: str) -> NoReturn:
    """Skip the running test, or fail in CI."""
    if IN_CI:
        pytest.fail(f"in CI everything is proved: {reason}")
    pytest.skip(reason)
