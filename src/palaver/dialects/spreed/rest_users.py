"""Accounts over REST: proofs of who somebody is become nonces for connected sessions (§1.11), and new accounts (§1.12)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from palaver.core import errors
from palaver.core.base import Outcome
from palaver.core.errors import Refusal
from palaver.core.ids import SessionId, UserId
from palaver.core.presentation import Found, LookUp
from palaver.dialects.base import Answer, Call, Request, decoded
from palaver.dialects.spreed.rest import (
    NO_STORE,
    NotHere,
    RestError,
    body_of,
    error_answer,
    form_of,
    json_answer,
)
from palaver.dialects.spreed.seals import NotProved
from palaver.dialects.spreed.site import Site
from palaver.dialects.spreed.users import registered, user_of, userid_of
from palaver.dialects.spreed.vouching import proved_user

NOBODY = SessionId("0" * 32)


class _Proof(msgspec.Struct, frozen=True):
    """The body of a request to log in; other keys are ignored."""

    id: str = ""
    sid: str = ""
    useridcombo: str | None = None
    secret: str | None = None


class _Registering(msgspec.Struct, frozen=True):
    """The body of a request for an account."""

    id: str = ""
    sid: str = ""
    pubkey: str = ""


class NoHandler(NotHere):
    """Users are switched on, but nothing that could make or prove them."""

    code = "no_handler"
    sentence = "No handler found"


_PROOF = msgspec.json.Decoder(_Proof)
_REGISTERING = msgspec.json.Decoder(_Registering)


class ProveUser:
    """`PATCH /api/v1/sessions/{id}/`. Every failure is answered alike, since clients forget a login that fails."""

    def __init__(self, site: Site, call: Call) -> None:
        self._site = site
        self._call = call
        self._user: UserId | None = None
        self._session: SessionId | None = None

    def asks(self) -> Iterator[Request]:
        """Ask whether the session is there, whatever was wrong before: one failure takes as long as another."""
        if not self._site.options().users:
            raise NotHere()
        proof = self._read()
        try:
            named = proof.id == self._call.segments["id"]
            self._session = self._site.proofs.ids.proved(proof.id if named else "", proof.sid)
        except NotProved:
            self._session = None
        try:
            self._user = proved_user(self._call, self._site, proof.useridcombo or "", proof.secret or "")
        except NotProved:
            self._user = None
        yield Request(LookUp(self._session or NOBODY))

    def _read(self) -> _Proof:
        try:
            return decoded(_PROOF, body_of(self._call))
        except Refusal:
            return _Proof()

    def answer(self, outcome: Outcome | None) -> Answer:
        """Return the nonce with which the session's connection logs in."""
        if self._session is None or self._user is None or not _is_guest(outcome):
            raise NotProved()
        nonce = self._site.proofs.tokens.nonce(self._session, self._user, now=self._site.now())
        userid = userid_of(self._user, self._site.options().mode)
        return json_answer({"success": True, "userid": userid, "nonce": nonce})

    def refuse(self, refusal: Refusal) -> Answer | None:
        """Say the one thing that is said of every failure; who asks too much, or meets a fault of ours, may try again."""
        if isinstance(refusal, NotHere | errors.Limited | errors.ServerFault | errors.Unavailable):
            return None
        return error_answer(403, "session_patch_failed", "The session could not be logged in.")


class Register:
    """`POST /api/v1/users`, with its checks in the order of §1.12."""

    def __init__(self, site: Site, call: Call) -> None:
        self._site = site
        self._call = call
        self._session = NOBODY
        self._key = ""

    def asks(self) -> Iterator[Request]:
        """Read the request, and ask whether its session is there."""
        options = self._site.options()
        if not (options.users and options.registration):
            raise NotHere()
        if not (options.mode == "httpheader" or options.mode == "certificate" or options.shared_secret):
            raise NoHandler()
        given = self._read()
        if not (given.id and given.sid):
            raise RestError(400, "users_bad_request", "Incomplete request: id and sid are needed.")
        try:
            self._session = self._site.proofs.ids.proved(given.id, given.sid)
        except NotProved:
            raise RestError(403, "users_invalid_session", "Id and Sid do not belong together.") from None
        self._key = given.pubkey
        yield Request(LookUp(self._session))

    def _read(self) -> _Registering:
        kind = self._call.media_type
        if kind == "application/json":
            try:
                return decoded(_REGISTERING, body_of(self._call))
            except errors.Malformed:
                raise RestError(400, "users_bad_request", "The request could not be read.") from None
        if kind == "application/x-www-form-urlencoded":
            fields = form_of(self._call)
            return _Registering(fields.get("id", ""), fields.get("sid", ""), fields.get("pubkey", ""))
        raise RestError(400, "users_invalid_request", "The request must be JSON or a form.")

    def answer(self, outcome: Outcome | None) -> Answer:
        """Return a new account, and the nonce with which the session's connection logs in to it."""
        if not _is_guest(outcome):
            raise RestError(400, "users_request_failed", "The session is not connected, or is somebody's already.")
        options, now = self._site.options(), self._site.now()
        userid = f"{_uuid(self._site.new_hex())}@{options.server_realm}"
        if options.mode == "certificate":
            return self._certificate(userid)
        if options.mode != "sharedsecret":
            raise RestError(400, "users_create_failed", "Accounts are made elsewhere.")
        combo = registered(userid, options.shared_secret, now=now)
        nonce = self._site.proofs.tokens.nonce(self._session, user_of(userid, options.mode), now=now)
        return json_answer(
            {
                "success": True,
                "userid": userid,
                "useridcombo": combo.useridcombo,
                "timestamp": combo.expires_s,
                "secret": combo.secret,
                "nonce": nonce,
            }
        )

    def _certificate(self, userid: str) -> Answer:
        try:
            if self._site.authority is None or not self._key:
                raise ValueError("no certificate can be made")  # noqa: TRY301 - one answer to both
            certificate = self._site.authority.signed(self._key, userid)
        except ValueError as problem:
            raise RestError(400, "users_create_failed", f"No account could be made: {problem}.") from None
        return Answer(200, certificate, (("Content-Type", "application/x-x509-user-cert"), NO_STORE))

    def refuse(self, refusal: Refusal) -> Answer | None:
        """Refuse nothing in particular."""
        return None


def _uuid(digits: str) -> str:
    """Return random hexadecimal digits as a UUID of version 4 (RFC 9562 §5.4)."""
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _is_guest(outcome: Outcome | None) -> bool:
    """Return whether the session that was asked after is there, and nobody's yet."""
    return isinstance(outcome, Found) and len(outcome.people) == 1 and outcome.people[0].user is None
