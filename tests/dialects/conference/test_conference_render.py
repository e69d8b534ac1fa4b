"""What the server itself says is told to those whose clients can show it."""

from __future__ import annotations

from uuid import UUID

import pytest

from palaver.codecs.socketio import arguments, decode
from palaver.core.base import Event
from palaver.core.chat import Notice
from palaver.core.ids import RoomId, SessionId
from palaver.core.media import CameraMarked
from palaver.core.operations import RestartAnnounced
from palaver.core.participants import Participant
from palaver.core.sessions import Position
from palaver.core.waiting import WaitingUpdated
from palaver.dialects.conference.render import Moment, rendering, say
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


def test_who_takes_another_name_while_waiting_goes_and_comes_for_clients_that_know_no_more() -> None:
    event = WaitingUpdated(RoomId("r"), Participant(SessionId("0" * 32), "bob", 0, display_name="Rob"))
    for era, gone in ((Era.ACKED, str(UUID(int=0))), (Era.OBJECT, {"participantId": str(UUID(int=0))})):
        left, (came, news) = say(era, event, Moment(AT, 1500))
        assert left == ("participant-left", gone)
        assert (came, news["participant"]["name"]) == ("new-waiting-room-participant", "Rob")
    assert not say(Era.SEED, event, Moment(AT, 1500))
