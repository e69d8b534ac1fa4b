"""Each hole that the original's wire had (docs/dialects/spreed.md §7) is closed; the tests bear the names of the holes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.dialects.spreed.talk import Caller, Talk, of
from tests.fakes import World

from palaver.core.calls import IceServers
from palaver.core.filters import MessageFilter
from palaver.core.ids import RoomId, UserId
from palaver.core.moderation import Kick
from palaver.core.participants import BySession
from palaver.dialects.spreed.chats import reworded
from palaver.dialects.spreed.users import combo_secret
from palaver.hub.admission import Admission
from palaver.integrations.patterns import compiled
from palaver.transports.connection import HttpRefusal, PeerInfo

PICTURE = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"x" * 40).decode()
KEY = "vector-shared-secret"
USERS = {"users": True, "mode": "sharedsecret", "shared_secret": KEY, "registration": True}


@pytest.fixture
def talk() -> Talk:
    return Talk()


def two(talk: Talk, room: str = "garden") -> tuple[Caller, Caller]:
    """Return two who sit in a room and have heard that."""
    ann, bob = talk.enter(room), talk.enter(room)
    ann.hears()
    return ann, bob


def logged_in(talk: Talk, userid: str) -> Caller:
    """Return a client that is a user's."""
    caller = talk.connect()
    session = talk.site.proofs.ids.session_of(caller.id)
    nonce = talk.site.proofs.tokens.nonce(session, UserId(f"spreed:{userid}"), now=talk.site.now())
    assert caller.asks("Authentication", {"Userid": userid, "Nonce": nonce})["Userid"] == userid
    return caller


# -- what others are told (§7.3) --------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["Offer", "Answer", "Candidate", "Bye"])
@pytest.mark.parametrize("forged", ["Self", "Error", "Left", "Welcome", None, 7])
def test_a_bye_with_type_self_spoofs_no_document_of_the_server(talk: Talk, word: str, forged: Any) -> None:
    ann, bob = two(talk)
    ann.sends({"Type": word, word: {"Type": forged, "To": bob.id, word: {"type": "x", "sdp": "y"}, "Token": "t"}})
    (told,) = bob.hears()
    assert told["Data"] == {"Type": word, "To": bob.id, word: {"type": "x", "sdp": "y"}}
    assert (told["From"], told["To"]) == (ann.id, bob.id)


def test_a_chat_with_another_type_or_time_is_a_chat_of_now(talk: Talk) -> None:
    ann, bob = two(talk)
    ann.sends({"Type": "Chat", "Chat": {"Type": "Self", "To": "", "Chat": {"Message": "hi", "Time": "1999"}}})
    (told,) = of(bob.hears(), "Chat")
    assert told["Chat"]["Time"].startswith("2026-01-01T00:00:0")


def test_a_contact_request_to_a_room_makes_nobody_a_contact(talk: Talk) -> None:
    ann, bob = two(talk)
    forged = {"ContactRequest": {"Id": "1", "Success": True, "Userid": "boss", "Token": "t"}}
    ann.chats("hi", Status=forged)
    (told,) = of(bob.hears(), "Chat")
    assert told["Chat"]["Status"] == {}


@pytest.mark.parametrize("kind", ["Conference", "Other", "room", "x" * 300])
def test_a_type_of_its_own_choice_makes_no_other_room_of_the_name(talk: Talk, kind: str) -> None:
    ann = talk.enter("garden")
    bob = talk.connect()
    welcome = bob.enters("garden", Type=kind)
    assert welcome["Room"]["Type"] == "Room"
    assert ann.id in [each["Id"] for each in welcome["Users"]]


def test_a_type_does_not_pass_by_a_default_room_that_is_off() -> None:
    caller = Talk(options={"default_room_enabled": False}).connect()
    assert caller.enters("", Type="Conference")["Code"] == "default_room_disabled"


# -- who is where (§2.4, §3.6) ----------------------------------------------------------------------------------------


def test_no_ghost_member_after_a_replaced_connection_went_elsewhere(talk: Talk) -> None:
    ann, bob = two(talk)
    again = talk.connect(ann.me["Token"])
    assert again.id == ann.id
    assert ann.hears() == [{"closed": 4001}]
    assert bob.hears() == []
    again.enters("shed")
    assert [each["Status"] for each in of(bob.hears(), "Left")] == ["soft"]
    assert bob.sees() == [bob.id]


