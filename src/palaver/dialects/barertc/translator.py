"""One BareRTC connection: the order of what is told at login, who is who, and what only this connection is told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec

from palaver.core import policy
from palaver.core.base import Event, Outcome
from palaver.core.calls import NO_MORE, Candidate, Description, Hangup, Offer, SignalSent
from palaver.core.chat import Direct, Message, MessageEdited, MessagePosted
from palaver.core.disconnects import REPLACED, UNIDENTIFIED, Disconnect
from palaver.core.errors import Refusal
from palaver.core.ids import SessionId
from palaver.core.media import (
    CameraMarked,
    CameraOpened,
    CameraStopped,
    ExplicitSuggested,
    MuteRequested,
    ViewerTurnedAway,
    WatchStarted,
    WatchStopped,
)
from palaver.core.moderation import BlockImposed, IgnoreChanged, ReportForwarded, SessionEnded
from palaver.core.participants import Identity, IdentityAmended, Participant, ParticipantUpdated, Rule, is_person
from palaver.core.rooms import LeaveReason, ParticipantJoined, ParticipantLeft, RoomClosed
from palaver.core.rosters import Seen, ShowRoster
from palaver.core.sessions import Admitted, Identified, Joined, Position, Snapshot
from palaver.core.waiting import Waiting, WaitingEnded
from palaver.dialects import markup
from palaver.dialects.barertc.answers import answer, refusal_frames
from palaver.dialects.barertc.interpret import interpret
from palaver.dialects.barertc.memory import Memory
from palaver.dialects.barertc.render import (
    edited_text,
    escaped,
    notice,
    notice_html,
    presence,
    render,
    told_echo,
    told_message,
)
from palaver.dialects.barertc.video import flags
from palaver.dialects.barertc.wire import (
    BANNED,
    BOOTED_YOU,
    DISCONNECT,
    EXITED,
    JOINED,
    KICKED,
    NUDGE,
    PING,
    STOP_CAMERA,
    Options,
    Told,
    encode,
)
from palaver.dialects.base import Payload, Request

_RULES = {
    Rule.CAMERA_ALWAYS_EXPLICIT: ("IsRedCamRule",),
    Rule.NO_VIDEO: ("IsNoVideoRule", "IsNoBroadcastRule"),
    Rule.NO_BROADCAST: ("IsNoBroadcastRule",),
    Rule.NO_IMAGE: ("IsNoImageRule",),
    Rule.NO_DARK_VIDEO: ("IsNoDarkVideoRule",),
}
"""What a page calls the rules of a token (§2.5)."""


class BareRTCTranslator:
    """Translates between BareRTC's frames and the core; see `docs/dialects/barertc.md`."""

    __slots__ = ("_memory", "_options")

    def __init__(self, options: Options) -> None:
        self._options = options
        self._memory = Memory(options)

    def interpret(self, payload: Payload) -> list[Request]:
        """Return what a frame asks for. Raises a Refusal for one that cannot be read or comes before login."""
        return interpret(payload, self._memory)

    def introduce(self, event: Event, position: Position) -> list[Payload]:
        """Return the frames of an event for this connection alone."""
        saying = _INTRODUCTIONS.get(type(event))
        if saying is not None:
            return saying(self._memory, event)
        said = render(event, position, lambda: self._options)
        if said is None:
            return []
        return list(said) if isinstance(said, tuple) else [said]

    def acknowledge(self, request: Request, outcome: Outcome) -> list[Payload]:
        """Return what the asker is told of a success: the room after a login, an answer to a command of an operator."""
        memory = self._memory
        if isinstance(outcome, Identified):
            memory.session, memory.user = outcome.session, outcome.user
            memory.vouched_operator, memory.held = outcome.operator, []
            return []
        if isinstance(outcome, Joined):
            return _arrive(memory, outcome.snapshot)
        if isinstance(outcome, Waiting):
            return [notice("Somebody who runs this room will let you in.")]
        if isinstance(request.command, ShowRoster) and memory.arrival is not None:
            snapshot, memory.arrival = memory.arrival, None
            return _welcome(snapshot)
        return answer(request, outcome)

    def refuse(self, request: Request | None, refusal: Refusal) -> list[Payload]:
        """Return the notice of a refusal, and what has to come with it."""
        return refusal_frames(request, refusal, self._memory)

    def ping(self, identity: Identity | None) -> list[Payload]:
        """Return the sign of life; for somebody a site vouched for with a token for the way back (§2.6)."""
        if identity is None or identity.user is None:
            return [PING]
        # Who was made an operator here is one until the end of the session, not for as long as tokens are renewed (T16).
        vouched = msgspec.structs.replace(identity, operator=self._memory.vouched_operator)
        token = self._options.token_for(vouched)
        if not token:
            return [PING]
        held = {name for rule in identity.rules for name in _RULES[rule]}
        names = dict.fromkeys(name for each in _RULES.values() for name in each)
        return [encode(Told(action="ping", jwt=token, jwt_rules={name: name in held for name in names}))]

    def farewell(self, disconnect: Disconnect) -> list[Payload]:
        """Return the word at which pages stop coming back; none where they should (§3.10)."""
        if disconnect.may_return and disconnect != UNIDENTIFIED:
            return []  # but one whose login was refused would try again and again
        if disconnect == REPLACED:
            return [notice("You have signed in from somewhere else, so this window was signed out."), DISCONNECT]
        return [DISCONNECT]


