"""Which messages the site posted lately under a key of its own, so that a request that is made again posts nothing."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256

from palaver.core import errors
from palaver.core.chat import InChannel, Message
from palaver.core.ids import SessionId

KEPT = 256
LOOKED_THROUGH = 100

_HALF = 32


class KeyReused(errors.Conflict):
    """The key stands for a message that said something else."""

    code = "key_reused"
    sentence = "This Idempotency-Key was used for another message in this channel."


def nonce_of(key: str, body: bytes) -> str:
    """Return the nonce of a message that is posted under a key: it tells key and body apart, and nobody either of them."""
    return sha256(key.encode()).hexdigest()[:_HALF] + sha256(body).hexdigest()[:_HALF]


class Spoken:
    """The latest messages of the site that have a nonce; the oldest is forgotten."""

    def __init__(self) -> None:
        self._by_key: OrderedDict[tuple[InChannel, str], Message] = OrderedDict()

    @staticmethod
    def key(place: InChannel, nonce: str) -> tuple[InChannel, str]:
        """Return what two posts under the same key have in common."""
        return place, nonce[:_HALF]

    def note(self, place: InChannel, message: Message) -> None:
        """Remember a message."""
        self._by_key[self.key(place, message.nonce)] = message
        if len(self._by_key) > KEPT:
            self._by_key.popitem(last=False)

    def before(self, place: InChannel, nonce: str) -> Message | None:
        """Return the message that was posted with a nonce. Raises KeyReused where its key was used with another body."""
        return _same(self._by_key.get(self.key(place, nonce)), nonce)


def among(messages: tuple[Message, ...], author: SessionId, nonce: str) -> Message | None:
    """Return the one of an author that was posted with a nonce, as `Spoken.before` does."""
    mine = (each for each in messages if each.author.session == author and each.nonce[:_HALF] == nonce[:_HALF])
    return _same(next(mine, None), nonce)


def _same(found: Message | None, nonce: str) -> Message | None:
    if found is not None and found.nonce != nonce:
        raise KeyReused()
    return found