def test_no_ghost_member_after_a_failed_return_to_the_same_room(talk: Talk) -> None:
    ann, bob = two(talk)
    ann.asks("Room", {"Name": "garden", "Credentials": {"PIN": "4711"}})
    assert bob.enters("garden")["Code"] == "authorization_required"
    assert [each["Id"] for each in of(ann.hears(), "Left")] == [bob.id]
    ann.chats("are you there?")
    assert bob.hears() == []
    assert ann.sees() == [ann.id]


def test_who_is_refused_one_room_is_in_no_other(talk: Talk) -> None:
    ann, bob = two(talk)
    talk.enter("vault", Credentials={"PIN": "1"})
    assert bob.enters("vault")["Code"] == "authorization_required"
    assert of(ann.hears(), "Left")
    assert bob.asks("Users", {})["Code"] == "not_in_room"


# -- pictures, names, sizes (§3.8) ------------------------------------------------------------------------------------


@pytest.mark.parametrize("picture", [7, True, [], {}, 1.5])
def test_a_picture_of_a_wrong_type_kills_nobody(talk: Talk, picture: Any) -> None:
    ann, bob = two(talk)
    assert ann.says("Status", {"displayName": "Ann", "buddyPicture": picture}) == []
    assert bob.hears() == []
    assert ann.asks("Alive", 7) == {"Type": "Alive", "Alive": 7}


@pytest.mark.parametrize(
    "url",
    [
        "data:text/html;base64,PHNjcmlwdD4=",
        "data:image/svg+xml;base64,PHN2Zz4=",
        "data:image/png;base64,PHNjcmlwdD4=",
        "data:image/png,abc",
        "data:image/png;base64,%%%",
        "DATA:image/png;base64,iVBORw0KGgo",
    ],
)
def test_a_data_url_that_is_no_picture_is_told_to_nobody(talk: Talk, url: str) -> None:
    ann, bob = two(talk)
    ann.says("Status", {"displayName": "Ann", "buddyPicture": url})
    (told,) = of(bob.hears(), "Status")
    assert told["Status"] == {"displayName": "Ann", "buddyPicture": None}


def test_a_picture_becomes_an_address_that_does_not_tell_whose(talk: Talk) -> None:
    ann, bob = two(talk)
    ann.says("Status", {"buddyPicture": PICTURE})
    (told,) = of(bob.hears(), "Status")
    _, image, change, name = told["Status"]["buddyPicture"].replace("img:", "img:/").split("/")
    assert (len(image), len(change), name) == (20, 12, "picture.png")
    assert ann.id not in told["Status"]["buddyPicture"]


def test_a_status_without_end_is_told_to_nobody(talk: Talk) -> None:
    ann, bob = two(talk)
    assert ann.says("Status", {"displayName": "Ann", "more": "x" * 100_000}) == []
    assert bob.hears() == []
    assert ann.asks("Alive", 7)["Alive"] == 7


def test_a_name_or_ua_without_end_is_cut_or_refused(talk: Talk) -> None:
    ann = talk.connect()
    assert ann.enters("x" * 300)["Code"] == "bad_request"
    welcome = ann.enters("garden", Ua="u" * 100_000)
    assert len(welcome["Users"][0]["Ua"]) == 255


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ann", "Ann"),
        ("ChatServer", ""),
        ("System", ""),
        ("\u202eevil", "evil"),
        ("a\nb  c", "a b c"),
        ("Z" + "\u0335" * 40, ""),
        ("x" * 500, "x" * 128),
        ("", ""),
        (None, None),
        (7, None),
        ({"length": 1}, None),
    ],
)
def test_a_name_that_could_mislead_is_shown_to_nobody(talk: Talk, name: Any, shown: Any) -> None:
    ann, bob = two(talk)
    ann.says("Status", {"displayName": name, "message": "a\u202eb", "other": [1]})
    (told,) = of(bob.hears(), "Status")
    assert told["Status"] == {"displayName": shown, "message": "ab", "other": [1]}
    session = talk.site.proofs.ids.session_of(ann.id)
    seat = talk.world.hub.presence.roster(RoomId("garden"))[session]
    assert (seat.display_name or seat.handle) == (shown or seat.handle)


