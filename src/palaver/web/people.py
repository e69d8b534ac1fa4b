"""Keeping the peace from the site's side: kicks, bans, reports, and where a user is connected."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palaver.core import errors
from palaver.core.ids import DeviceId, RoomId, SessionId
from palaver.core.moderation import DEFAULT_BAN_HOURS, MAX_BAN_HOURS, Ban, ReportFiled
from palaver.core.names import NameProblem, verified_name
from palaver.hub import seats, site
from palaver.hub.ports.nodes import SessionCard
from palaver.web.operations import Call, Choice, Operation
from palaver.web.rooms import room_named

_Hours = Annotated[float, msgspec.Meta(extra_json_schema={"exclusiveMinimum": 0, "maximum": MAX_BAN_HOURS})]


class NewKick(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to remove now; exactly one of `user`, `name` and `session`.

    Attributes:
        user: a user of the site, wherever connected.
        name: whoever bears this handle, in `room` or anywhere.
    """

    user: str = ""
    name: str = ""
    session: str = ""
    room: str = ""
    reason: str = ""


class Kicked(msgspec.Struct, frozen=True):
    """How many sessions were ended."""

    sessions: int


class NewBan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to keep out; exactly one of `user` and `name`, present or not.

    Attributes:
        user: a user of the site.
        name: whoever bears this handle now; where nobody does, guests and users of that name.
        room: only from this room; from the whole server when empty.
    """

    user: str = ""
    name: str = ""
    room: str = ""
    hours: _Hours = DEFAULT_BAN_HOURS
    reason: str = ""


class BanDetails(msgspec.Struct, frozen=True):
    """Somebody is kept out of a room, or of the server where `room` is empty, until a time (Unix milliseconds)."""

    name: str
    until_ms: int
    by: str
    reason: str
    room: str


class BanList(msgspec.Struct, frozen=True):
    """The bans that hold."""

    bans: tuple[BanDetails, ...]


class RoomQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which ban of a name: of one room, or of the whole server when empty."""

    room: str = ""


class FiledReport(msgspec.Struct, frozen=True):
    """What somebody reported, and when (Unix milliseconds)."""

    at_ms: int
    report: ReportFiled


class ReportList(msgspec.Struct, frozen=True):
    """Reports, newest first."""

    reports: tuple[FiledReport, ...]


class ReportsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which reports: those filed before a time (Unix milliseconds), or the newest."""

    before_ms: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50


class SessionDetails(msgspec.Struct, frozen=True):
    """One session of a user, and where it sits."""

    session: SessionId
    name: str
    device: DeviceId | None
    operator: bool
    rooms: tuple[RoomId, ...]


class SessionList(msgspec.Struct, frozen=True):
    """Every session of a user."""

    sessions: tuple[SessionDetails, ...]


async def kick(call: Call[NewKick, None]) -> Kicked:
    """Remove people now; they may come back after a minute."""
    people = _meant(call)
    if not people:
        asked = call.body
        raise errors.NoSuchParticipant(name=asked.user or asked.name or "That session")
    return Kicked(site.kick(call.hub, people, reason=call.body.reason))


def _meant(call: Call[NewKick, None]) -> list[SessionCard]:
    asked, hub = call.body, call.hub
    room = room_named(asked.room) if asked.room else None
    if asked.name:
        return site.named(hub, asked.name, room)
    if asked.user:
        found = site.of_user(hub, asked.user)
    else:
        card = hub.presence.card(SessionId(asked.session))
        found = [card] if card is not None else []
    return [card for card in found if room is None or room in hub.presence.rooms_of(card.session)]


async def ban(call: Call[NewBan, None]) -> BanDetails:
    """Keep somebody out for some hours, starting now. A ban from a room ends with the room, so that there must be one."""
    asked = call.body
    room = seats.room_of(call.hub, room_named(asked.room)).id if asked.room else None
    who, impose = (asked.user, site.ban_user) if asked.user else (asked.name, site.ban_name)
    try:
        who = verified_name(who)
    except NameProblem as problem:
        raise errors.BadName(problem=problem.sentence, why=problem.code) from None
    return _details(await impose(call.hub, who, room=room, hours=asked.hours, reason=asked.reason))


async def list_bans(call: Call[None, None]) -> BanList:
    """Return the bans that hold, of the server and of every room."""
    return BanList(tuple(_details(ban) for ban in site.bans(call.hub)))


async def lift_ban(call: Call[None, RoomQuery]) -> None:
    """End a ban before its time."""
    await site.lift_ban(call.hub, call.path["name"], room_named(call.query.room) if call.query.room else None)


async def list_reports(call: Call[None, ReportsQuery]) -> ReportList:
    """Return what people reported."""
    found = await site.reports(call.hub, before_ms=call.query.before_ms, limit=call.query.limit)
    return ReportList(tuple(FiledReport(at_ms, report) for at_ms, report in found))


async def list_sessions(call: Call[None, None]) -> SessionList:
    """Return where a user of the site is connected."""
    cards = site.of_user(call.hub, call.path["user"])
    return SessionList(tuple(_session(call, card) for card in cards))


def _session(call: Call[None, None], card: SessionCard) -> SessionDetails:
    identity = card.identity
    rooms = tuple(call.hub.presence.rooms_of(card.session))
    return SessionDetails(card.session, identity.name, identity.device, identity.operator, rooms)


def _details(ban: Ban) -> BanDetails:
    return BanDetails(ban.name, ban.until_ms, ban.by, ban.reason, ban.room or "")


OPERATIONS = (
    Operation(
        "POST",
        "/v1/kicks",
        "Remove somebody now",
        kick,
        takes=NewKick,
        choice=Choice(("user", "name", "session")),
        returns=Kicked,
    ),
    Operation("GET", "/v1/bans", "List the bans that hold", list_bans, returns=BanList),
    Operation(
        "POST",
        "/v1/bans",
        "Keep somebody out",
        ban,
        takes=NewBan,
        choice=Choice(("user", "name")),
        returns=BanDetails,
        status=201,
    ),
    Operation("DELETE", "/v1/bans/{name}", "Lift a ban", lift_ban, query=RoomQuery, status=204),
    Operation("GET", "/v1/reports", "Read reports", list_reports, query=ReportsQuery, returns=ReportList),
    Operation("GET", "/v1/users/{user}/sessions", "List a user's sessions", list_sessions, returns=SessionList),
)
