"""Databases of both kinds, by their URLs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'palaver.sqlite'}"
    new_database: Callable[[], str] = request.getfixturevalue("new_postgres_database")
    return new_database()