# -- arriving ----------------------------------------------------------------------------------------------------------


def _arrive(memory: Memory, snapshot: Snapshot) -> list[Payload]:
    """Return the first frame after a login: one's own name, which may not be the one that was wanted (§3.5)."""
    memory.seat, memory.arrival = snapshot.you, snapshot
    return [_me(snapshot.you)]


def _me(seat: Participant) -> Payload:
    return encode(Told(action="me", username=seat.handle, video=flags(Seen(seat))))


def _welcome(snapshot: Snapshot) -> list[Payload]:
    """Return what follows the roster: what was said before, one's own arrival, the channels' welcomes (§3.5)."""
    frames = [told_echo(snapshot.messages), presence(snapshot.you.handle, JOINED)]
    for channel in snapshot.room.channels:
        if policy.may_read(snapshot.you, channel):
            shown = map(markup.to_html, channel.welcomes)
            frames += [notice_html(text, channel=channel.id) for text in shown if text]
    # No reactions: pages toggle them, so one that comes back would take away what it shows (§3.6.5).
    return frames


def _admitted(memory: Memory, event: Admitted) -> list[Payload]:
    frames = _arrive(memory, event.snapshot)
    memory.arrival = None
    return frames + _welcome(event.snapshot)


# -- what only this connection is told ---------------------------------------------------------------------------------


def _posted(memory: Memory, event: MessagePosted) -> list[Payload]:
    return _message(memory, event.message)


def _edited(memory: Memory, event: MessageEdited) -> list[Payload]:
    return _message(memory, edited_text(event.message))


def _message(memory: Memory, message: Message) -> list[Payload]:
    """Return a direct message under the name of the other end; one to oneself comes twice (§3.6.3)."""
    if not isinstance(message.place, Direct):
        told = told_message(message, message.place.channel, lambda: memory.options)
        return [] if told is None else [told]
    to, author = message.place.to, message.author
    channels = []
    if is_person(author, memory.session, memory.user):
        channels.append(f"@{to.handle}")
    if is_person(to, memory.session, memory.user) or not channels:
        channels.append(f"@{author.handle}")
    shown = (told_message(message, channel, lambda: memory.options) for channel in channels)
    return [each for each in shown if each is not None]


def _opened(memory: Memory, event: CameraOpened) -> list[Payload]:
    """Ring the owner, answer the viewer, who makes the offer (§3.11)."""
    mine = event.owner.session == memory.session
    other = event.viewer if mine else event.owner
    memory.opened(other.session, other.handle)
    secret = _open_secret(event.owner.session, event.viewer.session)
    return [encode(Told(action="ring" if mine else "open", username=other.handle, open_secret=secret))]


