"""What somebody in the chat may call with their token (BareRTC §1.11 to §1.14)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fakes import Person
from tests.web.barertc.conftest import BareDesk, answered, token
from tests.web.conftest import KEY

from palaver.core.chat import Attachment, PostMessage, ToPerson
from palaver.core.errors import Unavailable
from palaver.core.participants import ByHandle
from palaver.web.barertc.site import BareRTCSite


def says(person: Person, to: str, text: str) -> int:
    posted: Any = person.ask(PostMessage(ToPerson(ByHandle(to)), text))
    person.world.clock.advance(1)
    return int(posted.message)


@pytest.fixture
def people(desk: BareDesk) -> dict[str, Person]:
    return {name: desk.world.open(name, "lobby", verified=True) for name in ("ana", "bob", "cleo")}


async def test_history_comes_in_pages_of_twenty_the_newest_first(desk: BareDesk, people: dict[str, Person]) -> None:
    ids = [
        says(people["ana"] if number % 2 else people["bob"], "bob" if number % 2 else "ana", f"*{number}*")
        for number in range(45)
    ]
    says(people["cleo"], "bob", "not of this thread")

    first = answered(await desk.user("ana", "/api/message/history", Username="bob"))
    assert first.keys() == {"OK", "Messages", "Remaining"}
    assert [row["msgID"] for row in first["Messages"]] == ids[:24:-1]
    assert first["Remaining"] == 25
    assert first["Messages"][0] == {
        "username": "bob",
        "message": "<p><em>44</em></p>",
        "msgID": ids[44],
        "timestamp": "2026-01-01T00:00:44Z",
    }
    second = answered(await desk.user("bob", "/api/message/history", Username="ana", BeforeID=ids[25]))
    assert ([row["msgID"] for row in second["Messages"]], second["Remaining"]) == (ids[24:4:-1], 5)
    last = answered(await desk.user("ana", "/api/message/history", Username="bob", BeforeID=ids[5]))
    assert ([row["msgID"] for row in last["Messages"]], last["Remaining"]) == (ids[4::-1], 0)
    beyond = answered(await desk.user("ana", "/api/message/history", Username="bob", BeforeID=ids[0]))
    assert (beyond["Messages"], beyond["Remaining"]) == ([], 0)


@pytest.mark.parametrize("before", [-1, 0, 2**53, 2**80])
async def test_any_number_is_a_place_to_go_back_from(desk: BareDesk, people: dict[str, Person], before: int) -> None:
    says(people["ana"], "bob", "hello")
    found = answered(await desk.user("ana", "/api/message/history", Username="bob", BeforeID=before))
    assert len(found["Messages"]) == 1


async def test_a_picture_in_the_history_is_shown_by_its_address(desk: BareDesk, people: dict[str, Person]) -> None:
    picture = Attachment("/v1/pictures/abc", "image/png", "cat.png", 10, 720, 360)
    people["ana"].ask(PostMessage(ToPerson(ByHandle("bob")), attachments=(picture,)))
    (row,) = answered(await desk.user("ana", "/api/message/history", Username="bob"))["Messages"]
    assert '<img src="/v1/pictures/abc" alt="cat.png" width="360" height="180"' in row["message"]


async def test_names_are_not_patterns_that_reach_others_threads(desk: BareDesk, people: dict[str, Person]) -> None:
    says(people["ana"], "bob", "a secret")
    for name in ("%", "_ob", "b%", "bo_", "bob:@ana", "@bob"):
        found = answered(await desk.user("cleo", "/api/message/history", Username=name))
        assert found["Messages"] == []
    assert answered(await desk.site("/api/message/clear", Username="%"))["MessagesErased"] == 0


async def test_without_history_the_calls_say_so(desk: BareDesk, people: dict[str, Person]) -> None:
    desk.barertc = BareRTCSite(desk.barertc.room, sign_key=desk.barertc.sign_key)
    found = answered(await desk.user("ana", "/api/message/history", Username="bob"), 500)
    assert found == {"OK": False, "Error": "database is not initialized", "Messages": None, "Remaining": 0}
    for path in ("/api/message/usernames", "/api/message/clear"):
        assert answered(await desk.user("ana", path), 500)["Error"] == "database is not initialized"


async def test_those_who_answered_are_listed_and_all_threads_counted(desk: BareDesk, people: dict[str, Person]) -> None:
    others = [desk.world.open(f"u{number:02}", "lobby", verified=True) for number in range(11)]
    for other in others:
        says(other, "ana", "hello")
    says(people["ana"], "bob", "no answer")

    first = answered(await desk.user("ana", "/api/message/usernames"))
    assert first == {"OK": True, "Usernames": [f"u{number:02}" for number in range(10, 1, -1)], "Count": 12, "Pages": 2}
    again = answered(await desk.user("ana", "/api/message/usernames", Sort="whatever", Page=-3))
    assert again == first
    assert answered(await desk.user("ana", "/api/message/usernames", Page=2))["Usernames"] == ["u01", "u00"]
    assert answered(await desk.user("ana", "/api/message/usernames", Page=9))["Usernames"] == []
    for order, names in (("oldest", ["u00", "u01"]), ("a-z", ["u00", "u01"]), ("z-a", ["u10", "u09"])):
        assert answered(await desk.user("ana", "/api/message/usernames", Sort=order))["Usernames"][:2] == names


async def test_who_never_wrote_to_anybody_is_told_so(desk: BareDesk, people: dict[str, Person]) -> None:
    found = answered(await desk.user("cleo", "/api/message/usernames"), 500)
    assert found["Error"]
    assert found["Usernames"] is None


async def test_clearing_deletes_both_directions_for_the_asker_alone(desk: BareDesk, people: dict[str, Person]) -> None:
    says(people["ana"], "bob", "one")
    says(people["bob"], "ana", "two")
    says(people["cleo"], "bob", "three")
    found = answered(await desk.user("ana", "/api/message/clear", Username="cleo"))
    assert found == {"OK": True, "MessagesErased": 2}
    assert len(answered(await desk.user("bob", "/api/message/history", Username="cleo"))["Messages"]) == 1
    assert answered(await desk.site("/api/message/clear", Username="cleo"))["MessagesErased"] == 1


async def test_a_key_that_is_given_must_be_right_even_beside_a_token(desk: BareDesk) -> None:
    answered(await desk.calls("/api/message/clear", {"APIKey": "wrong", "JWTToken": token("ana")}), 401)
    answered(await desk.calls("/api/message/clear", {"APIKey": "", "JWTToken": token("ana")}))
    assert answered(await desk.calls("/api/message/clear", {"APIKey": KEY, "Username": "ana"}))["MessagesErased"] == 0


async def test_messages_to_oneself_are_not_kept(desk: BareDesk, people: dict[str, Person]) -> None:
    """The bot's sign of life every 15 s (§8.3)."""
    says(people["ana"], "ana", "deadlock ping")
    assert answered(await desk.user("ana", "/api/message/history", Username="ana"))["Messages"] == []
    answered(await desk.user("ana", "/api/message/usernames"), 500)


