"""Asks the RiveScript interpreter for answers. Code in brain files is refused: only the table of `macros` can be called."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog
from rivescript import RiveScript
from rivescript.exceptions import NoDefaultRandomTopicError, RiveScriptError

from palaver.bot.macros import MACROS, Hands

log = structlog.get_logger()

PUBLIC_TOPIC = "publicchannel"
_TOPIC = re.compile(r"((?:^\s*>\s*topic\s+)|\{topic=)([^\s}]+)", re.MULTILINE)
"""Brains of BareBot name topics in capitals, which this interpreter takes for a mistake."""

NO_REPLY = "<noreply>"
MAX_REPLY_CHARS = 4_000
PEOPLE_KEPT = 5_000
"""Of so many people something is remembered: those who spoke last."""


def _lowered(topic: re.Match[str]) -> str:
    return topic[1] + topic[2].lower()


class BrainError(Exception):
    """A brain cannot be read; the sentence says where and why."""


class _Table:
    """Stands in for RiveScript's Python handler, which would run whatever a brain file holds."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands

    def load(self, name: str, code: list[str]) -> None:
        log.warning("brain_code_refused", macro=name)

    def call(self, rs: Any, name: str, user: str, fields: list[str]) -> str:
        macro = MACROS.get(name)
        return f"[{name}: there is no such macro]" if macro is None else macro(self._hands, fields)


class Brain:
    """One loaded brain and what it remembers of people."""

    def __init__(self, folder: Path, hands: Hands) -> None:
        """Load every `.rive` file of a folder. Raises BrainError."""
        self._folder, self._hands = folder, hands
        self._people: OrderedDict[str, None] = OrderedDict()
        self._of_all: dict[str, str] = {}
        self._script = self._loaded()

    def _loaded(self) -> Any:
        script = RiveScript(utf8=True, strict=True)
        script.set_handler("python", None)
        script.set_handler("palaver", _Table(self._hands))
        for name in MACROS:
            script._objlangs[name] = "palaver"
        files = sorted(self._folder.glob("*.rive"))
        if not files:
            raise BrainError(f"there is no .rive file in {self._folder}")
        for file in files:
            try:
                script.stream(_TOPIC.sub(_lowered, file.read_text(encoding="utf-8")))
            except Exception as error:  # the interpreter raises plain ones, too
                raise BrainError(f"{file.name}: {error}") from error
        script.sort_replies()
        return script

    def reload(self) -> str:
        """Read the files anew; a brain with a mistake leaves the present one in place. Return how it went, as a sentence."""
        held = self._script.get_uservars()
        try:
            fresh = self._loaded()
        except BrainError as error:
            return f"The brain was not reloaded: {error}"
        fresh.set_uservars(held)
        self._script = fresh
        self.remember_all(self._of_all)
        return "The brain was reloaded."

    def remember(self, user: str, facts: Mapping[str, str]) -> None:
        """Set variables of a user."""
        self._note(user)
        for name, value in facts.items():
            self._script.set_uservar(user, name, value)

    def _note(self, user: str) -> None:
        self._people[user] = None
        self._people.move_to_end(user)
        if len(self._people) > PEOPLE_KEPT:
            gone, _ = self._people.popitem(last=False)
            if self._script.get_uservars(gone) is not None:
                self._script.clear_uservars(gone)

    def people(self) -> list[str]:
        """Return everybody of whom something is remembered."""
        return list(self._people)

    def knows(self, user: str) -> dict[str, str]:
        """Return what the brain was told about somebody."""
        held = self._script.get_uservars(user) or {}
        return {name: value for name, value in held.items() if isinstance(value, str) and name != "topic"}

    def remember_all(self, facts: Mapping[str, str]) -> None:
        """Set global variables, which outlive a reload."""
        self._of_all |= facts
        for name, value in facts.items():
            self._script.set_global(name, value)

    def answer(self, user: str, text: str, *, in_public: bool = False) -> str:
        """Return the answer to a text; empty where there is none. A fault of the brain becomes a bracketed sentence.

        In public, the user is in the topic `PublicChannel` for this text alone.
        """
        self._note(user)
        if in_public:
            topic = self._script.get_uservar(user, "topic") or "random"
            self._script.set_uservar(user, "topic", PUBLIC_TOPIC)
        try:
            reply = str(self._script.reply(user, text, errors_as_replies=False))
        except NoDefaultRandomTopicError:
            return ""
        except (RiveScriptError, RecursionError) as error:
            return "" if in_public else f"[{error}]"
        finally:
            if in_public:
                self._script.set_uservar(user, "topic", topic)
        return "" if NO_REPLY in reply else reply.strip()[:MAX_REPLY_CHARS]
