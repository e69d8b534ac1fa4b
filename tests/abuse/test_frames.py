"""Frames that are no asks: each gets a clear answer, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.abuse.conftest import Enter
from tests.abuse.outsider import Wire
from tests.frames import masked

DEEP = "[" * 30_000 + "]" * 30_000
HUGE = "9" * 10_000

UNREADABLE = {
    "nothing": "",
    "a word": "hello",
    "a list": "[]",
    "a number": "7",
    "null": "null",
    "half an object": '{"id": 1, "ask": {"type": "keepalive"',
    "NaN": '{"id": NaN, "ask": {"type": "keepalive"}}',
    "a huge id": f'{{"id": {HUGE}, "ask": {{"type": "keepalive"}}}}',
    "an id with a fraction": '{"id": 1.5, "ask": {"type": "keepalive"}}',
    "an id that is text": '{"id": "1", "ask": {"type": "keepalive"}}',
    "an ask that is a list": '{"id": 1, "ask": []}',
    "an ask without a type": '{"id": 1, "ask": {}}',
    "deep lists": DEEP,
    "a deep ask": f'{{"id": 1, "ask": {DEEP}}}',
    "deep where nothing is read": f'{{"id": 1, "other": {DEEP}, "ask": {{"type": "keepalive"}}}}',
    "a deep field": f'{{"id": 1, "ask": {{"type": "join_room", "room": {DEEP}}}}}',
    "two types": '{"id": 1, "ask": {"type": "keepalive", "type": "no_such"}}',
    "a NUL": "\0",
}


@pytest.mark.parametrize("frame", UNREADABLE.values(), ids=UNREADABLE.keys())
@pytest.mark.parametrize("identified", [False, True])
async def test_an_unreadable_frame_is_refused_and_the_connection_lives(
    dial: Enter, frame: str, identified: bool
) -> None:
    outsider = await dial()
    if identified:
        await outsider.identify("reader")
    refused = await outsider.refusal_of(frame)
    assert refused["refusal"]["code"] in {"malformed", "unknown_word", "bad_name", "not_identified"}
    assert len(json.dumps(refused)) < 1000
    await outsider.alive()


STRINGS = ("\ud800", "\0", "\u202e", "x" * 60_000, "../../etc/passwd", "<script>alert(1)</script>", "")
NUMBERS = (-1, 0, 2**53, 2**63, 2**64, 10**30, 1e308)
ASKS = {
    "identify": ("name", "token", "device"),
    "resume": ("token",),
    "create_room": ("room", "title", "pin"),
    "join_room": ("room", "handle", "pin"),
    "leave_room": ("room",),
    "update_room": ("room", "title", "pin"),
    "close_room": ("room",),
    "add_channel": ("room", "channel", "title"),
    "decide_waiting": ("room", "session"),
    "transfer_host": ("room", "session"),
    "set_role": ("room", "session", "role"),
    "set_status": ("status", "text"),
    "rename": ("display_name",),
    "post_message": ("text", "nonce"),
    "edit_message": ("message", "text"),
    "retract_message": ("message",),
    "react": ("message", "emoji"),
    "fetch_history": ("before", "limit"),
    "mark_messages": ("state",),
    "send_signal": ("about",),
    "join_call": ("room",),
    "leave_call": ("room",),
    "kick": ("room", "reason"),
    "ban_person": ("room", "reason", "hours"),
    "lift_ban": ("room", "name"),
    "list_bans": ("room",),
    "report": ("room", "about", "reason", "comment", "message", "excerpt"),
    "post_to_device": ("user", "device"),
    "list_devices": ("user",),
}
WHOLE = {
    "decide_waiting": {"admit": True},
    "post_message": {"place": {"in": "channel", "room": "den"}},
    "edit_message": {"message": 1, "text": "x"},
    "react": {"message": 1, "emoji": "x"},
    "fetch_history": {"place": {"in": "channel", "room": "den"}},
    "mark_messages": {"messages": [2**63, 2**64, -1]},
    "send_signal": {"to": {"by": "session", "session": "nobody"}, "signal": {"kind": "ring"}},
    "kick": {"target": {"by": "handle", "handle": "nobody"}},
    "ban_person": {"target": {"by": "handle", "handle": "\x00nobody"}, "room": "den"},
    "set_role": {"role": "member", "session": "x"},
    "transfer_host": {"session": "x"},
    "report": {"room": "den", "about": "x", "reason": "y"},
    "add_channel": {"room": "den", "channel": "c"},
    "update_room": {"room": "den"},
    "create_room": {"room": "another"},
    "resume": {"position": {"epoch": "x", "seq": 2**64}},
    "post_to_device": {"user": "site:x", "device": "y", "payload": {"a": 1}},
}


def _in(room: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an ask about a room."""
    about = {"room": room, **{name: value for name, value in fields.items() if name != "room"}}
    return about | ({"place": {"in": "channel", "room": room}} if "place" in about else {})


