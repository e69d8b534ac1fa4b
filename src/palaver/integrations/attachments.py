"""Knows pictures as the messages of a chat know them: an address to attach, and a `data:` address for wires without one."""

from __future__ import annotations

import base64
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from palaver.core.chat import Attachment
from palaver.core.errors import BadPicture
from palaver.integrations.pictures import PictureRefused, PictureStore

ADDRESS: Final = "/v1/pictures/"
DAY_S: Final = 86_400
SHOWN_DAYS: Final = 90
MAX_INLINE_BYTES: Final = 384 * 1024
"""A larger picture is shown by its address: in a frame it would be half of what a reader may leave unread."""
INLINE_KEPT: Final = 32


def expiry(now: float) -> int:
    """Return until when a picture is shown; the same for a whole day, so that browsers keep one copy of it."""
    return (int(now) // DAY_S + SHOWN_DAYS + 1) * DAY_S


class Attachments:
    """The pictures of one store as attachments."""

    def __init__(self, store: PictureStore, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now
        self._inline: OrderedDict[str, str] = OrderedDict()

    async def keep(self, picture: bytes, name: str) -> Attachment:
        """Clean and keep a picture that came in a frame. Raises BadPicture."""
        now = self._now()
        try:
            kept = await self._store.store_json(picture, declared_name=name, now=now)
        except PictureRefused as refused:
            raise BadPicture(problem=refused.sentence) from None
        token = self._store.url_token(kept.content_hash, expires_at=expiry(now))
        return Attachment(ADDRESS + token, kept.mime, name[:255], kept.size_bytes, kept.width, kept.height)

    def inline_url(self, url: str) -> str:
        """Return the picture behind an address of ours as a `data:` address; empty where it is none, gone or too large."""
        if not url.startswith(ADDRESS):
            return ""
        held = self._inline.get(url)
        if held is None:
            held = self._inline[url] = self._read(url.removeprefix(ADDRESS))
            if len(self._inline) > INLINE_KEPT:
                self._inline.popitem(last=False)
        return held

    def _read(self, token: str) -> str:
        try:
            path, mime = self._store.open(token, now=self._now())
            if path.stat().st_size > MAX_INLINE_BYTES:
                return ""
            return f"data:{mime};base64,{base64.b64encode(path.read_bytes()).decode()}"
        except (PictureRefused, OSError):
            return ""