async def test_messages_of_guests_are_not_kept(desk: BareDesk, people: dict[str, Person]) -> None:
    """T20."""
    guest = desk.world.open("guest", "lobby")
    says(guest, "ana", "hello")
    says(people["ana"], "guest", "hello")
    assert answered(await desk.user("ana", "/api/message/history", Username="guest"))["Messages"] == []


async def test_what_the_site_says_of_somebody_is_passed_on(desk: BareDesk, people: dict[str, Person]) -> None:
    said = {"OK": True, "ProfileFields": [{"Name": "Age", "Value": "30yo"}]}
    asked: list[str] = []

    async def ask(name: str) -> tuple[int, dict[str, Any]]:
        asked.append(name)
        if name == "gone":
            raise Unavailable()
        return (200, said) if name == "bob" else (500, {"OK": False, "Error": "No such user."})

    desk.barertc = BareRTCSite(desk.barertc.room, ask_profile=ask)
    assert answered(await desk.user("ana", "/api/profile", Username="bob")) == said
    assert answered(await desk.user("ana", "/api/profile", Username="x"), 500) == {
        "OK": False,
        "Error": "No such user.",
    }
    assert answered(await desk.user("ana", "/api/profile", Username="gone"), 500)["OK"] is False
    assert asked == ["bob", "x", "gone"]


async def test_without_a_webhook_a_profile_is_500(desk: BareDesk, people: dict[str, Person]) -> None:
    assert answered(await desk.user("ana", "/api/profile", Username="bob"), 500)["Error"]


async def test_nobody_asks_the_site_about_everybody_at_once(desk: BareDesk, people: dict[str, Person]) -> None:
    async def ask(_: str) -> tuple[int, dict[str, Any]]:
        return 200, {"OK": True}

    desk.barertc = BareRTCSite(desk.barertc.room, ask_profile=ask)
    statuses = [(await desk.user("ana", "/api/profile", Username="bob")).status_code for _ in range(22)]
    assert statuses == [200] * 20 + [429] * 2
    answered(await desk.user("bob", "/api/profile", Username="ana"))
