"""Counts changes, so that what was concluded can be kept for as long as there is none."""

from __future__ import annotations


class Changes:
    """How many changes there were; a plain object, since it is read with every signal."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0