def test_the_name_of_a_file_cannot_turn_the_writing_around(talk: Talk) -> None:
    ann, bob = two(talk)
    ann.chats("", Status={"FileInfo": {"id": "f", "name": "annual\u202efdp.exe"}})
    (told,) = of(bob.hears(), "Chat")
    assert told["Chat"]["Status"]["FileInfo"]["name"] == "annualfdp.exe"


def test_the_name_of_a_file_is_read_by_the_filters(talk: Talk) -> None:
    talk.world.hub.admission = Admission(filters=(MessageFilter((compiled("darn"),), censor=True),))
    talk.world.hub.guard.reword = reworded
    ann, bob = two(talk)
    ann.chats("File", Mid="m", Status={"FileInfo": {"id": "f", "name": "darn.exe"}})
    (told,) = of(bob.hears(), "Chat")
    assert told["Chat"]["Status"]["FileInfo"] == {"id": "f", "chunks": 0, "name": "****.exe", "size": 0, "type": ""}
    assert (told["Chat"]["Message"], told["Chat"]["Mid"]) == ("File", "m")


def test_a_user_reads_private_chats_in_all_windows() -> None:
    talk = Talk(options=USERS)
    ann, one, other = talk.enter("garden"), logged_in(talk, "bob"), logged_in(talk, "bob")
    for window in (one, other):
        window.enters("garden")
    ann.hears(), one.hears(), other.hears()
    ann.chats("psst", one.id, Mid="m")
    assert [told["To"] for window in (one, other) for told in of(window.hears(), "Chat")] == [one.id, other.id]
    one.chats("yes?", ann.id)
    (frame,) = [frame for frame in other.hears() if frame["Data"]["Type"] == "Chat"]
    assert (frame["From"], frame["Data"]["To"], frame["Data"]["Chat"]["Message"]) == (other.id, ann.id, "yes?")
    assert [told["To"] for told in of(ann.hears(), "Chat")] == [ann.id]


