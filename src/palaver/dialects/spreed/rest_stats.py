"""Answers `GET /api/v1/stats`: figures of the process and of the hub (§1.13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from palaver.core.base import Outcome
from palaver.core.errors import Refusal
from palaver.core.figures import Figures, ShowFigures
from palaver.dialects.base import Answer, Call, Request
from palaver.dialects.spreed.documents import Voice
from palaver.dialects.spreed.rest import RestError, json_answer
from palaver.dialects.spreed.site import Site
from palaver.dialects.spreed.users import userid_of

ANYWHERE = ("Access-Control-Allow-Origin", "*")


class ShowStats:
    """Figures for everybody; who is where only for those who ask from this machine or a network of ours."""

    def __init__(self, site: Site, call: Call) -> None:
        self._site = site
        self._call = call
        self._details = call.query.get("details", "") not in ("", "0", "false")

    def asks(self) -> Iterator[Request]:
        """Ask for the figures."""
        if not self._site.options().stats:
            raise RestError(404, "not_found", "Figures are not shown here.")
        if self._details and not self._call.near:
            raise RestError(403, "stats_details_refused", "Details are for this machine and networks of the site.")
        yield Request(ShowFigures(self._details))

    def answer(self, outcome: Outcome | None) -> Answer:
        """Return them under both spellings of the two keys: the document's, and the one that the original wrote."""
        assert isinstance(outcome, Figures)
        hub = self._hub(outcome) | (self._detailed(outcome) if self._details else {})
        runtime = msgspec.to_builtins(self._site.runtime())
        body = {"runtime": runtime, "hub": hub, "Runtime": runtime, "Hub": hub}
        return json_answer(body, 200, *(() if self._details else (ANYWHERE,)))

    def refuse(self, refusal: Refusal) -> Answer | None:
        """Refuse nothing in particular."""
        return None

    def _hub(self, figures: Figures) -> dict[str, Any]:
        return {
            "rooms": figures.rooms,
            "connections": figures.sessions,
            "sessions": figures.sessions,
            "users": figures.users,
            "count": figures.opened,
            "broadcastchatmessages": figures.channel_messages,
            "unicastchatmessages": figures.direct_messages,
        }

    def _detailed(self, figures: Figures) -> dict[str, Any]:
        ids, mode = self._site.proofs.ids, self._site.options().mode
        voice = Voice(self._site.proofs, self._site.options, self._site.now)
        return {
            "idsinroom": {room: [ids.id_of(each) for each in seated] for room, seated in figures.seated},
            "sessionsbyid": {ids.id_of(each.session): voice.person("", each) for each in figures.people},
            "connectionsbyidx": {str(number): ids.id_of(session) for number, session in figures.numbers},
            "usersbyid": {
                userid_of(user, mode): {"Id": userid_of(user, mode), "Sessions": count}
                for user, count in figures.of_users
            },
        }
