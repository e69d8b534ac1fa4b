"""Says how a request ended: notices, mostly, since this wire has no answers (§3.16)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from palaver.core import errors
from palaver.core.base import Outcome
from palaver.core.chat import PostMessage, RetractMessage, ToPerson
from palaver.core.errors import Refusal
from palaver.core.media import MarkExplicit, OpenedAnyway
from palaver.core.moderation import BanPerson, Bans, Heard, Kick, LiftBan, Report, SetOperator, StopCamera
from palaver.core.operations import ReloadSettings
from palaver.core.participants import ByHandle
from palaver.dialects import markup
from palaver.dialects.barertc.commands import help_text
from palaver.dialects.barertc.embeds import with_embed
from palaver.dialects.barertc.interpret import ENTERING, QUIET
from palaver.dialects.barertc.memory import Memory
from palaver.dialects.barertc.render import notice, notice_html
from palaver.dialects.barertc.wire import BOOTED_BEFORE, DISCONNECT, MUTED_BEFORE, STOP_CAMERA, Told, encode
from palaver.dialects.base import Payload, Request

NOT_YOURS = "That is not your message to take back."
UNWANTED = "unwanted"

_TEXTS: dict[type[Refusal], str] = {
    errors.NotIdentified: "You must log in first.",
    errors.TokenRequired: "Server-side authentication is required: please enter from the website.",
    errors.UnknownWord: "Unsupported message type: {word}",
    errors.NoSuchParticipant: "{name} is not online.",
}
"""Sentences of this wire's own; all others are the core's."""


def answer(request: Request, outcome: Outcome) -> list[Payload]:
    """Return the notice of a success, where one is due."""
    if isinstance(outcome, Bans):
        return [_bans(outcome)]
    if request.reply_to in {"/help", "/help-advanced"}:
        return [notice_html(markup.to_html(help_text(advanced=request.reply_to == "/help-advanced")))]
    if isinstance(outcome, Heard):
        return [notice(f"You hear everybody again; {outcome.ignored} mutes were lifted.")]
    if isinstance(outcome, OpenedAnyway):
        return _opened_anyway(request.command, outcome)
    if isinstance(request.command, Report):
        return [notice("Your report was noted for those who run this chat. Thank you.")]
    say = _DONE.get(type(request.command)) if str(request.reply_to).startswith("/") else None
    return [] if say is None else [notice(say(request.command))]


def _bans(outcome: Bans) -> Payload:
    lines = ["Banned at the moment:", ""]
    for ban in outcome.bans:
        until = datetime.fromtimestamp(ban.until_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        lines.append(f"* `{ban.name.replace('`', '')}` until {until}")
    return notice_html(markup.to_html("\n".join(lines), max_chars=1 << 20))


def _opened_anyway(command: Any, outcome: OpenedAnyway) -> list[Payload]:
    """Tell an operator that the owner will not be told of their watching, in the texts that pages know (§3.11)."""
    ends = ((outcome.turned_away, BOOTED_BEFORE), (outcome.ignored, MUTED_BEFORE))
    owner = command.owner.handle if isinstance(command.owner, ByHandle) else ""
    return [notice(owner + end) for holds, end in ends if holds]


def _name(command: Any) -> str:
    target = command.target
    return target.handle if isinstance(target, ByHandle) else ""


def _banned(command: BanPerson) -> str:
    hours = "an hour" if command.hours == 1 else f"{command.hours:g} hours"
    return f"{_name(command)} has been banned for {hours}."


_DONE: dict[type, Callable[[Any], str]] = {
    Kick: lambda command: f"{_name(command)} has been kicked from the room.",
    BanPerson: _banned,
    LiftBan: lambda command: f"The ban of {command.name} has been lifted.",
    MarkExplicit: lambda command: f"The camera of {_name(command)} is marked explicit now.",
    SetOperator: lambda command: f"{_name(command)} is {'an operator now' if command.on else 'no longer an operator'}.",
    ReloadSettings: lambda command: "The settings were read anew.",
    StopCamera: lambda command: f"The camera of {_name(command)} has been turned off.",
}


def refusal_frames(request: Request | None, refusal: Refusal, memory: Memory) -> list[Payload]:
    """Return what somebody is told who was refused."""
    asked = request.reply_to if request is not None else None
    if asked == QUIET:
        return []
    if asked == ENTERING and isinstance(refusal, errors.NotIdentified | errors.NotInRoom):
        return []
    if asked == "login" and isinstance(refusal, errors.Banned | errors.Kicked):
        return [notice(_text(refusal)), DISCONNECT]
    if asked == "takeback" and isinstance(refusal, errors.NoSuchMessage | errors.NotAllowed):
        return _taken_back_alone(request, memory) or [notice(NOT_YOURS)]
    if asked == "me":
        return [STOP_CAMERA, notice(_text(refusal))]
    if asked == "message" and isinstance(refusal, errors.BadText):
        return []  # nothing was said (§3.6.1)
    if request is not None and isinstance(request.command, PostMessage):
        return [*_own_copy(request.command, refusal, memory), notice(_text(refusal))]
    return [notice(_text(refusal))]


def _own_copy(command: PostMessage, refusal: Refusal, memory: Memory) -> list[Payload]:
    """Return one's own copy of a direct message that did not arrive: it is shown before anything is judged (§3.6.3)."""
    if not isinstance(command.place, ToPerson) or not isinstance(command.place.to, ByHandle) or memory.seat is None:
        return []
    if not isinstance(refusal, errors.NoSuchParticipant | errors.NotAllowed):
        return []
    shown = with_embed(markup.to_html(command.text))
    if not shown:
        return []
    channel, number = f"@{command.place.to.handle}", memory.options.message_id()
    memory.undelivered.append(number)
    me = memory.seat.handle
    return [encode(Told(action="message", channel=channel, username=me, message=shown, message_id=number))]


def _taken_back_alone(request: Request | None, memory: Memory) -> list[Payload]:
    """Return the takeback of a message that nobody but its author was shown; nothing for any other."""
    command = request.command if request is not None else None
    if not isinstance(command, RetractMessage) or command.message not in memory.undelivered:
        return []
    memory.undelivered.remove(command.message)
    return [encode(Told(action="takeback", message_id=command.message))]


def _text(refusal: Refusal) -> str:
    if isinstance(refusal, errors.CameraClosed) and refusal.params.get("why") == UNWANTED:
        # The roster says that the camera is off; so does this, or who was turned away could find out (§10.3).
        refusal = errors.CameraClosed.because("off")
    text = _TEXTS.get(type(refusal))
    return refusal.text if text is None else text.format(**refusal.params)
