"""What a brain was told about people, one file a person below `userdata/`, so that it outlives the bot's process."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from urllib.parse import quote, unquote

import structlog

from palaver.bot.brain import PEOPLE_KEPT, Brain

log = structlog.get_logger()

_PASSING = {"isAdmin", "messageID", "channelID"}
"""What holds for one message only."""


class Memory:
    """Carries a brain's variables to files and back."""

    def __init__(self, folder: Path, brain: Brain) -> None:
        self._folder, self._brain = folder, brain
        self._kept: dict[str, dict[str, str]] = {}

    def recall(self) -> None:
        """Tell the brain what the files hold, the oldest first; one that cannot be read is left alone."""
        for file in sorted(self._folder.glob("*.json"), key=_changed)[-PEOPLE_KEPT:]:
            try:
                held = json.loads(file.read_text(encoding="utf-8"))
                facts = {name: value for name, value in held.items() if isinstance(value, str)}
            except (OSError, ValueError, AttributeError) as error:
                log.warning("not_recalled", file=file.name, problem=str(error))
                continue
            person = unquote(file.stem)
            self._kept[person] = facts
            self._brain.remember(person, facts)

    def keep(self) -> None:
        """Write what changed since the last time, each file at once or not at all; whom the brain forgot loses theirs."""
        people = self._brain.people()
        for person in self._kept.keys() - people:
            del self._kept[person]
            with contextlib.suppress(OSError):
                self._file(person).unlink()
        for person in people:
            facts = {name: value for name, value in self._brain.knows(person).items() if name not in _PASSING}
            if facts == self._kept.get(person):
                continue
            file = self._file(person)
            try:
                unfinished = file.with_suffix(".new")
                unfinished.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
                os.replace(unfinished, file)
            except OSError as error:
                log.warning("not_kept", file=file.name, problem=str(error))
                return
            self._kept[person] = facts

    def _file(self, person: str) -> Path:
        return self._folder / f"{quote(person, safe='')[:200]}.json"


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0
