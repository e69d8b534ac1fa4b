"""Addressed messages to one device of a user, and the list of a user's devices."""

from __future__ import annotations

import msgspec

from palaver.core import errors, opaque
from palaver.core.audience import Publication, ToDevice
from palaver.core.base import Command, Event, Outcome, Query
from palaver.core.ids import DeviceId, UserId
from palaver.core.participants import Author

MAX_WORD_CHARS = 128
MAX_PAYLOAD_BYTES = 256 * 1024


class PostToDevice(Command, frozen=True):
    """Send one message to one device. `word` names its kind; `payload` is any JSON value."""

    user: UserId
    device: DeviceId
    word: str = ""
    payload: msgspec.Raw = msgspec.Raw(b"null")


class ListDevices(Query, frozen=True):
    """Ask on which devices a user can be reached."""

    user: UserId


class FindDevice(Query, frozen=True):
    """Ask whether a user can be reached on a device; refused where not."""

    user: UserId
    device: DeviceId


class DevicePosted(Event, frozen=True):
    """A message for this device.

    Attributes:
        from_device: where the sender can be reached in turn; None for somebody without a device.
    """

    sender: Author
    device: DeviceId
    word: str = ""
    payload: msgspec.Raw = msgspec.Raw(b"null")
    from_device: DeviceId | None = None


class Devices(Outcome, frozen=True):
    """The devices of a user that are connected, in the order in which they came."""

    devices: tuple[DeviceId, ...]


def check_word(word: str) -> None:
    """Refuse a word with control characters, which would end a stream's line, or with more than 128 characters."""
    if len(word) > MAX_WORD_CHARS or any(ord(character) < 32 for character in word):
        raise errors.BadText(problem="its word has control characters or more than 128 characters")


def post_to_device(command: PostToDevice, sender: Author, from_device: DeviceId | None = None) -> Publication:
    """Address a message to a device. Raises BadText for its word; TooLarge or Malformed for its payload."""
    check_word(command.word)
    if len(command.payload) > MAX_PAYLOAD_BYTES:
        raise errors.TooLarge(limit=MAX_PAYLOAD_BYTES, unit="bytes")
    opaque.check(command.payload)
    event = DevicePosted(sender, command.device, command.word, command.payload, from_device)
    return Publication(event, ToDevice(command.user, command.device))
