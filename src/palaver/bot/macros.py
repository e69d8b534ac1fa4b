"""The macros that a brain may call: a fixed table, and nothing that a brain file says is ever run as code (§8.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from palaver.bot.deeds import Send
from palaver.bot.wire import Frame

REACTION_AFTER_S = 2.5


class Hands(Protocol):
    """What a macro may do through the bot that calls it."""

    def do(self, deed: Send) -> None:
        """Have something sent once the answer is decided."""
        ...

    def heard(self, message: int) -> Frame | None:
        """Return a message that was heard lately; None for an unknown id."""
        ...

    def reload(self) -> str:
        """Read the brain anew; return how that went."""
        ...


Macro = Callable[[Hands, Sequence[str]], str]


def _reload(hands: Hands, words: Sequence[str]) -> str:
    return hands.reload()


def _react(hands: Hands, words: Sequence[str]) -> str:
    message = _number(words)
    if message is None or len(words) < 2:
        return "[react: say which message, and an emoji]"
    hands.do(Send(Frame("react", msg_id=message, message=words[1]), REACTION_AFTER_S))
    return ""


def _takeback(hands: Hands, words: Sequence[str]) -> str:
    message = _number(words)
    if message is None:
        return "[takeback: say which message]"
    hands.do(Send(Frame("takeback", msg_id=message)))
    return ""


def _report(hands: Hands, words: Sequence[str]) -> str:
    message = _number(words)
    about = hands.heard(message) if message is not None else None
    if about is None:
        return "[report: that message is not known]"
    hands.do(
        Send(
            Frame(
                "report",
                channel=about.channel,
                username=about.username,
                message=about.message,
                timestamp="not recorded",
                reason="Automated chatbot flag",
                comment=" ".join(words[1:]),
            )
        )
    )
    return ""


def _dm(hands: Hands, words: Sequence[str]) -> str:
    if len(words) < 2:
        return "[dm: say to whom, and what]"
    hands.do(Send(Frame("message", channel="@" + words[0].removeprefix("@"), message=" ".join(words[1:]))))
    return ""


def _send_message(hands: Hands, words: Sequence[str]) -> str:
    if len(words) < 2:
        return "[send-message: say where, and what]"
    hands.do(Send(Frame("message", channel=words[0], message=" ".join(words[1:]))))
    return ""


def _nsfw(hands: Hands, words: Sequence[str]) -> str:
    if len(words) != 1:
        return "[nsfw: say who]"
    hands.do(Send(Frame("message", message=f"/nsfw {words[0]}")))
    return ""


def _ban(hands: Hands, words: Sequence[str]) -> str:
    if not 1 <= len(words) <= 2 or (len(words) == 2 and not words[1].isdecimal()):
        return "[ban: say who, and for how many hours]"
    hands.do(Send(Frame("message", message=" ".join(("/ban", *words)))))
    return ""


def _number(words: Sequence[str]) -> int | None:
    return int(words[0]) if words and words[0].isascii() and words[0].isdigit() and len(words[0]) < 17 else None


MACROS: dict[str, Macro] = {
    "reload": _reload,
    "react": _react,
    "takeback": _takeback,
    "report": _report,
    "dm": _dm,
    "send-message": _send_message,
    "nsfw": _nsfw,
    "ban": _ban,
}
