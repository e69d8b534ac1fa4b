"""Addressed messages to one device of a user, and the list of a user's devices."""

from __future__ import annotations

import msgspec

from palaver.core import errors
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


class DevicePosted(Event, frozen=True):
    """A message for this device."""

    sender: Author
    device: DeviceId
    word: str = ""
    payload: msgspec.Raw = msgspec.Raw(b"null")


class Devices(Outcome, frozen=True):
    """The devices of a user that are connected, in the order in which they came."""

    devices: tuple[DeviceId, ...]


def post_to_device(command: PostToDevice, sender: Author) -> Publication:
    """Address a message to a device; control characters in its word are refused, as they would end a stream's line."""
    if len(command.word) > MAX_WORD_CHARS or any(ord(character) < 32 for character in command.word):
        raise errors.BadText(problem="its word has control characters or more than 128 characters")
    if len(command.payload) > MAX_PAYLOAD_BYTES:
        raise errors.TooLarge(limit=MAX_PAYLOAD_BYTES, unit="bytes")
    event = DevicePosted(sender, command.device, command.word, command.payload)
    return Publication(event, ToDevice(command.user, command.device))
