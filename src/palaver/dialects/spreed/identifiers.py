"""The ids under which Spreed's clients know a session: the public Id, and the Sid that only its owner knows (§2.1).

Both are functions of the core's session id under the server's secrets: there is no table of them, and a session that is
continued on another connection or another node has the ids it had.
"""

from __future__ import annotations

import hmac
from functools import lru_cache

from palaver.core.ids import SessionId, UserId
from palaver.dialects.spreed.seals import NotProved, Secrets, derived, from_letters, letters

_TAG_BYTES = 8
_ID_BYTES = 24
_KEPT = 65_536

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_SORTED = str.maketrans(_LETTERS, "".join(sorted(_LETTERS)))
_UNSORTED = str.maketrans("".join(sorted(_LETTERS)), _LETTERS)

ID_CHARS = 32
"""Length of every Id. Rosters repeat them, so they are as short as their proof allows."""


class UnknownId(NotProved):
    """No session of this server has, or ever had, that Id."""

    code = "unknown_id"
    sentence = "Nobody has that id."


class Identifiers:
    """Translates between the core's session ids and the wire's."""

    def __init__(self, secrets: Secrets) -> None:
        both = (secrets.session, secrets.encryption)
        self._tag_key = derived("spreed id tag", *both)
        self._sid_key = derived("spreed sid", *both)
        self._stand_in_key = derived("spreed stand-in", *both)
        # Signals name their receiver by Id, so both directions are on the hot path.
        self.id_of = lru_cache(_KEPT)(self._id_of)
        self.session_of = lru_cache(_KEPT)(self._session_of)

    def _id_of(self, session: SessionId) -> str:
        """Return the public Id of a session: the session's own, and a tag that nobody else can make.

        Ids sort as sessions do: clients compare Ids as texts to decide which of two sends the offer (§2.1), clients of other
        wires compare sessions, and both must come to the same.
        """
        plain = bytes.fromhex(session)
        return letters(plain + self._tag(plain)).translate(_SORTED)

    def _session_of(self, id: str) -> SessionId:  # noqa: A002 - the wire's word
        """Return the session of a public Id; whether it is open is not known here. Raises UnknownId for any other text."""
        raw = from_letters(id.translate(_UNSORTED)) if len(id) == ID_CHARS else b""
        if len(raw) != _ID_BYTES:
            raise UnknownId()
        plain, tag = raw[:-_TAG_BYTES], raw[-_TAG_BYTES:]
        if not hmac.compare_digest(self._tag(plain), tag):
            raise UnknownId()
        return SessionId(plain.hex())

    def sid_of(self, session: SessionId) -> str:
        """Return the secret id of a session: 64 bits more than a guess could reach, and never told to others."""
        return letters(hmac.digest(self._sid_key, bytes.fromhex(session), "sha256")[:_ID_BYTES])

    def proved(self, id: str, sid: str) -> SessionId:  # noqa: A002
        """Return the session of an Id and a Sid that belong together (§2.2). Raises NotProved, in equal time."""
        try:
            session = self.session_of(id)
        except NotProved:
            session = SessionId("0" * 32)
            sid = ""
        if not hmac.compare_digest(self.sid_of(session).encode(), sid.encode(errors="replace")):
            raise NotProved()
        return session

    def stand_in(self, user: UserId) -> str:
        """Return the Id by which somebody is shown who has no session at the moment; nobody ever has it (§3.12)."""
        named = hmac.digest(self._stand_in_key, user.encode(errors="replace"), "sha256")[:16]
        return self.id_of(SessionId(named.hex()))

    def _tag(self, plain: bytes) -> bytes:
        return hmac.digest(self._tag_key, plain, "sha256")[:_TAG_BYTES]