@pytest.mark.parametrize("room", ["den", "lobby"])
@pytest.mark.parametrize("word", ASKS)
async def test_no_value_of_any_field_is_a_fault_of_the_server(enter: Enter, word: str, room: str) -> None:
    outsider = await enter("fuzz", room)
    asked, before = 0, len(outsider.answers)
    for field in ASKS[word]:
        for value in (*STRINGS, *NUMBERS, None, [], {}):
            await outsider.say(word, **(_in(room, WHOLE.get(word, {})) | {field: value}))
            asked += 1
    # The id of a frame that is no JSON cannot be read, and its answer has none.
    answers = await outsider.until(lambda: len(found := outsider.answers[before:]) == asked and found)
    assert not {"server_fault", "unavailable"} & {frame.get("refusal", {}).get("code") for frame in answers}
    await outsider.alive()


@pytest.mark.parametrize("details", ["9" * 7000, "1e999", "[" * 900 + "]" * 900], ids=["long", "large", "deep"])
async def test_nobody_is_told_json_that_their_client_cannot_read(enter: Enter, details: str) -> None:
    poisoner, bystander = await enter("poisoner", "well"), await enter("bystander", "well")
    place = '"place": {"in": "channel", "room": "well"}'
    refused = await poisoner.refusal_of(
        f'{{"id": 1, "ask": {{"type": "post_message", {place}, "text": "drink", "details": {details}}}}}'
    )
    assert refused["refusal"]["code"] == "malformed"
    await poisoner.post("well", "water")
    await bystander.hears("water")
    assert "drink" not in {e["message"]["text"] for e in bystander.events if e["type"] == "message_posted"}


POISON = {
    "long": '{"type": "offer", "sdp": "v=0", "n": ' + "9" * 7000 + "}",
    "large": '{"type": "offer", "sdp": "v=0", "n": 1e999}',
    "deep": '{"type": "offer", "sdp": "v=0", "n": ' + "[" * 900 + "]" * 900 + "}",
    "nothing": "null",
    "no object": "[]",
}


@pytest.mark.parametrize("description", POISON.values(), ids=POISON.keys())
async def test_nobody_is_sent_a_signal_that_their_client_cannot_read(enter: Enter, description: str) -> None:
    poisoner, victim = await enter("caller"), await enter("callee")
    to = json.dumps({"by": "session", "session": victim.me["session"]})
    for kind, field in (("offer", "description"), ("answer", "description"), ("candidate", "candidate")):
        if description == "null" and kind == "candidate":
            continue
        signal = f'{{"kind": "{kind}", "{field}": {description}}}'
        refused = await poisoner.refusal_of(
            f'{{"id": 1, "ask": {{"type": "send_signal", "to": {to}, "signal": {signal}}}}}'
        )
        assert refused["refusal"]["code"] == "malformed"
    await victim.alive()
    assert not victim.events