def _open_secret(owner: SessionId, viewer: SessionId) -> str:
    """Return the 16 letters that both sides are given; no client checks them (§3.2)."""
    digest = hashlib.sha256(f"{owner}:{viewer}".encode()).digest()
    return "".join(chr(ord("a") + byte % 26) for byte in digest[:16])


def _signal(memory: Memory, event: SignalSent) -> list[Payload]:
    sender, signal = event.sender, event.signal
    if isinstance(signal, Candidate):
        if signal.candidate == NO_MORE:
            return []  # "no more": pages would try to make a candidate of it
        return [encode(Told(action="candidate", username=sender.handle, candidate=_text(signal.candidate)))]
    if isinstance(signal, Hangup):
        memory.hung_up(sender.session, sender.handle, event.about)
    if not isinstance(signal, Description):
        return []
    frames = []
    if isinstance(signal, Offer) and memory.is_stranger(sender.session, sender.handle):
        # A page drops the offer of somebody for whom it did not ring, and answers any other with its camera, unasked.
        if event.closed:
            return []
        memory.called(sender.session, sender.handle, event.about)
        secret = _open_secret(memory.session, sender.session)
        frames.append(encode(Told(action="ring", username=sender.handle, open_secret=secret)))
    frames.append(encode(Told(action="sdp", username=sender.handle, description=_text(signal.description))))
    return frames


def _text(raw: msgspec.Raw) -> str:
    """Return the JSON text of a value: not an object, since Safari minded the order of its keys (§3.2)."""
    text = bytes(raw)
    return str(msgspec.json.decode(text)) if text.startswith(b'"') else text.decode()


def _about_viewer(action: str) -> Callable[[Memory, Any], list[Payload]]:
    def tell(memory: Memory, event: WatchStarted | WatchStopped) -> list[Payload]:
        return [encode(Told(action=action, username=event.viewer.handle))]

    return tell


def _stopped(memory: Memory, event: CameraStopped) -> list[Payload]:
    return [STOP_CAMERA]


def _marked(memory: Memory, event: CameraMarked) -> list[Payload]:
    """Tell that one's camera is explicit now, so that the page takes the flag over (§3.7)."""
    by = f"{event.by.handle} has marked your camera explicit." if event.by is not None else ""
    text = event.text or f"{by} Please mark it yourself when what you show is explicit.".strip()
    return [notice(text)] + ([_me(memory.seat)] if memory.seat is not None else [])


def _suggested(memory: Memory, event: ExplicitSuggested) -> list[Payload]:
    # Nobody is named: the original told everybody who had suggested it (§10.3).
    handle = memory.seat.handle if memory.seat is not None else ""
    return [encode(Told(action="react", message=handle, message_id=NUDGE))]


def _hushed(memory: Memory, event: MuteRequested) -> list[Payload]:
    # There is no word for it, and only the page can switch a microphone off.
    return [notice(f"{event.by.handle} asks you to mute your microphone.")]


def _not_let_in(memory: Memory, event: WaitingEnded) -> list[Payload]:
    if event.admitted or event.session != memory.session:
        return []
    return [notice("You were not let in.")]


def _ignored(memory: Memory, event: IgnoreChanged) -> list[Payload]:
    return [notice(f"{event.by.handle} has {'muted' if event.on else 'unmuted'} you.")]


def _blocked(memory: Memory, event: BlockImposed) -> list[Payload]:
    return [encode(Told(action="block", username=event.name))]


def _forwarded(memory: Memory, event: ReportForwarded) -> list[Payload]:
    if event.delivered:
        return [notice(f"Your report about {event.about} was delivered.")]
    again = " It will be tried again." if event.again else ""
    return [notice(f"Your report about {event.about} could not be delivered: {event.problem}.{again}")]


