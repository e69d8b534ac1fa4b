"""Calls to somebody who is not connected, read and answered over REST by programs that act in their place (§1.14, §3.15).

Who may do that can read and speak for others, so only this machine and networks of the site may.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from palaver.core.base import Done, Outcome
from palaver.core.errors import Refusal
from palaver.core.sessions import ActFor, Keepalive
from palaver.dialects.base import Answer, Call, Payload, Reading, Request, decoded
from palaver.dialects.spreed.agents import Agents, Attended
from palaver.dialects.spreed.pipelines import Pipeline, Pipelines
from palaver.dialects.spreed.rest import NO_STORE, RestError, body_of, json_answer
from palaver.dialects.spreed.site import Site

LINES = ("Content-Type", "application/x-ndjson; charset=utf-8")
_NUMBER = re.compile(r"[0-9]{1,9}")


class _Numbered(msgspec.Struct):
    Seq: int
    Msg: msgspec.Raw


class _Reply(msgspec.Struct, omit_defaults=True):
    Data: Any
    From: str = ""
    Iid: str = ""


class _Envelope(msgspec.Struct):
    Data: msgspec.Raw
    To: str = ""
    Iid: str = ""


_encoder = msgspec.json.Encoder()
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


class _OfPipeline:
    """A call about one pipeline."""

    def __init__(self, site: Site, call: Call) -> None:
        self.site = site
        self.call = call

    def found(self) -> tuple[Agents, Pipelines, Pipeline]:
        """Return the pipeline. Raises a Refusal where there is none, or none for this client."""
        agents = self.site.agents
        if agents is None or agents.pipelines is None:
            raise RestError(404, "not_found", "Pipelines are switched off here.")
        if not self.call.near:
            raise RestError(403, "pipelines_refused", "Pipelines are for this machine and networks of the site.")
        return agents, agents.pipelines, agents.pipelines.find(self.call.segments["id"])

    def refuse(self, refusal: Refusal) -> Answer | None:
        """Refuse nothing in particular."""
        return None


class ReadPipeline(_OfPipeline):
    """`GET /api/v1/pipelines/{id}`: one JSON object a line, from the number `since`, at most `limit`, of which 0 is all."""

    def asks(self) -> Iterator[Request]:
        """Ask for nothing."""
        return iter(())

    def answer(self, outcome: Outcome | None) -> Answer:
        """Return what is kept; nothing where `since` is beyond the end."""
        _, _, pipeline = self.found()
        since, limit = self._number("since"), self._number("limit")
        kept = pipeline.kept[since : since + limit if limit else None]
        lines = (_encoder.encode(_Numbered(at, msgspec.Raw(each))) + b"\n" for at, each in enumerate(kept, since))
        return Answer(200, b"".join(lines), (LINES, NO_STORE))

    def _number(self, name: str) -> int:
        given = self.call.query.get(name, "") or "0"
        if not _NUMBER.fullmatch(given):
            raise RestError(400, "bad_request", f"{name} is a number, from 0.")
        return int(given)


class PostToPipeline(_OfPipeline):
    """`POST /api/v1/pipelines/{id}`: a frame of the channelling API, said for the session that was called.

    Where that is not connected, it is said for the program on the bus that takes what nobody else does. What the frame is
    answered is the answer here, too; what it makes the server say besides goes to the session's own connection.
    """

    def __init__(self, site: Site, call: Call) -> None:
        super().__init__(site, call)
        self._translator: Attended | None = None
        self._asked: Request | None = None
        self._frames: list[Payload] = []
        self._sender = ""

    def asks(self) -> Reading:
        """Do what the frame asks for, as if it had come on the session's connection."""
        agents, _, pipeline = self.found()
        body = body_of(self.call)
        decoded(_OBJECT, body)  # what is no frame at all is refused here, and ignored on a connection
        translator = agents.attended(pipeline.receiver)
        if translator is None:
            raise RestError(404, "no_such_session", "Nobody is connected in whose name this could be said.")
        self._sender = self.site.proofs.ids.id_of(pipeline.sender)
        yield Request(ActFor(translator.session, None, proven=True))
        self._translator = translator
        for request in translator.interpret(body):
            self._asked = request
            # A sign of life is the connection's to answer, and the hub's nothing.
            outcome = Done() if isinstance(request.command, Keepalive) else (yield request)
            if outcome is not None:
                self._frames += translator.acknowledge(request, outcome)
            self._asked = None

    def answer(self, outcome: Outcome | None) -> Answer:
        """Return what the frame is answered; most words have no answer, whose `Data` is null."""
        for frame in self._frames:
            envelope = _ENVELOPE.decode(frame)
            if not envelope.To:
                return json_answer(_Reply(envelope.Data, self._sender, envelope.Iid))
        return json_answer(_Reply(None, self._sender))

    def refuse(self, refusal: Refusal) -> Answer | None:
        """Return the error that the session would have read."""
        if self._translator is None or isinstance(refusal, RestError):
            return None
        self._frames += self._translator.refuse(self._asked, refusal)
        return self.answer(None)
