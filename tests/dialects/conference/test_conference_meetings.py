"""Meetings that nobody planned: whatever three clients of three eras call, in whatever order, nothing of ours fails."""

from __future__ import annotations

import json
from typing import Any

import structlog
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes import driven
from tests.transcripts.connections import Closed
from tests.transcripts.http import CONFERENCE, Asked
from tests.transcripts.replay import Transcript
from tests.transcripts.stages import PureStage
from tests.transcripts.wires import WIRES

from palaver.core.ids import RoomId, SessionId
from palaver.core.room_names import room_digest
from palaver.dialects.conference.asks import OBJECT, POSITIONAL
from palaver.dialects.conference.identifiers import key_of, participant_id, session_of
from palaver.dialects.conference.wire import Era

PEOPLE = {"seed": Era.SEED, "acked": Era.ACKED, "object": Era.OBJECT}
TEXTS = st.sampled_from(["", "hello", "everyone", "accept", "reject", "main", "webrtc", "sending", "😀"])
Whom = st.sampled_from(["$seed", "$acked", "$object", "nobody"])
VALUES = TEXTS | Whom | st.booleans() | st.integers(-1, 9) | st.none()
SIGNAL = {"kind": "offer", "description": {"type": "offer", "sdp": "v=0"}}
Whoever = st.fixed_dictionaries({"participantId": Whom})
Changes = st.fixed_dictionaries(
    {}, optional={"waitingRoom": st.booleans(), "name": TEXTS, "hostDisconnectAction": st.integers(0, 1)}
)
Message = st.just("$message")
Written = st.one_of(
    st.fixed_dictionaries({"type": st.just(0), "group": TEXTS, "content": TEXTS}),
    st.fixed_dictionaries({"type": st.just(1), "to": Whom, "content": TEXTS}),
)
SUITED: dict[str, tuple[list[st.SearchStrategy[Any]], st.SearchStrategy[Any]]] = {
    "join-room": ([st.just("$room"), TEXTS], st.fixed_dictionaries({"roomId": st.just("$room"), "name": TEXTS})),
    "kick-participant": ([Whom], Whoever),
    "transfer-host": ([Whoever], Whoever),
    "waiting-room-decision": ([Whom, TEXTS], st.fixed_dictionaries({"id": Whom, "decision": TEXTS})),
    "update-room-settings": ([Changes], st.fixed_dictionaries({"newSettings": Changes})),
    "send-message": ([TEXTS | Whom, TEXTS], st.fixed_dictionaries({"messageInput": Written})),
    "edit-message": ([Message, TEXTS], st.fixed_dictionaries({"messageId": Message, "newContent": TEXTS})),
    "delete-message": ([Message], st.fixed_dictionaries({"messageId": Message})),
    "change-name": ([TEXTS], st.fixed_dictionaries({"newName": TEXTS})),
    "update-mediaState": ([st.just({"cameraEnabled": True})], st.just({"screen": True})),
    "react-message": (
        [Message],
        st.fixed_dictionaries({"messageId": Message, "type": st.integers(0, 8), "on": st.booleans()}),
    ),
    "signal": ([Whom], st.fixed_dictionaries({"to": Whom, "about": TEXTS, "signal": st.just(SIGNAL)})),
    "request-mute": ([Whoever], Whoever),
    "rename-participant": ([Whoever], st.fixed_dictionaries({"participantId": Whom, "newName": TEXTS})),
    "leave": ([], st.just({})),
    "end-room": ([], st.just({})),
    "create-group": ([Whom], st.fixed_dictionaries({"name": TEXTS, "members": st.lists(Whom, max_size=3)})),
}
WORDS = [*sorted(POSITIONAL.keys() | OBJECT.keys()), "leave", "is lost", "time passes"]
ANYTHING = st.lists(VALUES | st.dictionaries(TEXTS, VALUES, max_size=2), max_size=3)


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, str, list[Any], bool]:
    """A call of somebody, whose arguments mostly suit it."""
    who = draw(st.sampled_from(list(PEOPLE)))
    name = draw(st.sampled_from(WORDS) | st.sampled_from(sorted(SUITED)))
    if name not in SUITED or draw(st.integers(0, 5)) == 0:
        return who, name, draw(ANYTHING), draw(st.booleans())
    positional, one_object = SUITED[name]
    return who, name, draw(st.tuples(one_object) if who == "object" else st.tuples(*positional)), draw(st.booleans())


