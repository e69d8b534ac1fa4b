"""Frames of `palaver.v1`, in the order of its reference (docs/dialects/native.md): one ask in; a reply or an event out.

The commands, outcomes and events inside are the core's own; this module only names which of them may be said on this wire.
"""

from __future__ import annotations

import msgspec

from palaver.core import (
    calls,
    channels,
    chat,
    devices,
    hands,
    media,
    moderation,
    operations,
    participants,
    rooms,
    sessions,
    waiting,
)
from palaver.core.base import Done, Event
from palaver.dialects.base import Request

SUBPROTOCOL = "palaver.v1"

Ask = (
    sessions.Identify
    | sessions.Resume
    | sessions.SignOut
    | sessions.RenewToken
    | sessions.Keepalive
    | rooms.ListRooms
    | rooms.CreateRoom
    | rooms.JoinRoom
    | rooms.LeaveRoom
    | rooms.UpdateRoom
    | rooms.CloseRoom
    | channels.AddChannel
    | channels.UpdateChannel
    | waiting.DecideWaiting
    | rooms.TransferHost
    | rooms.SetRole
    | participants.SetStatus
    | participants.Rename
    | participants.RenameParticipant
    | hands.RaiseHand
    | hands.LowerHand
    | chat.PostMessage
    | chat.EditMessage
    | chat.RetractMessage
    | chat.React
    | chat.SetTyping
    | chat.MarkMessages
    | chat.FetchHistory
    | calls.SendSignal
    | calls.JoinCall
    | calls.LeaveCall
    | calls.FetchIceServers
    | media.SetMedia
    | media.RequestMute
    | media.OpenCamera
    | media.Watch
    | media.Unwatch
    | moderation.Kick
    | moderation.BanPerson
    | moderation.LiftBan
    | moderation.ListBans
    | moderation.Ignore
    | moderation.Block
    | moderation.TurnAway
    | moderation.InviteToWatch
    | moderation.TakeBlocklist
    | moderation.HearEverybody
    | moderation.SetOperator
    | moderation.SignEverybodyOut
    | moderation.StopCamera
    | media.MarkExplicit
    | media.SuggestExplicit
    | moderation.Report
    | operations.ReloadSettings
    | operations.Restart
    | devices.PostToDevice
    | devices.ListDevices
)
"""Everything that a client may ask for."""

Answer = (
    Done
    | sessions.Identified
    | sessions.Resumed
    | sessions.TokenRenewed
    | sessions.Joined
    | waiting.Waiting
    | rooms.Rooms
    | rooms.Created
    | chat.Posted
    | chat.HistoryPage
    | calls.IceServers
    | moderation.Bans
    | moderation.Heard
    | media.OpenedAnyway
    | devices.Devices
)
"""Everything that a client may be answered."""

Told = (
    sessions.Admitted
    | rooms.ParticipantJoined
    | rooms.ParticipantLeft
    | participants.ParticipantUpdated
    | rooms.RoomUpdated
    | rooms.RoomClosed
    | waiting.WaitingStarted
    | waiting.WaitingUpdated
    | waiting.WaitingEnded
    | chat.MessagePosted
    | chat.MessageEdited
    | chat.MessageRetracted
    | chat.ReactionChanged
    | chat.TypingChanged
    | chat.MessagesMarked
    | calls.SignalSent
    | media.CameraOpened
    | media.WatchStarted
    | media.WatchStopped
    | media.CameraStopped
    | media.MuteRequested
    | media.CameraMarked
    | media.ExplicitSuggested
    | media.ViewerTurnedAway
    | moderation.SessionEnded
    | moderation.RelationsChanged
    | moderation.IgnoreChanged
    | moderation.OperatorChanged
    | moderation.ReportForwarded
    | chat.Notice
    | moderation.ReportFiled
    | operations.RestartAnnounced
    | devices.DevicePosted
)
"""Everything that a client may be told."""

UNTOLD: dict[type[Event], frozenset[str]] = {
    participants.ParticipantUpdated: frozenset({"was", "passing"}),
    rooms.ParticipantJoined: frozenset({"main"}),
    rooms.ParticipantLeft: frozenset({"was"}),
    rooms.RoomUpdated: frozenset({"was"}),
    chat.MessageRetracted: frozenset({"author"}),
}
"""What is in an event for other wires, whose clients do not hold what changes; it is left out of this one."""


class AskFrame(Request, frozen=True, rename={"command": "ask", "reply_to": "id"}):
    """Client to server: `ask`, and an `id`. Without an `id`, success goes unanswered; a refusal never does."""

    command: Ask
    reply_to: int | None = None


class ReplyFrame(msgspec.Struct, frozen=True):
    """Server to client: the ask with this id succeeded."""

    reply: int
    outcome: Answer


class RefusalDetail(msgspec.Struct, frozen=True):
    """Why an ask was refused: a stable code, an English sentence, and the parameters in it."""

    code: str
    text: str
    params: dict[str, str | int] = {}


class RefusalFrame(msgspec.Struct, frozen=True):
    """Server to client: the ask with this id was refused; `null` where it had none, or could not be read."""

    reply: int | None
    refusal: RefusalDetail


class EventFrame(msgspec.Struct, frozen=True):
    """Server to client: something became true, at this position of the node's stream of events."""

    event: Told
    epoch: str
    seq: int


ServerFrame = ReplyFrame | RefusalFrame | EventFrame
