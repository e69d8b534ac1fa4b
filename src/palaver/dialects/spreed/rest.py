"""The REST calls that are about no session: configuration, access codes, random rooms, discovery, pictures (§1.6 to §1.15).

Every answer is JSON, also where something is refused, except the texts of 404 that §1.7 names, and pictures.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import formatdate, parsedate_to_datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl

import msgspec

from palaver.core import errors
from palaver.core.base import Outcome
from palaver.core.errors import Refusal
from palaver.core.presentation import Found, LookUp
from palaver.dialects.base import Answer, Call, Request
from palaver.dialects.spreed.options import told
from palaver.dialects.spreed.pictures import UnknownPicture
from palaver.dialects.spreed.site import Site

JSON = ("Content-Type", "application/json; charset=utf-8")
TEXT = ("Content-Type", "text/plain; charset=utf-8")
NO_STORE = ("Cache-Control", "no-store")

MAX_CODE_BYTES = 100
MAX_FORM_FIELDS = 100
PICTURE_KEPT_S = 24 * 3600
ROOM_CHARS = 11

_HOST = re.compile(r"[A-Za-z0-9.\-_]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_NO_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class RestError(Refusal):
    """A refusal with this API's own code and status (§1.7)."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__()
        self.status, self.code, self.message = status, code, message


class NotHere(Refusal):
    """An address that is switched off; the one answer that is no JSON (§1.7)."""

    code = "not_here"
    sentence = "404 page not found"


class Operation(Protocol):
    """What one call asks for, and how it is answered."""

    def asks(self) -> Iterator[Request]:
        """Yield what is asked of the hub, often nothing. Raises a Refusal."""
        ...

    def answer(self, outcome: Outcome | None) -> Answer:
        """Return the answer once everything is done. Raises a Refusal."""
        ...

    def refuse(self, refusal: Refusal) -> Answer | None:
        """Return the answer to a refusal that means something particular here; None for the general one."""
        ...


class _Plain:
    """A call that asks the hub for nothing."""

    def __init__(self, site: Site, call: Call) -> None:
        self.site = site
        self.call = call

    def asks(self) -> Iterator[Request]:
        return iter(())

    def answer(self, outcome: Outcome | None) -> Answer:
        raise NotImplementedError

    def refuse(self, refusal: Refusal) -> Answer | None:
        return None


class ShowConfiguration(_Plain):
    """`GET /api/v1/config` (§1.8)."""

    def answer(self, outcome: Outcome | None) -> Answer:
        options = self.site.options()
        return json_answer(told(options, base_of(self.call, options.base_path)))


class CheckCode(_Plain):
    """`POST /api/v1/tokens` (§1.9)."""

    def answer(self, outcome: Outcome | None) -> Answer:
        given = "" if self.call.body is None else self.call.query.get("a") or form_of(self.call).get("a", "")
        if self.call.body is None or len(given.encode(errors="replace")) > MAX_CODE_BYTES:
            raise RestError(413, "auth_too_large", "The access code is too long.")
        code = given.strip().lower()
        # A site without codes has none that could be right.
        if not code or self.site.codes is None or not self.site.codes.holds(code):
            raise RestError(403, "invalid_token", "That is not an access code of this site.")
        return json_answer({"success": True, "token": code})


class NameRoom(_Plain):
    """`POST /api/v1/rooms`: a name that nobody has thought of; the room itself is made by who joins it first (§1.10)."""

    def answer(self, outcome: Outcome | None) -> Answer:
        form_of(self.call)  # nothing is asked for in it, and what is no form is refused all the same (§1.1)
        number, name = int(self.site.new_hex(), 16), ""
        for _ in range(ROOM_CHARS):
            number, at = divmod(number, len(_LETTERS))
            name += _LETTERS[at]
        return json_answer({"success": True, "name": name, "url": address_of(self.call, self.site) + name})


class Discover(_Plain):
    """`GET /.well-known/spreed-configuration` (§1.6)."""

    def answer(self, outcome: Outcome | None) -> Answer:
        return json_answer({"spreed-webrtc_endpoint": address_of(self.call, self.site).rstrip("/")})