def test_a_list_of_users_has_an_end(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("palaver.dialects.spreed.documents.MAX_USERS", 3)
    for _ in range(5):
        ann = talk.enter("garden")
    assert len(ann.sees()) == 3


def test_a_conference_of_more_than_a_hundred_calls_nobody(talk: Talk) -> None:
    ann, bob = two(talk)
    ann.says("Conference", [bob.id] * 101, Id="c")
    assert bob.hears() == []
    ann.says("Conference", [bob.id], Id="c")
    assert [each["Conference"] for each in of(bob.hears(), "Conference")] == [[bob.id]]


# -- guessing and listening -------------------------------------------------------------------------------------------


def test_a_pin_cannot_be_guessed(talk: Talk) -> None:
    talk.enter("vault", Credentials={"PIN": "0042"})
    thief = talk.connect(address="192.0.2.66")
    for at in range(42):
        assert thief.enters("vault", Credentials={"PIN": f"{at:04}"})["Code"] == "invalid_credentials"
        talk.world.clock.advance(0.1)
    # Whoever guessed too often is told that the right one is wrong, too.
    assert thief.enters("vault", Credentials={"PIN": "0042"})["Code"] == "invalid_credentials"
    talk.world.clock.advance(600)
    assert thief.enters("vault", Credentials={"PIN": "0042"})["Type"] == "Welcome"


def test_nobody_learns_from_a_receipt_who_is_connected(talk: Talk) -> None:
    ann, bob = two(talk)
    bob.parts()
    talk.world.clock.advance(60)
    ann.hears()
    gone, never = (of(ann.chats("hi", to, Mid="m"), "Chat") for to in (bob.id, "x" * 32))
    assert [each["Chat"] for each in gone] == [each["Chat"] for each in never]


def test_a_page_of_another_site_cannot_speak_the_wire(talk: Talk) -> None:
    headers = [(b"host", b"chat.example"), (b"origin", b"https://evil.example")]
    peer = PeerInfo("/spreed/ws", b"", headers, "192.0.2.1")
    refused = talk.reception.receive(peer)
    assert isinstance(refused, HttpRefusal)
    assert refused.status == 403


def test_secrets_are_not_written_to_the_log() -> None:
    talk = Talk(options=USERS)
    with capture_logs() as lines:
        ann = logged_in(talk, "ann")
        ann.enters("garden", Credentials={"PIN": "271828"})
        ann.asks("Authentication", {"Userid": "ann", "Nonce": "a nonce that is none"})
        ann.asks("Sessions", {"Type": "contact", "Token": "a token that is none"})
        ann.parts(clean=False)
        talk.connect(ann.me["Token"])
    written = json.dumps(lines, default=str)
    for secret in (ann.me["Token"], ann.me["Sid"], "271828", "a nonce that is none", combo_secret("x", KEY)):
        assert secret not in written


# -- tables that grew for ever (§3.12) --------------------------------------------------------------------------------


def test_a_contact_who_is_away_costs_no_table(talk: Talk) -> None:
    talk = Talk(options=USERS)
    ann = logged_in(talk, "ann")
    tokens = talk.site.proofs.tokens
    before = len(talk.world.hub.sessions)
    for at in range(50):
        token = tokens.contact(accepting=UserId(f"spreed:nobody {at}"), asking=UserId("spreed:ann"))
        (entry,) = ann.asks("Sessions", {"Type": "contact", "Token": token})["Users"]
        assert entry["Userid"] == f"nobody {at}"
        talk.world.clock.advance(1)
    assert len(talk.world.hub.sessions) == before
    assert not len(talk.world.hub.followers)


def test_followers_are_forgotten_with_their_session(talk: Talk) -> None:
    talk = Talk(options=USERS)
    ann, bob = logged_in(talk, "ann"), logged_in(talk, "bob")
    token = talk.site.proofs.tokens.contact(accepting=UserId("spreed:bob"), asking=UserId("spreed:ann"))
    assert [each["Id"] for each in ann.asks("Sessions", {"Type": "contact", "Token": token})["Users"]] == [bob.id]
    bob.parts()
    assert [each["Status"] for each in of(ann.hears(), "Left")] == ["hard"]
    assert not len(talk.world.hub.followers)


# -- answers that crashed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("payload", [None, {}, {"Type": "Alive"}, {"Type": "Alive", "Alive": None}, 5, "x"])
def test_an_alive_without_payload_is_not_answered_with_null(talk: Talk, payload: Any) -> None:
    ann = talk.connect()
    assert ann.sends({"Type": "Alive", "Alive": payload}) == []
    assert ann.asks("Alive", 1)["Alive"] == 1


def test_an_undecodable_contact_token_is_answered_with_an_error() -> None:
    ann = logged_in(Talk(options=USERS), "ann")
    assert ann.asks("Sessions", {"Type": "contact", "Token": "nonsense"})["Code"] == "bad_request"


def test_the_end_of_turn_credentials_passes_2038_and_2106() -> None:
    world = World()
    world.clock.advance(5_000_000_000)
    turn = Talk(world).connect().me["Turn"]
    assert int(turn["username"].partition(":")[0]) > 1 << 32
    assert turn["ttl"] == 3600


def test_turn_is_an_object_also_without_servers(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fakes.FakeIce.servers", lambda *_args, **_more: IceServers((), 0))
    assert talk.connect().me["Turn"] == {"username": "", "password": "", "ttl": 0, "urls": []}


def test_the_document_of_a_conference_room_does_not_pass_for_a_conference() -> None:
    talk = Talk(options={"room_types": [["^conf/", "Conference"]]})
    ann, bob = two(talk, "conf/daily")
    bob.hears()
    answer = ann.asks("Room", {"Type": "Conference", "Name": "conf/daily", "Credentials": {"PIN": "1"}})
    assert answer == {"Type": "Conference", "Name": "conf/daily", "Credentials": {"PIN": "1"}}
    assert all("Credentials" not in each for each in of(bob.hears(), "Conference"))


def test_no_name_of_a_room_keeps_the_server_busy() -> None:
    """In a backtracking engine this name would take longer than the sun has left."""
    talk = Talk(options={"room_types": [["^(a+)+$", "Conference"], [".*", "Conference"]]})
    ann, _ = two(talk, "a" * 127 + "!")
    assert ann.hears() is not None


def test_whoever_was_sent_away_does_not_come_back_with_a_token(talk: Talk) -> None:
    ann, bob = two(talk)
    hub, session = talk.world.hub, talk.site.proofs.ids.session_of(ann.id)
    operator = talk.world.open("eve", "garden", operator=True, verified=True)
    operator.ask(Kick(RoomId("garden"), BySession(session)))
    assert ann.hears()[-1] == {"closed": 4002}
    assert [each["Id"] for each in of(bob.hears(), "Left")] == [ann.id]
    assert talk.connect(ann.me["Token"]).me["Type"] == "Error"
    assert hub.sessions.get(session) is None
