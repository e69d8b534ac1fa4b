"""BareRTC's JSON API as words: what each call takes, in which order it is judged, and how it is answered (§1.3).

Pure: who may ask and what a call does is left to `web`. Field names are those of the wire.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from palaver.core.errors import Conflict, Refusal, Unavailable
from palaver.dialects.base import Answer, http_status

MAX_BODY_BYTES = 1 << 20
"""No call has a reason to be longer; the original read without an end (§10.3)."""

METHOD_WRONG = "Only POST methods allowed"
TYPE_WRONG = "Only application/json content-types allowed"
KEY_WRONG = "Authentication denied."
NO_TOKENS = "JWT authentication is not available."
NOT_ONLINE = "You are not logged into the chat room."
HISTORY_OFF = "database is not initialized"

_JSON = ("Content-Type", "application/json")
_PRIVATE = ("Cache-Control", "no-store")

T = TypeVar("T", bound=msgspec.Struct)


class CallRefused(Exception):  # noqa: N818 - an answer, not a fault
    """A call that is answered with `OK: false`, a status and a sentence."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status, self.error = status, error


class Asked(msgspec.Struct, frozen=True, rename="pascal"):
    """What proves who asks: the site by its key, or somebody by the token that let them in."""

    api_key: str = msgspec.field(default="", name="APIKey")
    jwt_token: str = msgspec.field(default="", name="JWTToken")
    username: str = ""


class Claims(msgspec.Struct, frozen=True):
    """What a token is to say (§2.1); times are set by the server, and claims that are not named here are dropped."""

    sub: str = ""
    op: bool = False
    nick: str = ""
    img: str = ""
    url: str = ""
    emoji: str = ""
    gender: str = ""
    vip: bool = False
    rules: tuple[str, ...] = ()
    iss: str = ""
    aud: str | tuple[str, ...] = ""
    jti: str = ""


class SignIn(Asked, frozen=True, rename="pascal"):
    """§1.5: sign a token with these claims."""

    claims: Claims = Claims()


class Blocklist(Asked, frozen=True, rename="pascal"):
    """§1.7: whom a user does not want to meet."""

    blocklist: tuple[str, ...] = ()


class BlockNow(Asked, frozen=True, rename="pascal"):
    """§1.8: people who are to be kept apart at once, everybody from everybody."""

    usernames: tuple[str, ...] = ()


class DisconnectNow(Asked, frozen=True, rename="pascal"):
    """§1.9: who is to leave, whether that is a kick, and what they are told."""

    usernames: tuple[str, ...] = ()
    message: str = ""
    kick: bool = False


class History(Asked, frozen=True, rename="pascal"):
    """§1.12: a page of the talk with `Username`, from before a message; 0 is the newest page."""

    before_id: int = msgspec.field(default=0, name="BeforeID")


class Usernames(Asked, frozen=True, rename="pascal"):
    """§1.13: with whom one has talked."""

    sort: str = "newest"
    page: int = 1


def check_request(method: str, content_type: str) -> None:
    """Judge a request before its body (§1.3). Raises CallRefused."""
    if method != "POST":
        raise CallRefused(400, METHOD_WRONG)
    if content_type != "application/json":
        raise CallRefused(400, TYPE_WRONG)


def read_call(body: bytes, kind: type[T]) -> T:
    """Return a body as what a call takes: letter case of keys does not matter, `null` is absent (§1.3).

    Raises CallRefused with the parser's words.
    """
    if not body.strip():
        raise CallRefused(400, "EOF")
    try:
        found = msgspec.json.decode(body, type=dict[str, Any])
        return msgspec.convert(_spelled(found, kind), kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise CallRefused(400, str(problem)) from None
    except RecursionError:
        raise CallRefused(400, "it is nested too deeply") from None


def _spelled(found: Mapping[str, Any], kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return an object with its keys in the wire's spelling, and without those that the call does not have."""
    fields = {field.encode_name.lower(): field for field in msgspec.structs.fields(kind)}
    spelled: dict[str, Any] = {}
    for key, value in found.items():
        field = fields.get(key.lower())
        if field is None or value is None:
            continue
        inner = field.type if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct) else None
        spelled[field.encode_name] = _spelled(value, inner) if inner and isinstance(value, dict) else value
    return spelled


def succeeded(result: Mapping[str, Any] | None = None, status: int = 200) -> Answer:
    """Return the answer to a call that was done."""
    return _answer(status, {"OK": True, **(result or {})})


def failed(status: int, error: str, result: Mapping[str, Any] | None = None) -> Answer:
    """Return the answer to a call that was not; `result` holds what stands in every answer to it."""
    return _answer(status, {"OK": False, "Error": error, **(result or {})})


def bare(status: int, body: object) -> Answer:
    """Return an answer whose object is not ours to judge."""
    return _answer(status, body)


def _answer(status: int, body: object) -> Answer:
    # Two spaces and a newline at the end, as the original writes it.
    return Answer(status, (json.dumps(body, ensure_ascii=False, indent=2) + "\n").encode(), (_JSON, _PRIVATE))


def status_of(refusal: Refusal) -> int:
    """Return the status of a call that the server's own rules refuse."""
    return http_status(refusal, {Refusal: 500, Conflict: 500, Unavailable: 500})