@pytest.mark.parametrize("opcode", [2])
async def test_a_binary_frame_is_refused_and_the_connection_lives(dial: Enter, opcode: int) -> None:
    outsider = await dial()
    refused = await outsider.refusal_of(b'{"id": 1, "ask": {"type": "keepalive"}}')
    assert refused["refusal"]["code"] == "malformed"
    await outsider.alive()


async def test_nothing_but_identify_and_resume_is_done_for_a_stranger(dial: Enter) -> None:
    outsider = await dial()
    for word in ("list_rooms", "sign_out", "fetch_ice_servers"):
        assert (await outsider.ask(word))["code"] == "not_identified"
    assert (await outsider.ask("join_room", room="lobby"))["code"] == "not_identified"


async def test_an_unknown_word_is_named_and_cut(dial: Enter) -> None:
    outsider = await dial()
    refused = await outsider.ask("w" * 10_000)
    assert refused["code"] == "unknown_word"
    assert len(refused["params"]["word"]) == 64


async def test_a_second_identify_is_refused(enter: Enter) -> None:
    outsider = await enter("ana")
    assert (await outsider.ask("identify", name="ben"))["code"] == "already_identified"


@pytest.mark.parametrize("size", [(1 << 16) + 1, 1 << 20, 1 << 40])
async def test_a_large_frame_of_a_stranger_is_closed_before_it_is_read(url: str, size: int) -> None:
    wire = await (await Wire.dial(url)).upgraded()
    await wire.send(b"\x81\xff" + size.to_bytes(8, "big") + b"\0\0\0\0xxxx")
    assert await wire.close_code() == 1009
    wire.close()


async def test_fragments_of_a_stranger_do_not_add_up_past_the_limit(url: str) -> None:
    wire = await (await Wire.dial(url)).upgraded()
    await wire.send(masked(1, b"x" * 40_000, fin=False) + masked(0, b"x" * 40_000, fin=False))
    assert await wire.close_code() == 1009
    wire.close()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\x81\x02{}", 1002),
        (masked(3), 1002),
        (masked(1, b"{}", rsv=4), 1002),
        (masked(0, b"{}"), 1002),
        (masked(1, b"\xff\xfe"), 1007),
        (masked(9, fin=False), 1002),
        (masked(9, b"p" * 126), 1002),
        (masked(8, b"\x03"), 1002),
    ],
    ids=[
        "unmasked",
        "reserved opcode",
        "RSV",
        "lone continuation",
        "bad UTF-8",
        "split ping",
        "long ping",
        "short close",
    ],
)
async def test_what_is_no_websocket_frame_closes_that_connection(url: str, frame: bytes, code: int) -> None:
    wire = await (await Wire.dial(url)).upgraded()
    await wire.send(frame)
    assert await wire.close_code() == code
    wire.close()


async def test_ten_thousand_frames_neither_delay_a_bystander_nor_are_lost(enter: Enter) -> None:
    loop = asyncio.get_running_loop()
    flooder, ana, ben = await enter("flooder", "square"), await enter("ana", "square"), await enter("ben", "square")

    async def flood() -> None:
        for number in range(10_000):
            await flooder.send(f'{{"id": {100_000 + number}, "ask": {{"type": "keepalive"}}}}')

    await flood()
    delays = []
    for number in range(30):
        begun = loop.time()
        await ana.say("post_message", place={"in": "channel", "room": "square"}, text=f"word {number}")
        await ben.hears(f"word {number}")
        delays.append(loop.time() - begun)
    assert max(delays) < 1.0
    assert flooder.code is None
    # In order, and none left out, as far as the rate lets them through.
    await flooder.until(lambda: len(flooder.read) > 420)
    replies = [frame["reply"] for frame in flooder.read if frame.get("reply", 0) >= 100_000]
    assert replies == list(range(100_000, 100_000 + len(replies)))
    texts = [event["message"]["text"] for event in ben.events if event["type"] == "message_posted"]
    assert texts == [f"word {number}" for number in range(30)]
