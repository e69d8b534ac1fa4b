"""One native connection: nothing to remember but the id of a frame that could not be read."""

from __future__ import annotations

import msgspec

from palaver.core.base import Outcome
from palaver.core.errors import Refusal
from palaver.dialects.base import UNREADABLE, Payload, Request, whole_characters
from palaver.dialects.native.interpret import ask_id, decode, unreadable
from palaver.dialects.native.wire import RefusalDetail, RefusalFrame, ReplyFrame

_encoder = msgspec.json.Encoder(order="deterministic")


class NativeTranslator:
    """Translates between `palaver.v1` frames and the core; see `docs/dialects/native.md`."""

    __slots__ = ("_unread_id",)

    def __init__(self) -> None:
        self._unread_id: int | None = None

    def interpret(self, payload: Payload) -> list[Request]:
        """Return the one request of a frame. Raises `Malformed` or `UnknownWord`."""
        try:
            return [decode(payload)]
        except UNREADABLE as error:
            mended = whole_characters(payload)
            if mended != payload:
                return self.interpret(mended)
            self._unread_id = ask_id(payload)
            raise unreadable(payload, error) from None

    def acknowledge(self, request: Request, outcome: Outcome) -> list[Payload]:
        """Return the reply, unless the ask had no id."""
        if request.reply_to is None:
            return []
        return [_encoder.encode(ReplyFrame(request.reply_to, outcome))]  # type: ignore[arg-type]

    def refuse(self, request: Request | None, refusal: Refusal) -> list[Payload]:
        """Return the refusal, with the ask's id where it is known."""
        if request is None:
            reply, self._unread_id = self._unread_id, None
        else:
            reply = request.reply_to if isinstance(request.reply_to, int) else None
        detail = RefusalDetail(refusal.code, refusal.text, refusal.params)
        return [_encoder.encode(RefusalFrame(reply, detail))]
