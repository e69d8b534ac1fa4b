"""Says an event on Beep's wire: the one that a message was posted to a device (§3, and §8 for the older clients)."""

from __future__ import annotations

import msgspec

from palaver.codecs import sse
from palaver.core.base import Event
from palaver.core.devices import DevicePosted
from palaver.core.ids import subject_of
from palaver.core.sessions import Position
from palaver.dialects.base import Payload
from palaver.dialects.beep.scripts import encode_uri, string_of

_VALUE = msgspec.json.Decoder()


def render(event: Event, position: Position) -> Payload | None:
    """Return the frame of a post; None for everything else, which this wire has no word for."""
    if not isinstance(event, DevicePosted):
        return None
    # Without a word there is no `event` line, so that `onmessage` of an EventSource hears it.
    return sse.event(_data(event), event=event.word or None, id=_sender(event))


def _data(event: DevicePosted) -> str:
    """Return the one line of data: encoded, but for an object without a word, which the older clients parse as it is."""
    raw = bytes(event.payload)
    if not raw.startswith((b"{", b"[")):
        return encode_uri(string_of(_VALUE.decode(raw)))
    compact = msgspec.json.format(raw, indent=-1).decode(errors="replace")
    return encode_uri(compact) if event.word else compact


def _sender(event: DevicePosted) -> str:
    """Return `user:device`. Of somebody from another wire, who has no device, the handle and the session."""
    sender = event.sender
    user = subject_of(sender.user) if sender.user is not None else sender.handle
    return f"{_plain(user.replace(':', '%3A'))}:{_plain(event.from_device or sender.session)}"


def _plain(text: str) -> str:
    """Return text for a stream's line, with what could end it percent-encoded: other wires are freer in their names."""
    return text if text.isprintable() else encode_uri(text)