class Meeting:
    """A room made by a client of the last era, in which all three sit until something else happens."""

    def __init__(self) -> None:
        self.stage = PureStage(Transcript("here", {"given": {"wire": "conference"}}, []))
        self.known: dict[str, str] = {}
        self.sessions: set[SessionId] = set()
        self.number = 0
        for who in PEOPLE:
            self.come(who)
        (made,) = self.say("object", "create-room", {"name": "Standup"})
        self.known["$room"] = made[1]["id"]
        self.say("object", "join-room", {"roomId": "$room", "name": "o"}, ack=True)
        self.say("acked", "join-room", "$room", "a", {}, ack=True)
        self.say("seed", "join-room", "$room", "s")

    def come(self, who: str) -> None:
        driven(self.stage.connect(who, "", WIRES["conference"]))
        driven(self.stage.send(who, "40{}"))
        (session,) = {card.session for card in self.stage.world.hub.presence.sessions()} - self.sessions
        self.sessions.add(session)
        self.known[f"${who}"] = participant_id(session)
        self.hears()

    def say(self, who: str, *event: Any, ack: bool = False) -> list[Any]:
        self.number += 1
        text = json.dumps(event)
        for name, value in self.known.items():
            text = text.replace(name, value)
        driven(self.stage.send(who, f"42{self.number if ack else ''}{text}"))
        return self.hears().get(who, [])

    def hears(self) -> dict[str, list[Any]]:
        """Read all that everybody is told, and remember the latest message."""
        told: dict[str, list[Any]] = {}
        for who, connection in self.stage._connections.items():
            while connection.inbox:
                frame = connection.inbox.popleft()
                if isinstance(frame, Closed):
                    connection.over(frame.code, clean=True)
                    continue
                event = WIRES["conference"].read(frame)
                told.setdefault(who, []).append(event)
                text = json.dumps(event)
                assert '"status": 500' not in text, event
                if isinstance(event, list) and event[0] in ("new-room-message", "new-direct-message"):
                    self.known["$message"] = event[1]["id"]
        return told


@settings(max_examples=40, deadline=None)
@given(st.lists(calls(), min_size=10, max_size=50))
def test_no_call_is_too_much_for_a_meeting(said: list[tuple[str, str, Any, bool]]) -> None:
    with structlog.testing.capture_logs() as logged:
        meeting = Meeting()
        for who, name, arguments, ack in said:
            if name == "time passes":
                meeting.stage.clock.advance(61)
            elif name == "is lost":
                driven(meeting.stage.part(who, clean=False))
                meeting.come(who)
            else:
                meeting.say(who, name, *arguments, ack=ack)
        meeting.hears()
    assert [entry for entry in logged if entry["log_level"] == "error"] == []


ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    VALUES | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "key", "x"]), inner, max_size=3),
    max_leaves=9,
)
PROOFS = ANY_JSON | st.fixed_dictionaries({"id": Whom, "key": st.sampled_from(["$key", "", "é"])})
BODIES = st.one_of(
    ANY_JSON,
    st.fixed_dictionaries(
        {"from": PROOFS},
        optional={"to": Whom | TEXTS | ANY_JSON, "content": TEXTS | ANY_JSON, "messageId": Message | ANY_JSON},
    ),
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["send", "edit", "delete"]), st.sampled_from(["$hash", "no"]), BODIES), max_size=6
    )
)
def test_no_body_is_too_much_for_the_message_api(said: list[tuple[str, str, Any]]) -> None:
    meeting = Meeting()
    meeting.known["$hash"] = room_digest(RoomId(meeting.known["$room"]))
    meeting.known["$key"] = key_of(CONFERENCE.secret, session_of(meeting.known["$seed"]))
    for verb, room, body in said:
        text, path = json.dumps(body), f"/api/{room}/{verb}"
        for name, value in meeting.known.items():
            text, path = text.replace(name, value), path.replace(name, value)
        asked = Asked("POST", path, [("Content-Type", "application/json")], text.encode())
        answer = driven(meeting.stage.http.ask("eve", asked))
        assert answer.status in (200, 400, 403, 404, 413, 429), answer
        held = json.loads(answer.body)
        assert held["success"] is (answer.status == 200)
        assert bool(held["error"]) is (answer.status != 200)
        meeting.hears()
