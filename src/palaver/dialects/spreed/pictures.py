"""Buddy pictures: each session's latest, in memory as far as a budget goes, named without telling whose (§1.15, §3.8)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections import OrderedDict

import msgspec

from palaver.core import errors
from palaver.core.ids import SessionId
from palaver.dialects.spreed.seals import derived, letters

MAX_PICTURE_BYTES = 512 * 1024
BUDGET_BYTES = 64 * 1024 * 1024

_URL = re.compile(r"data:(image/[a-z]+);base64,([A-Za-z0-9+/]+={0,2})")
_KINDS: dict[str, tuple[str, re.Pattern[bytes]]] = {
    "image/png": ("picture.png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    "image/jpeg": ("picture.jpg", re.compile(rb"\xff\xd8\xff")),
    "image/gif": ("picture.gif", re.compile(rb"GIF8[79]a")),
    "image/webp": ("picture.webp", re.compile(rb"RIFF....WEBP", re.DOTALL)),
}
"""What may be shown → the name at the end of its address, and how its bytes begin."""


class NoPicture(errors.Invalid):
    """A data URL that is not a picture which can be shown."""

    code = "no_picture"
    sentence = "This picture cannot be shown; PNG, JPEG, GIF and WebP can, up to 512 KiB."


class UnknownPicture(errors.Missing):
    """No session shows a picture under that id."""

    code = "unknown_picture"
    sentence = "Unknown image"


class Picture(msgspec.Struct, frozen=True):
    """One picture, with when it was changed (Unix seconds)."""

    session: SessionId
    kind: str
    body: bytes
    change: str
    changed_s: float


class Pictures:
    """The pictures of all sessions, up to a budget; the one shown or changed longest ago goes first."""

    def __init__(self, secret: bytes, budget_bytes: int = BUDGET_BYTES) -> None:
        self._key = derived("spreed picture", secret)
        self._budget_bytes = budget_bytes
        self._held: OrderedDict[str, Picture] = OrderedDict()
        self.size_bytes = 0

    def keep(self, session: SessionId, url: str, *, now: float) -> str:
        """Keep a data URL's picture in place of the session's older one; return the `img:` that stands for it.

        The same picture keeps its name, so that browsers need not fetch it again. Raises NoPicture.
        """
        kind, body = _read(url)
        image = self.image_of(session)
        change = letters(hashlib.sha256(kind.encode() + b"\0" + image.encode() + body).digest()[:9])
        held = self._held.get(image)
        if held is None or held.change != change:
            self.drop(session)
            self._held[image] = Picture(session, kind, body, change, now)
            self.size_bytes += len(body)
        self._held.move_to_end(image)
        while self.size_bytes > self._budget_bytes:
            _, oldest = self._held.popitem(last=False)
            self.size_bytes -= len(oldest.body)
        return f"img:{image}/{change}/{_KINDS[kind][0]}"

    def find(self, image: str) -> Picture:
        """Return the picture that is shown under an id now. Raises UnknownPicture."""
        found = self._held.get(image)
        if found is None:
            raise UnknownPicture()
        self._held.move_to_end(image)
        return found

    def drop(self, session: SessionId) -> None:
        """Forget a session's picture; harmless without one."""
        found = self._held.pop(self.image_of(session), None)
        if found is not None:
            self.size_bytes -= len(found.body)

    def image_of(self, session: SessionId) -> str:
        """Return the id under which a session's pictures are shown: 20 letters, from which nobody can tell whose."""
        return letters(hmac.digest(self._key, session.encode(), "sha256")[:15])


def _read(url: str) -> tuple[str, bytes]:
    if len(url) > MAX_PICTURE_BYTES * 4 // 3 + 100 or (found := _URL.fullmatch(url)) is None:
        raise NoPicture()
    kind = found[1]
    try:
        body = base64.b64decode(found[2], validate=True)
    except binascii.Error:
        raise NoPicture() from None
    # What it says it is, it must be: pages of this origin show it.
    if kind not in _KINDS or not _KINDS[kind][1].match(body) or len(body) > MAX_PICTURE_BYTES:
        raise NoPicture()
    return kind, body
