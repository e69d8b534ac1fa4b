"""Joins programs on the bus to Spreed's wire: what they ask for there, done as a connection would do it."""

from __future__ import annotations

from functools import partial

import msgspec
import structlog

from palaver.core.errors import Refusal
from palaver.core.ids import SessionId, UserId
from palaver.dialects.base import Dialect, Payload
from palaver.dialects.spreed import bus as words
from palaver.dialects.spreed.agents import Agents
from palaver.dialects.spreed.site import Site
from palaver.hub.hub import Hub
from palaver.transports.bus import Bus, BusSessions

log = structlog.get_logger()


class AgentSessions:
    """The sessions that programs have opened, and what else these may change."""

    def __init__(self, hub: Hub, dialect: Dialect, site: Site, agents: Agents, bus: Bus) -> None:
        """Listen on the subjects on which programs ask."""
        self.sessions = BusSessions(hub, dialect, bus)
        self._hub = hub
        self._site = site
        self._agents = agents
        self._bus = bus
        bus.listen(words.ROOM_TYPE, self._set_room_type)
        bus.listen(words.CREATE, self._create)
        bus.listen(words.CLOSE, self._close)

    def started(self) -> None:
        """Tell programs that the server runs."""
        self._agents.started()

    def _set_room_type(self, payload: Payload) -> None:
        try:
            words.room_type(payload, self._site.room_types)
        except Refusal as refusal:
            log.warning("agent_refused", subject=words.ROOM_TYPE, code=refusal.code)

    def _create(self, payload: Payload) -> Payload:
        try:
            opening = words.opening(payload, self._site, self._agents)
        except Refusal as refusal:
            return _refused(refusal.code, refusal.text)
        said = partial(words.outgoing, opened=opening, site=self._site, agents=self._agents, user_by=self._user_by)
        subjects = opening.subjects

        def tell(frame: Payload) -> None:
            payload = said(frame)
            if payload is not None:
                self._bus.tell(subjects.SubjectOut, payload)

        opened = self.sessions.open(
            opening.id,
            opening.call,
            tell,
            speaks=subjects.SubjectIn,
            first=opening.frames,
        )
        if opened is None:
            return _refused("too_many_sessions", "There are as many sessions on the bus as there may be.")
        if opening.rest:
            self._agents.others = (opening.session, tell)
        return msgspec.json.encode(subjects)

    def _close(self, payload: Payload) -> None:
        try:
            self.sessions.close(words.closing(payload))
        except Refusal as refusal:
            log.warning("agent_refused", subject=words.CLOSE, code=refusal.code)

    def _user_by(self, session: SessionId) -> UserId | None:
        card = self._hub.presence.card(session)
        return None if card is None else card.identity.user


def _refused(code: str, message: str) -> Payload:
    return msgspec.json.encode({"code": code, "message": message, "success": False})
