"""Reads a request on Beep's wire: claim, path and body in; out come requests, in the order in which they are answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from palaver.core import errors
from palaver.core.devices import FindDevice, ListDevices, PostToDevice, check_word
from palaver.core.ids import SITE_REALM, DeviceId, UserId, subject_of, user_id
from palaver.core.participants import Identity
from palaver.core.sessions import Identify, Vouch
from palaver.dialects.base import Call, Request, decoded
from palaver.dialects.beep.forms import read_form
from palaver.dialects.beep.scripts import is_falsy, string_of
from palaver.dialects.beep.wire import CLAIM_HEADER, MAX_BODY_BYTES, MAX_ID_CHARS, TOKEN_PARAMETER, Claim, Options

Reading = Callable[[Call, Options], Iterator[Request]]

_CLAIM = msgspec.json.Decoder(Claim)


class _Post(msgspec.Struct, frozen=True):
    event: Any = None
    data: msgspec.Raw = msgspec.Raw(b"null")


_POST = msgspec.json.Decoder(_Post)
_VALUE = msgspec.json.Decoder()
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw] | list[msgspec.Raw])
_encoder = msgspec.json.Encoder()


class ForSomebodyElse(errors.Denied):
    """The claim names another user or device than the path."""

    code = "for_somebody_else"
    sentence = "The claim is for another device."


def open_stream(call: Call, options: Options) -> Iterator[Request]:
    """Open a stream for who the claim names (§1)."""
    yield Request(_identification(call, options))


def open_stream_by_path(call: Call, options: Options) -> Iterator[Request]:
    """Open a stream for who the path names; without a claim only where the site believes paths (§6)."""
    user, device = _addressee(call)
    if options.claimless and not _claims(call, options):
        yield Request(Vouch(subject_of(user), device))
    else:
        yield Request(_identification(call, options))


def list_devices(call: Call, options: Options) -> Iterator[Request]:
    """List a user's devices: for everybody, unless the site is strict (§1, §9)."""
    if options.strict:
        yield Request(_identification(call, options))
    yield Request(ListDevices(user_id(SITE_REALM, call.segments["user"])))


def post(call: Call, options: Options) -> Iterator[Request]:
    """Send to a device. What is wrong is found in the order of §4; where the site is strict, who asks comes first."""
    if options.strict:
        yield Request(_identification(call, options))
    body = _body(call)
    user, device = _addressee(call)
    yield Request(FindDevice(user, device))
    command = PostToDevice(user, device, *_said(body))
    if not options.strict:
        yield Request(_identification(call, options))
    yield Request(command, reply_to="post")


READINGS: dict[str, Reading] = {
    "/subscribe": open_stream,
    "/subscribe/{user}/device/{device}": open_stream_by_path,
    "/user/{user}/devices": list_devices,
    "/user/{user}/device/{device}": post,
}
"""Path of an endpoint → what a request there asks for."""


def check_claim(identity: Identity) -> None:
    """Refuse who names no device, or has an id that would break a stream's line or be taken for somebody else's.

    `id` joins the two by a colon (§3), so the first of them has none.
    """
    subject, device = subject_of(identity.user or UserId("")), identity.device or ""
    if not subject or not device or ":" in subject or not (_is_plain(subject) and _is_plain(device)):
        raise errors.NotIdentified()


def check_path(call: Call, identity: Identity) -> None:
    """Refuse a claim for somebody else than a path names, where it names somebody who subscribes."""
    user, device = _addressee(call)
    if (identity.user, identity.device) != (user, device):
        raise ForSomebodyElse()


def _is_plain(text: str) -> bool:
    return len(text) <= MAX_ID_CHARS and text.isprintable()


def _addressee(call: Call) -> tuple[UserId, DeviceId]:
    return user_id(SITE_REALM, call.segments["user"]), DeviceId(call.segments["device"])


def _claims(call: Call, options: Options) -> bool:
    return bool(_token(call) or (options.trust_claim_header and call.vouched and call.headers.get(CLAIM_HEADER)))


def _identification(call: Call, options: Options) -> Identify | Vouch:
    """Return who is said to ask: by the gateway's header where it may be believed, else by a token (§2, §7)."""
    header = call.headers.get(CLAIM_HEADER) if options.trust_claim_header and call.vouched else None
    if header:
        try:
            claim = decoded(_CLAIM, _utf8(header))
        except errors.Malformed:
            raise errors.NotIdentified() from None
        return Vouch(claim.userid, DeviceId(claim.clientid) if claim.clientid else None)
    token = _token(call)
    if not token:
        raise errors.NotIdentified()
    return Identify(token=token)


def _token(call: Call) -> str:
    """Return the token; that of the header wins (§7)."""
    scheme, _, credentials = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and credentials.strip():
        return credentials.strip()
    return call.query.get(TOKEN_PARAMETER, "")


def _utf8(header: str) -> bytes:
    """Return the bytes of a header, which were read as Latin-1."""
    return header.encode("latin-1", "replace")


def _body(call: Call) -> _Post:
    """Return the body by its type; any other type is no body (§4)."""
    if call.body is None:
        raise errors.TooLarge(limit=MAX_BODY_BYTES, unit="bytes")
    kind = call.media_type
    text = call.body.decode(errors="replace")
    if kind == "application/json" and text.strip():
        return _json(text)
    if kind == "application/x-www-form-urlencoded":
        fields = read_form(text)
        return _Post(fields.get("event"), msgspec.Raw(_encoded(fields.get("data"))))
    return _Post()


def _json(text: str) -> _Post:
    raw = text.encode()
    if text.lstrip().startswith("["):
        decoded(_OBJECT, raw)  # an array has neither field
        return _Post()
    return decoded(_POST, raw)


def _said(body: _Post) -> tuple[str, msgspec.Raw]:
    """Return the word and the payload of a post. Raises BadText for no data, or for what cannot be said on a stream."""
    event = "" if body.event is None else string_of(body.event)
    check_word(event)
    raw = bytes(body.data)
    if not raw.startswith((b"{", b"[")) and is_falsy(decoded(_VALUE, raw)):
        raise errors.BadText(problem="it has no data")
    return event, body.data


def _encoded(value: object) -> bytes:
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        raise errors.Malformed(problem="it is not Unicode text") from None