def _turned_away(memory: Memory, event: ViewerTurnedAway) -> list[Payload]:
    # Others see the camera go off in the roster, and do not learn why (§3.10).
    return [notice(event.owner.handle + BOOTED_YOU)] if memory.runs_room else []


def _amended(memory: Memory, event: IdentityAmended) -> list[Payload]:
    """Tell the camera's flags as they are under new claims; the next token says whether they are an operator's (§1.10)."""
    memory.vouched_operator = event.operator
    return [] if memory.seat is None else [_me(memory.seat)]


def _own_seat(memory: Memory, event: ParticipantUpdated) -> list[Payload]:
    """Take over one's own seat as it is now; the client is told where the server changed its name."""
    before, seat = memory.seat, event.participant
    if seat.session != memory.session:
        return []
    memory.seat = seat
    if before is not None and before.handle != seat.handle:
        return [notice(f"The name {before.handle} belongs to somebody else; you are {seat.handle} now."), _me(seat)]
    return []


def _ended(memory: Memory, event: SessionEnded) -> list[Payload]:
    return _removal(memory, LeaveReason(event.reason), event.by, event.text)


def _left(memory: Memory, event: ParticipantLeft) -> list[Payload]:
    """Tell somebody whose own seat was taken; that others are out of sight now, the roster says."""
    if event.session != memory.session or event.reason not in {LeaveReason.KICKED, LeaveReason.BANNED}:
        return []
    return [*_removal(memory, event.reason, event.by, event.text), DISCONNECT]


def _removal(memory: Memory, reason: LeaveReason, by: str, text: str) -> list[Payload]:
    handle = memory.seat.handle if memory.seat is not None else ""
    if reason is LeaveReason.SIGNED_OUT:
        memory.seat = None
        return [notice_html(_signed_out(memory.options.landing_url))]
    if not by and reason in {LeaveReason.LEFT, LeaveReason.KICKED}:
        # The site itself sent somebody away, in HTML of its own (§1.9).
        memory.seat = None
        said_by_site = markup.clean_html(text)
        gone = presence(handle, KICKED if reason is LeaveReason.KICKED else EXITED)
        return [gone, notice_html(said_by_site)] if said_by_site else [gone]
    done = "banned" if reason is LeaveReason.BANNED else "kicked"
    memory.seat = None
    frames = [presence(handle, BANNED)] if reason is LeaveReason.BANNED else []
    said = f"You have been {done} from the chat room" + (f" by {by}." if by else ".")
    return [*frames, notice(f"{said} {text}".strip())]


def _signed_out(landing_url: str) -> str:
    again = "Please log in again."
    if landing_url:
        again = f'Please <a href="{escaped(landing_url)}" rel="nofollow noopener">log in again</a>.'
    return f"<p>Everybody was signed out of the chat room. {again}</p>"


def _closed(memory: Memory, event: RoomClosed) -> list[Payload]:
    memory.seat = None
    return [notice("This room was closed."), DISCONNECT]


def _nothing(memory: Memory, event: Event) -> list[Payload]:
    return []


_INTRODUCTIONS: dict[type[Event], Callable[[Memory, Any], list[Payload]]] = {
    MessagePosted: _posted,
    MessageEdited: _edited,
    Admitted: _admitted,
    CameraOpened: _opened,
    SignalSent: _signal,
    WatchStarted: _about_viewer("watch"),
    WatchStopped: _about_viewer("unwatch"),
    CameraStopped: _stopped,
    CameraMarked: _marked,
    ExplicitSuggested: _suggested,
    MuteRequested: _hushed,
    WaitingEnded: _not_let_in,
    IgnoreChanged: _ignored,
    BlockImposed: _blocked,
    ReportForwarded: _forwarded,
    ViewerTurnedAway: _turned_away,
    IdentityAmended: _amended,
    ParticipantUpdated: _own_seat,
    ParticipantLeft: _left,
    ParticipantJoined: _nothing,
    SessionEnded: _ended,
    RoomClosed: _closed,
}
"""Event → what the one hearer is told; all others are rendered as for everybody."""
