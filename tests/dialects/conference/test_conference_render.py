"""What the server itself says is told to those whose clients can show it."""

from __future__ import annotations

import pytest

from palaver.codecs.socketio import arguments, decode
from palaver.core.base import Event
from palaver.core.chat import Notice
from palaver.core.media import CameraMarked
from palaver.core.operations import RestartAnnounced
from palaver.core.sessions import Position
from palaver.dialects.conference.render import rendering
from palaver.dialects.conference.wire import Era

AT = Position("e1", 7)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Notice("Mind your words."), "Mind your words."),
        (RestartAnnounced(), "The server starts anew in a moment"),
        (CameraMarked(), "Your camera was marked explicit"),
        (CameraMarked(text="Red cameras here."), "Red cameras here."),
    ],
)
def test_the_server_s_own_words_are_messages_of_the_system_in_the_last_era_alone(event: Event, text: str) -> None:
    payload = rendering(Era.OBJECT, lambda: 1.5)(event, AT)
    assert isinstance(payload, bytes)
    name, said = arguments(decode(payload))
    message = said["messageSummary"]
    assert (name, message["content"], message["type"], message["created"]) == ("new-message", text, 2, 1500)
    assert not any(rendering(era, lambda: 1.5)(event, AT) for era in (Era.SEED, Era.ACKED))
