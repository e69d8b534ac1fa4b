"""Messages to devices."""

from __future__ import annotations

import msgspec
import pytest

from palaver.core import devices, errors
from palaver.core.audience import ToDevice
from palaver.core.devices import PostToDevice
from palaver.core.ids import DeviceId, SessionId, UserId
from palaver.core.participants import Author

BOB = Author(SessionId("bob"), "bob")


def command(word: str) -> PostToDevice:
    return PostToDevice(UserId("site:ana"), DeviceId("phone"), word, msgspec.Raw(b'{"a": 1}'))


def test_a_message_goes_to_one_device_as_it_came() -> None:
    publication = devices.post_to_device(command("ring"), BOB)
    assert publication.audience == ToDevice(UserId("site:ana"), DeviceId("phone"))
    assert b'{"a": 1}' in msgspec.json.encode(publication.event)


@pytest.mark.parametrize("word", ["a\nb", "a\rb", "\x00", "x" * 129])
def test_words_that_would_break_a_stream(word: str) -> None:
    with pytest.raises(errors.BadText):
        devices.post_to_device(command(word), BOB)
