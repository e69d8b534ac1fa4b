"""Too much of what is allowed: it is refused with the wait, or read later, and never costs the others their connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.abuse.conftest import Enter
from tests.abuse.outsider import Frame, Outsider, Wire
from websockets.exceptions import InvalidStatus

LONG = "\U0001f600" * 10_000
"""A message of as many characters as are allowed, four bytes each."""

ROOM_OF = {"room": "fair"}
PLACE = {"place": {"in": "channel", "room": "fair"}}
NOISES = {
    "set_status": lambda n: {"text": f"status {n}"},
    "rename": lambda n: {"display_name": f"name {n}"},
    "set_media": lambda n: {"camera": bool(n % 2)},
    "set_typing": lambda n: {**PLACE, "typing": bool(n % 2)},
    "join_call": lambda n: ROOM_OF,
    "fetch_history": lambda n: PLACE,
    "list_rooms": lambda n: {},
    "ignore": lambda n: {**ROOM_OF, "names": [f"nobody {n}"]},
    "create_room": lambda n: {"room": f"noise {n}"},
    "open_camera": lambda n: {"owner": {"by": "handle", "handle": "bystander"}},
    "mark_messages": lambda n: {"messages": [n], "state": "seen"},
    "watch": lambda n: {"owner": {"by": "handle", "handle": "bystander"}},
    "list_bans": lambda n: ROOM_OF,
    "edit_message": lambda n: {"message": n + 1, "text": "not mine, nor there"},
    "retract_message": lambda n: {"message": n + 1},
    "react": lambda n: {"message": n + 1, "emoji": "👍"},
    "report": lambda n: {**ROOM_OF, "about": "bystander", "reason": "noise"},
}


async def many(outsider: Outsider, word: str, fields: Callable[[int], dict[str, Any]], count: int) -> list[Frame]:
    asked = [await outsider.say(word, **fields(number)) for number in range(count)]
    return [await outsider.answer(number) for number in asked]


@pytest.mark.parametrize("word", NOISES)
async def test_no_ask_can_be_repeated_without_end(enter: Enter, word: str) -> None:
    bystander = await enter("bystander", "fair")
    noisy = await enter("noisy", "fair")
    answers = await many(noisy, word, NOISES[word], 250)
    refused = [answer for answer in answers if answer.get("code") == "too_many_requests"]
    assert len(refused) >= 100
    assert all(0 < answer["params"]["wait_ms"] <= 60_000 for answer in refused)
    # One event per ask that was let through, at most, and none by chance.
    assert sum(event["type"] != "participant_joined" for event in bystander.events) <= 250 - len(refused)
    await bystander.alive()


async def test_posts_over_the_rate_are_refused_with_the_wait(enter: Enter) -> None:
    noisy, bystander = await enter("noisy", "mart"), await enter("bystander", "mart")
    answers = await many(
        noisy, "post_message", lambda n: {"place": {"in": "channel", "room": "mart"}, "text": "x"}, 100
    )
    posted = [answer for answer in answers if answer.get("type") == "posted"]
    assert 60 <= len(posted) <= 70
    await bystander.until(lambda: sum(e["type"] == "message_posted" for e in bystander.events) == len(posted))


async def test_long_messages_count_as_several_so_that_readers_are_not_drowned(enter: Enter) -> None:
    noisy, bystander = await enter("noisy", "long"), await enter("bystander", "long")
    answers = await many(
        noisy, "post_message", lambda n: {"place": {"in": "channel", "room": "long"}, "text": LONG}, 20
    )
    posted = sum(answer.get("type") == "posted" for answer in answers)
    assert 1 <= posted * len(LONG.encode()) < 262_144
    assert {answer["code"] for answer in answers[posted:]} == {"too_many_requests"}
    await bystander.alive()


async def test_attachments_count_too(enter: Enter) -> None:
    noisy = await enter("noisy", "hung")
    attachments = [{"url": "https://example.org/" + "x" * 2000, "name": "n" * 200}] * 10
    answers = await many(
        noisy, "post_message", lambda n: {"place": {"in": "channel", "room": "hung"}, "attachments": attachments}, 30
    )
    assert sum(answer.get("type") == "posted" for answer in answers) <= 6


async def test_signals_of_one_do_not_close_the_connection_of_their_victim(enter: Enter, url: str) -> None:
    flooder, bystander = await enter("flooder", "ring"), await enter("bystander", "ring")
    victim = await (await Wire.dial(url, receive_buffer=4096)).upgraded()
    await victim.say("identify", name="victim")
    session = json.loads((await victim.frame())[1])["outcome"]["session"]
    to = {"by": "session", "session": session}
    offer = {"kind": "offer", "description": "v=0 private" * 20_000}

    async def flood() -> None:
        for _ in range(100):
            await flooder.say("send_signal", to=to, signal=offer)

    flooding = asyncio.create_task(flood())
    await flooder.until(lambda: len(flooder.answers) >= 3)
    # The rest is not read yet; the victim, who has read nothing so far, is still there.
    for _ in range(3):
        assert (await bystander.ask("send_signal", to=to, signal={"kind": "ring"}))["type"] == "done"
    kinds = []
    while kinds[-3:] != ["ring"] * 3:
        _, payload = await victim.frame()
        kinds.append(json.loads(payload)["event"]["signal"]["kind"])
    assert 3 <= kinds.count("offer") <= 6
    flooding.cancel()
    victim.close()


async def test_a_room_full_of_long_messages_still_lets_people_in(enter: Enter) -> None:
    writers = [await enter(f"writer {number}", "library") for number in range(12)]
    for writer in writers:
        await many(writer, "post_message", lambda n: {"place": {"in": "channel", "room": "library"}, "text": LONG}, 4)
    newcomer = await enter("newcomer")
    snapshot = await newcomer.join("library")
    assert snapshot["messages"]
    assert len(json.dumps(snapshot, ensure_ascii=False).encode()) < 400_000
    page = await newcomer.ask("fetch_history", place={"in": "channel", "room": "library"}, limit=100)
    assert page["more"]
    assert 0 < len(json.dumps(page, ensure_ascii=False).encode()) < 300_000
    older = await newcomer.ask(
        "fetch_history", place={"in": "channel", "room": "library"}, limit=100, before=page["messages"][0]["id"]
    )
    assert older["messages"][-1]["id"] < page["messages"][0]["id"]


async def test_a_host_cannot_fill_the_store_with_bans(enter: Enter) -> None:
    host = await enter("host")
    await host.ask("create_room", room="court", hosted=True)
    await host.join("court")
    answers = await many(
        host, "ban_person", lambda n: {"room": "court", "target": {"by": "handle", "handle": f"absent {n}"}}, 200
    )
    assert sum(answer.get("type") == "done" for answer in answers) < 200


async def test_bans_of_a_room_end_with_it(enter: Enter) -> None:
    host, other = await enter("host"), await enter("other")
    await host.ask("create_room", room="brief", hosted=True)
    await host.join("brief")
    assert (await host.ask("ban_person", room="brief", target={"by": "handle", "handle": "other"}))["type"] == "done"
    assert (await other.ask("join_room", room="brief"))["code"] == "banned"
    assert (await host.ask("close_room", room="brief"))["type"] == "done"
    assert (await other.ask("join_room", room="brief", create=True))["type"] == "joined"


async def test_a_list_of_five_hundred_people_whom_a_guest_ignores_is_taken_and_no_more(enter: Enter) -> None:
    shy = await enter("shy", "hall")
    names = [f"nobody {number}" for number in range(500)]
    assert (await shy.ask("ignore", room="hall", names=names))["type"] == "done"
    assert (await shy.ask("ignore", room="hall", names=["one more"]))["code"] == "too_large"
    assert (await shy.ask("block", room="hall", names=[*names, "one more"]))["code"] == "too_large"
    bystander = await enter("bystander", "hall")
    await bystander.post("hall", "still heard")
    await shy.hears("still heard")


async def test_reactions_are_limited_and_bounded(enter: Enter) -> None:
    fan = await enter("fan", "stage")
    message = (await fan.post("stage", "look"))["message"]
    answers = await many(fan, "react", lambda n: {"message": message, "emoji": chr(0x1F600 + n)}, 80)
    assert {answer.get("code") for answer in answers} == {None, "too_large", "too_many_requests"}


async def test_a_flood_of_connections_from_one_address_is_refused(dial: Enter, elsewhere: Any) -> None:
    headers = elsewhere()
    here = [await dial(additional_headers=headers) for _ in range(200)]
    with pytest.raises(InvalidStatus) as refused:
        await dial(additional_headers=headers)
    assert refused.value.response.status_code == 429
    await dial(additional_headers=elsewhere())
    await here[0].leave()
    await dial(additional_headers=headers)


async def test_all_addresses_of_one_ipv6_network_count_as_one(dial: Enter) -> None:
    for number in range(200):
        await dial(additional_headers={"X-Forwarded-For": f"2001:db8:1:2::{number:x}"})
    with pytest.raises(InvalidStatus):
        await dial(additional_headers={"X-Forwarded-For": "2001:db8:1:2:ffff::1"})
    await dial(additional_headers={"X-Forwarded-For": "2001:db8:1:3::1"})


async def test_this_machine_itself_is_not_counted_but_for_whom_it_forwards(dial: Enter) -> None:
    for _ in range(205):
        await dial()


async def test_logins_of_one_address_are_limited(dial: Enter, elsewhere: Any) -> None:
    outsider = await dial(additional_headers=elsewhere())
    answers = await many(outsider, "identify", lambda n: {"name": "<no name>"}, 130)
    assert {answer["code"] for answer in answers} == {"bad_name"}
    assert (await outsider.ask("identify", name="ana"))["code"] == "too_many_requests"
    assert (await (await dial(additional_headers=elsewhere())).ask("identify", name="ana"))["type"] == "identified"


async def test_a_pin_cannot_be_guessed(enter: Enter, elsewhere: Any) -> None:
    host = await enter("host")
    await host.ask("create_room", room="vault", pin="hunter2")
    await host.ask("join_room", room="vault")
    headers = elsewhere()
    answers = []
    for number in range(3):
        thief = await enter(f"thief {number}", additional_headers=headers)
        answers += await many(thief, "join_room", lambda n: {"room": "vault", "pin": f"{n:04}"}, 5)
    assert [answer["code"] for answer in answers[:5]] == ["wrong_pin"] * 5
    assert {answer["code"] for answer in answers[5:]} == {"too_many_requests"}
    assert (await thief.ask("join_room", room="vault", pin="hunter2"))["code"] == "too_many_requests"
    friend = await enter("friend", additional_headers=elsewhere())
    assert (await friend.ask("join_room", room="vault", pin="hunter2"))["type"] == "joined"


async def test_a_thousand_sockets_that_say_nothing_hinder_nobody(url: str, enter: Enter) -> None:
    silent = await asyncio.gather(*(Wire.dial(url) for _ in range(1000)))
    await asyncio.gather(*(wire.upgraded() for wire in silent))
    ana, ben = await enter("ana", "plaza"), await enter("ben", "plaza")
    await ana.post("plaza", "anybody?")
    await ben.hears("anybody?")
    for wire in silent:
        wire.close()


async def test_a_large_frame_of_somebody_identified_is_bounded_too(enter: Enter) -> None:
    outsider = await enter("large")
    await outsider.send('{"id": 1, "ask": {"type": "keepalive"}, "x": "' + "y" * (1 << 20) + '"}')
    assert await outsider.closed() == 1009
