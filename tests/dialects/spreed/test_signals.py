"""Parts of calls between clients of this wire and those of others: what they are about, and for how long (§3.11, §3.17)."""

from __future__ import annotations

import msgspec
import pytest
from tests.dialects.spreed.talk import Caller, Talk, of
from tests.fakes import Person

from palaver.core.calls import Answer, AnySignal, Candidate, Hangup, JoinCall, LeaveCall, Offer, SendSignal
from palaver.core.ids import RoomId
from palaver.core.media import OpenCamera
from palaver.core.participants import BySession

CONFERENCES = {"room_types": [["^conf/", "Conference"]]}
SDP = {"type": "offer", "sdp": "v=0"}


def raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


class Meeting:
    """A client of this wire and one of the native wire in a room."""

    def __init__(self, room: str = "garden") -> None:
        self.talk = Talk(options=CONFERENCES)
        self.ann: Caller = self.talk.enter(room)
        self.ned: Person = self.talk.world.open("ned", room)
        self.ann.hears()
        ids = self.talk.site.proofs.ids
        self.ned_id, self.to_ann = ids.id_of(self.ned.id), BySession(ids.session_of(self.ann.id))
        self.room = RoomId(room)

    def sends(self, signal: AnySignal, about: str = "") -> None:
        self.ned.ask(SendSignal(self.to_ann, signal, about))

    def open_camera(self) -> None:
        """Let ned watch ann's camera."""
        self.ned.ask(OpenCamera(self.to_ann))
        self.ann.hears()

    def about(self, word: str = "Offer") -> list[str]:
        """Return what ned is told that a signal of ann's is about."""
        self.ned.hears()
        self.ann.says(word, SDP, To=self.ned_id)
        return [each.get("about", "") for each in self.ned.hears() if each["type"] == "signal_sent"]


@pytest.fixture
def meeting() -> Meeting:
    return Meeting()


def test_a_call_between_two_is_about_nothing(meeting: Meeting) -> None:
    assert meeting.about() == [""]
    meeting.sends(Answer(raw('{"type":"answer","sdp":"v=0"}')))
    assert of(meeting.ann.hears(), "Answer")[0]["Answer"]["sdp"] == "v=0"
    assert meeting.about("Candidate") == [""]


def test_whoever_calls_back_after_a_camera_was_shown_calls(meeting: Meeting) -> None:
    meeting.open_camera()
    meeting.sends(Offer(raw('{"type":"offer","sdp":"v=0"}')), "camera")
    assert meeting.about("Answer") == ["camera"]
    meeting.sends(Hangup(), "camera")
    meeting.ann.hears()
    assert meeting.about() == [""]


def test_a_bye_ends_what_a_call_was_about(meeting: Meeting) -> None:
    meeting.open_camera()
    meeting.sends(Offer(raw('{"type":"offer","sdp":"v=0"}')), "camera")
    assert meeting.about("Bye") == ["camera"]
    assert meeting.about() == [""]


def test_a_call_of_a_room_ends_with_being_in_it() -> None:
    meeting = Meeting("conf/daily")
    meeting.ned.ask(JoinCall(meeting.room))
    meeting.ann.hears()
    meeting.sends(Offer(raw('{"type":"offer","sdp":"v=0"}')), "call")
    assert of(meeting.ann.hears(), "Offer")[0]["Offer"] == {**SDP, "_conference": "Conference:conf/daily"}
    assert meeting.about("Answer") == ["call"]
    meeting.ned.ask(LeaveCall(meeting.room))
    meeting.ann.enters("garden")
    assert meeting.about() == [""]


@pytest.mark.parametrize("description", ["{}", "{ }", '"x"', '{"_conference":"other"}'])
def test_no_description_breaks_the_frame_around_it(description: str) -> None:
    meeting = Meeting("conf/daily")
    meeting.ned.ask(JoinCall(meeting.room))
    meeting.ann.hears()
    meeting.sends(Offer(raw(description)), "call")
    (offer,) = of(meeting.ann.hears(), "Offer")
    assert offer["To"] == meeting.ann.id


@pytest.mark.parametrize("candidate", ["null", '{"candidate":""}', '{"candidate":"","sdpMid":"0"}'])
def test_the_end_of_candidates_is_not_told(meeting: Meeting, candidate: str) -> None:
    meeting.sends(Candidate(raw(candidate)))
    assert meeting.ann.hears() == []


def test_a_candidate_of_another_wire_gets_the_type_that_clients_look_for(meeting: Meeting) -> None:
    meeting.sends(Candidate(raw('{"candidate":"candidate:1","sdpMid":"0","sdpMLineIndex":0}')))
    (told,) = of(meeting.ann.hears(), "Candidate")
    assert told["Candidate"] == {"type": "candidate", "candidate": "candidate:1", "sdpMid": "0", "sdpMLineIndex": 0}


@pytest.mark.parametrize(
    ("description", "what"),
    [
        (
            '{"type":"offer","sdp":"v=0","file":{"name":"plan.pdf","mime":"application/pdf","bytes":9}}',
            "the file plan.pdf",
        ),
        ('{"type":"offer","sdp":"v=0"}', "something"),
        ('{"file":7}', "something"),
        ('"7"', "something"),
    ],
)
def test_an_offer_of_a_file_does_not_ring_as_a_call(meeting: Meeting, description: str, what: str) -> None:
    meeting.sends(Offer(raw(description)), "file:1")
    (line,) = meeting.ann.hears()
    assert line["Data"]["Chat"]["Message"] == f"(offers {what}, which needs the page of this server)"
    assert (line["From"], line["Data"]["To"]) == (meeting.ned_id, meeting.ann.id)
    meeting.sends(Candidate(raw('{"candidate":"candidate:1"}')), "file:1")
    meeting.sends(Hangup("cancelled"), "file:1")
    assert meeting.ann.hears() == []
    assert meeting.about() == [""]