class ShowPicture(_Plain):
    """`GET /static/img/buddy/{flags}/{imageid}/{idx}`: by the id of the image alone, in the size it has (§1.15)."""

    def asks(self) -> Iterator[Request]:
        """Ask whether the session is there still: its picture ends with it."""
        yield Request(LookUp(self.site.pictures.find(self.call.segments["imageid"]).session))

    def answer(self, outcome: Outcome | None) -> Answer:
        picture = self.site.pictures.find(self.call.segments["imageid"])
        if not (isinstance(outcome, Found) and outcome.people):
            self.site.pictures.drop(picture.session)
            raise UnknownPicture()
        now = self.site.now()
        tag = f'"{picture.change}"'
        headers = [
            ("Content-Type", picture.kind),
            ("ETag", tag),
            ("Last-Modified", formatdate(picture.changed_s, usegmt=True)),
            ("Expires", formatdate(now + PICTURE_KEPT_S, usegmt=True)),
            ("Cache-Control", f"public, no-transform, max-age={PICTURE_KEPT_S}"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if now - picture.changed_s >= 1:
            headers.append(("Age", str(int(now - picture.changed_s))))
        if _is_held(self.call, tag, picture.changed_s):
            return Answer(304, b"", tuple(headers))
        return Answer(200, picture.body, tuple(headers))

    def refuse(self, refusal: Refusal) -> Answer | None:
        return text_answer(404, refusal.text) if isinstance(refusal, UnknownPicture) else None


def json_answer(value: Any, status: int = 200, *headers: tuple[str, str]) -> Answer:
    """Return JSON that stands as it is in a page, too: two spaces, and no letter that markup knows."""
    body = msgspec.json.format(msgspec.json.encode(value), indent=2)
    for char in b"<>&":
        body = body.replace(bytes((char,)), b"\\u%04x" % char)
    return Answer(status, body + b"\n", (JSON, NO_STORE, *headers))


def error_answer(status: int, code: str, message: str, *headers: tuple[str, str]) -> Answer:
    """Return the one shape of errors (§1.7)."""
    return json_answer({"code": code, "message": message, "success": False}, status, *headers)


def text_answer(status: int, text: str) -> Answer:
    """Return a line of text."""
    return Answer(status, text.encode() + b"\n", (TEXT, NO_STORE))


def form_of(call: Call) -> dict[str, str]:
    """Return the fields of an urlencoded body, of several values the first; none of any other body."""
    if call.media_type != "application/x-www-form-urlencoded":
        return {}
    return fields(body_of(call))


def fields(body: bytes) -> dict[str, str]:
    """Return the fields of a form. Raises Malformed where it is none."""
    if _NO_ESCAPE.search(body):
        raise errors.Malformed(problem="the form")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS, errors="strict")
    except ValueError:
        raise errors.Malformed(problem="the form") from None
    return dict(reversed(pairs))


def body_of(call: Call) -> bytes:
    """Return the body. Raises TooLarge for one that was not read."""
    if call.body is None:
        raise RestError(413, "request_too_large", "The request is too large.")
    return call.body


def is_secure(call: Call) -> bool:
    """Return whether the client's connection is encrypted, as far as a proxy of ours or the socket says."""
    forwarded = call.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower() if call.vouched else ""
    return forwarded == "https" if forwarded else call.secure


def host_of(call: Call) -> str:
    """Return the host that the client asked, with its port; what cannot be one is not repeated."""
    host = call.headers.get("host", "")
    return host if _HOST.fullmatch(host) else "localhost"


def base_of(call: Call, base_path: str) -> str:
    """Return `B`: where everything is, from the root of the host, as the client came."""
    if call.prefix.lower().endswith(("/spreed", base_path.lower().rstrip("/") or "/spreed")):
        return call.prefix + "/"
    return call.prefix + base_path


def address_of(call: Call, site: Site) -> str:
    """Return the absolute address of `B`."""
    scheme = "https" if is_secure(call) else "http"
    return f"{scheme}://{host_of(call)}{base_of(call, site.options().base_path)}"


def _is_held(call: Call, tag: str, changed_s: float) -> bool:
    """Return whether the client has the picture already (RFC 9110 §13)."""
    tags = call.headers.get("if-none-match")
    if tags is not None:
        return any(each.strip().removeprefix("W/") in (tag, "*") for each in tags.split(","))
    try:
        since = parsedate_to_datetime(call.headers.get("if-modified-since", ""))
    except (TypeError, ValueError):
        return False
    return since.tzinfo is not None and int(changed_s) <= since.timestamp()
