"""Programs beside the server: what they are told of sessions and calls (§3.16), and what is kept for them (§3.15).

Telling never waits, and a site without such programs has nothing of this: its translators know nobody to tell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from weakref import WeakValueDictionary

import msgspec

from palaver.core.calls import AnySignal, Candidate, Description, SendSignal
from palaver.core.ids import SessionId
from palaver.core.participants import BySession
from palaver.dialects.base import Payload, Translator
from palaver.dialects.spreed.documents import Voice
from palaver.dialects.spreed.identifiers import Identifiers
from palaver.dialects.spreed.pipelines import Pipelines

PREFIX = "channelling.trigger"


class Bus(Protocol):
    """Takes messages for programs beside the server."""

    def tell(self, subject: str, payload: bytes) -> None:
        """Send a message some time soon, or drop it where too many wait. Never waits, never raises."""
        ...


class Attended(Translator, Protocol):
    """The translator of a connection, on which a program may speak for its session."""

    @property
    def session(self) -> SessionId:
        """Return the session of the connection."""
        ...


class Trigger(msgspec.Struct, omit_defaults=True):
    """What is told of one thing that happened; which it was stands in `Name`."""

    Id: str
    Name: str
    From: str
    Payload: str = ""
    Pipeline: str = ""


class _Marked(msgspec.Struct):
    _token: Any = None


_encoder = msgspec.json.Encoder()
_MARKED = msgspec.json.Decoder(_Marked)


class Agents:
    """What a site's sessions tell, and to whom.

    Attributes:
        pipelines: None where they are switched off.
        others: takes what was sent to somebody who is not connected, for a program that asked for all of it; the session
            of that program, and the envelope.
    """

    def __init__(
        self, ids: Identifiers, pipelines: Pipelines | None, bus: Bus | None, *, prefix: str = PREFIX, name: str = ""
    ) -> None:
        """Subjects begin with `prefix`; `name` is what this server calls itself in what it tells."""
        self.pipelines = pipelines
        self.others: tuple[SessionId, Callable[[Payload], None]] | None = None
        self.prefix = prefix
        self._ids = ids
        self._bus = bus
        self._name = name
        self._attended: WeakValueDictionary[SessionId, Attended] = WeakValueDictionary()

    def started(self) -> None:
        """Tell that the server runs."""
        self._tell("startup", self._name)

    def connected(self, translator: Attended) -> None:
        """Tell of a session that has a connection."""
        session = translator.session
        if self.pipelines is not None:
            self._attended[session] = translator
        self._tell("connect", self._ids.id_of(session))

    def disconnected(self, translator: Attended) -> None:
        """Tell of a connection that ended; where another one continues its session, that was told before."""
        session = translator.session
        if self._attended.get(session) is translator:
            del self._attended[session]
        if self.others is not None and self.others[0] == session:
            self.others = None
        self._tell("disconnect", self._ids.id_of(session))

    def described(self, session: SessionId, userid: str) -> None:
        """Tell that a session was told who it is: when it came, was refreshed, or logged in."""
        self._tell("session", self._ids.id_of(session), userid)

    def signalled(self, voice: Voice, sender: SessionId, word: str, command: SendSignal, *, reached: bool) -> None:
        """Tell of a part of a call, and keep it where its receiver was not reached.

        A connection for a file or a screen is no call.
        """
        part = _part(command.signal)
        if not isinstance(command.to, BySession) or (word in ("Offer", "Answer") and _is_apart(part)):
            return
        receiver = command.to.session
        id = self.pipeline_id(sender, receiver)  # noqa: A001 - the wire's word
        envelope = None
        if not reached and (self.pipelines is not None or self.others is not None):
            to = self._ids.id_of(receiver)
            envelope = voice.from_session({"Type": word, "To": to, word: part}, sender, to=to)
        if self.pipelines is not None:
            self.pipelines.use(id, sender, receiver)
            if envelope is not None:
                self.pipelines.keep(id, envelope)
        if envelope is not None and self.others is not None:
            self.others[1](envelope)
        if word != "Candidate":
            to = self._ids.id_of(receiver)
            self._tell(word.lower(), self._ids.id_of(sender), to, id if self.pipelines is not None else "")
        if word == "Bye" and self.pipelines is not None:
            self.pipelines.close(id)

    def pipeline_id(self, sender: SessionId, receiver: SessionId) -> str:
        """Return the name of what goes from one session to another."""
        return f"call.{self._ids.id_of(sender)}.{self._ids.id_of(receiver)}"

    def attended(self, session: SessionId) -> Attended | None:
        """Return on whose connection a program may speak for a session: its own, else that of who takes all the rest."""
        found = self._attended.get(session)
        if found is None and self.others is not None:
            found = self._attended.get(self.others[0])
        return found

    def _tell(self, name: str, sender: str, payload: str = "", pipeline: str = "") -> None:
        if self._bus is not None:
            trigger = Trigger(self._name, name, sender, payload, pipeline)
            self._bus.tell(f"{self.prefix}.{name}", _encoder.encode(trigger))


def _part(signal: AnySignal) -> Any:
    """Return the part of a call as it came."""
    if isinstance(signal, Description):
        return signal.description
    return signal.candidate if isinstance(signal, Candidate) else getattr(signal, "detail", None)


def _is_apart(part: Any) -> bool:
    """Return whether a description is of a connection beside the call."""
    try:
        return (
            bool(_MARKED.decode(part)._token) if isinstance(part, msgspec.Raw) and b'"_token"' in bytes(part) else False
        )
    except (msgspec.DecodeError, RecursionError):
        return False
