"""What the server, or somebody through it, says to one client (docs/dialects/spreed.md §3.4)."""

from __future__ import annotations

import pytest
from tests.dialects.spreed.talk import Talk, of
from tests.fakes import LOBBY

from palaver.core.audience import Publication, ToSessions
from palaver.core.base import Event
from palaver.core.chat import Notice
from palaver.core.ids import SessionId
from palaver.core.media import CameraMarked, CameraStopped, MuteRequested
from palaver.core.operations import RestartAnnounced, restart_announced
from palaver.core.participants import Author
from palaver.dialects.spreed.notices import NOTICES

EVE = Author(SessionId("e" * 32), "eve", "Eve", None)
SAID = [
    (Notice("Your message was not passed on."), "(server) Your message was not passed on."),
    (CameraStopped(EVE), "(server) eve ends your camera. Please switch it off."),
    (CameraStopped(Author(SessionId("e" * 32), "")), "(server) The site ends your camera. Please switch it off."),
    (MuteRequested(LOBBY, EVE), "(server) eve asks you to switch your microphone off."),
    (CameraMarked(EVE), "(server) Your camera was marked explicit."),
    (CameraMarked(text="Rules of the site."), "(server) Rules of the site."),
]


@pytest.mark.parametrize(("event", "text"), SAID, ids=[type(event).__name__ for event, _ in SAID])
def test_what_the_server_says_to_one_is_a_line_from_nobody(event: Event, text: str) -> None:
    talk = Talk()
    ann, bob = talk.enter("garden"), talk.enter("garden")
    ann.hears()
    talk.world.hub.tell(Publication(event, ToSessions((talk.site.proofs.ids.session_of(ann.id),))))
    (frame,) = ann.hears()
    assert (frame["Data"]["To"], frame["Data"]["Chat"]["Message"]) == ("", text)
    assert frame["From"] not in ann.sees()
    # Whoever answers reaches nobody, and learns nothing.
    assert [each["Chat"]["Status"] for each in of(ann.chats("why?", frame["From"], Mid="m"), "Chat")] == [
        {"State": "sent"}
    ]
    assert bob.hears() == []


def test_everybody_is_told_before_the_server_starts_anew() -> None:
    talk = Talk()
    ann = talk.enter("garden")
    talk.world.hub.tell(restart_announced())
    assert [each["Chat"]["Message"] for each in of(ann.hears(), "Chat")] == [
        "(server) The server starts anew in a moment."
    ]


def test_each_of_them_is_tried() -> None:
    assert {type(event) for event, _ in SAID} | {RestartAnnounced} == NOTICES
