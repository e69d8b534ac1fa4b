"""What a client shows to come back (session token, §2.3), to log in (nonce, §2.7), to find a contact (its token, §2.8)."""

from __future__ import annotations

import msgspec

from palaver.core.ids import SessionId, UserId
from palaver.dialects.spreed.seals import NotProved, Seal, Secrets

SESSION_TOKEN_S = 30 * 24 * 3600
NONCE_S = 60


class Returning(msgspec.Struct, frozen=True, array_like=True):
    """Who may continue a session.

    Attributes:
        session: whose ids the client had, and gets again.
        user: the one it was logged in as; empty without.
        issued_ms: when, Unix milliseconds.
    """

    session: SessionId
    user: UserId
    issued_ms: int


class _Nonce(msgspec.Struct, frozen=True, array_like=True):
    session: SessionId
    user: UserId
    issued_ms: int


class _Contact(msgspec.Struct, frozen=True, array_like=True):
    accepting: UserId
    asking: UserId


class InvalidNonce(NotProved):
    """A login whose proof is for another session or user, is used up or came too late."""

    code = "invalid_session_token"
    sentence = "This login is not valid; try again."


class Tokens:
    """Makes and reads them."""

    def __init__(self, secrets: Secrets) -> None:
        both = (secrets.session, secrets.encryption)
        self._session = Seal("spreed session token", Returning, *both, bound_to=secrets.realm)
        self._nonce = Seal("spreed nonce", _Nonce, *both, bound_to=secrets.realm)
        self._contact = Seal("spreed contact token", _Contact, *both)

    def session_token(self, session: SessionId, user: UserId | None, *, now: float) -> str:
        """Return a token with which a client continues a session within 30 days; fresh at any other millisecond."""
        return self._session.close(Returning(session, user or UserId(""), int(now * 1000)))

    def returning(self, token: str, *, now: float) -> Returning:
        """Return who comes back. Raises NotProved for a token that is none, or is older than 30 days."""
        found = self._session.open(token)
        _check_age(found.issued_ms, now, SESSION_TOKEN_S)
        return found

    def nonce(self, session: SessionId, user: UserId, *, now: float) -> str:
        """Return the proof that a session has shown to be a user's, good for 60 s.

        A session logs in once, so that a nonce is of use once.
        """
        return self._nonce.close(_Nonce(session, user, int(now * 1000)))

    def check_nonce(self, session: SessionId, user: UserId, nonce: str, *, now: float) -> None:
        """Check a nonce. Raises InvalidNonce unless it was made for this session and this user within the last 60 s."""
        try:
            found = self._nonce.open(nonce)
            _check_age(found.issued_ms, now, NONCE_S)
        except NotProved:
            raise InvalidNonce() from None
        if (found.session, found.user) != (session, user):
            raise InvalidNonce()

    def contact(self, *, accepting: UserId, asking: UserId) -> str:
        """Return the token that two users hold once they are contacts; it does not end (§2.8)."""
        return self._contact.close(_Contact(accepting, asking))

    def is_contact(self, token: str, *, accepting: UserId, asking: UserId) -> bool:
        """Return whether a token was made for these two, in these parts."""
        try:
            return self._contact.open(token) == _Contact(accepting, asking)
        except NotProved:
            return False

    def contact_of(self, token: str, user: UserId) -> UserId:
        """Return the other one of two contacts. Raises NotProved for somebody who is neither."""
        found = self._contact.open(token)
        if user not in (found.accepting, found.asking):
            raise NotProved()
        return found.asking if user == found.accepting else found.accepting


def _check_age(issued_ms: int, now: float, longest_s: int) -> None:
    if not issued_ms <= now * 1000 + 1 <= issued_ms + longest_s * 1000 + 1:
        raise NotProved()
