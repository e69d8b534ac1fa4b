"""Things of other people: rooms one is not in, messages one cannot read, sessions that are not one's own, forged tokens."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.abuse.conftest import Enter
from tests.client.serving import Server

KEY = "for tests: a site and its chat share this"


def b64(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def claims(**more: Any) -> dict[str, Any]:
    return {"sub": "mallory", "op": True, "exp": int(time.time()) + 600, **more}


def public_pem() -> str:
    key = rsa.generate_private_key(65537, 2048).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def signed(payload: dict[str, Any], key: str = KEY, algorithm: str = "HS256", **header: Any) -> str:
    return jwt.encode(payload, key, algorithm, headers=header or None)


FORGED = {
    "nothing signed": f"{b64({'alg': 'none', 'typ': 'JWT'})}.{b64(claims())}.",
    "None signed": f"{b64({'alg': 'None'})}.{b64(claims())}.",
    "no algorithm": f"{b64({})}.{b64(claims())}.x",
    "another key": signed(claims(), "another key that is long enough for it"),
    "an empty signature": f"{b64({'alg': 'HS256'})}.{b64(claims())}.",
    "another algorithm": signed(claims(), KEY * 2, "HS512"),
    "a key of its own": signed(claims(), KEY + "x", jwk={"kty": "oct", "k": "eA"}),
    "a key from elsewhere": signed(claims(), KEY + "x", jku="http://127.0.0.1/keys", kid="../../etc/passwd"),
    "no end": signed({"sub": "mallory", "op": True}),
    "an end long past": signed(claims(exp=1)),
    "an end too far": signed(claims(exp=int(time.time()) + 10 * 86_400)),
    "an end without end": signed(claims(exp=10**400)),
    "an end that is text": signed(claims()).split(".")[0] + f".{b64(claims(exp='never'))}.x",
    "no subject": signed({"exp": int(time.time()) + 600, "op": True}),
    "a later start": signed(claims(nbf=int(time.time()) + 3600)),
    "too large": signed(claims(nick="x" * 20_000)),
    "garbage": "a.b.c",
    "dots": "." * 1000,
    "deep": f"{b64({'alg': 'HS256'})}.{base64.urlsafe_b64encode(b'[' * 20_000).decode()}.x",
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED.keys())
async def test_a_forged_token_opens_nothing(dial: Enter, token: str) -> None:
    outsider = await dial()
    refused = await outsider.ask("identify", name="mallory", token=token)
    assert refused["code"] == "token_invalid"
    assert token[:20] not in json.dumps(refused)
    assert (await outsider.ask("list_rooms"))["code"] == "not_identified"


async def test_a_public_key_as_a_shared_one_signs_nothing(dial: Enter) -> None:
    head, body = b64({"alg": "HS256"}), b64(claims())
    proof = hmac.new(public_pem().encode(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    token = f"{head}.{body}.{base64.urlsafe_b64encode(proof).rstrip(b'=').decode()}"
    assert (await (await dial()).ask("identify", token=token))["code"] == "token_invalid"


START = {"epoch": "", "seq": 0}


@pytest.mark.parametrize("token", ["", "a", "x" * 32, "x" * 60_000, "\0", "' OR 1=1 --"], ids=lambda token: token[:8])
async def test_a_resume_token_cannot_be_guessed(dial: Enter, token: str) -> None:
    outsider = await dial()
    for _ in range(20):
        assert (await outsider.ask("resume", token=token, position=START))["code"] == "no_such_session"


async def test_a_session_id_resumes_nothing(enter: Enter, dial: Enter) -> None:
    ana = await enter("ana")
    assert (await (await dial()).ask("resume", token=ana.me["session"], position=START))["code"] == "no_such_session"


async def test_a_session_that_signed_out_cannot_be_resumed(enter: Enter, dial: Enter) -> None:
    ana = await enter("ana", "gone")
    await ana.say("sign_out")
    await ana.closed()
    assert (await (await dial()).ask("resume", token=ana.me["resume_token"], position=START))[
        "code"
    ] == "no_such_session"


async def test_nobody_returns_without_end(enter: Enter, dial: Enter) -> None:
    ana = await enter("ana")
    for number in range(9):
        await ana.join(f"{number} of many")
    token = ana.me["resume_token"]
    answers = [await (await dial()).ask("resume", token=token, position=START) for _ in range(30)]
    refused = [answer for answer in answers if answer.get("code") == "too_many_requests"]
    assert 10 <= len(refused) <= 25
    assert all(answer["params"]["wait_ms"] <= 2000 for answer in refused)


async def test_two_who_resume_at_once_do_not_share_a_session(enter: Enter, dial: Enter) -> None:
    ana, ben = await enter("ana", "race"), await enter("ben", "race")
    ana.cut()
    await ana.closed()
    rivals = [await dial() for _ in range(6)]
    asked = [await rival.say("resume", token=ana.me["resume_token"], position=START) for rival in rivals]
    await asyncio.gather(*(rival.answer(number) for rival, number in zip(rivals, asked, strict=True)))
    await ben.post("race", "who hears this?")
    # Each comes on a connection of its own, so that which of them is the last is for the server to see.
    ends = [asyncio.create_task(rival.closed()) for rival in rivals]
    codes = [await end for end in itertools.islice(asyncio.as_completed(ends), 5)]
    assert codes == [4001] * 5
    (winner,) = [rival for rival, end in zip(rivals, ends, strict=True) if not end.done()]
    await winner.hears("who hears this?")
    for end in ends:
        end.cancel()
    assert not [event for event in ben.events if event["type"] in ("participant_left", "participant_joined")]


async def test_nothing_of_a_room_is_for_those_outside(enter: Enter) -> None:
    ana, eve = await enter("ana", "private"), await enter("eve", "elsewhere")
    message = (await ana.post("private", "sotto voce"))["message"]
    place = {"in": "channel", "room": "private"}
    session = ana.me["session"]
    handle = {"by": "handle", "handle": "ana", "room": "private"}
    asks = [
        ("fetch_history", {"place": place}),
        ("post_message", {"place": place, "text": "hello"}),
        ("set_typing", {"place": place, "typing": True}),
        ("edit_message", {"message": message, "text": "mine"}),
        ("retract_message", {"message": message}),
        ("react", {"message": message, "emoji": "👀"}),
        ("kick", {"room": "private", "target": handle}),
        ("ban_person", {"room": "private", "target": handle}),
        ("list_bans", {"room": "private"}),
        ("lift_ban", {"room": "private", "name": "x"}),
        ("update_room", {"room": "private", "locked": True}),
        ("close_room", {"room": "private"}),
        ("add_channel", {"room": "private", "channel": "c"}),
        ("set_role", {"room": "private", "session": session, "role": "moderator"}),
        ("transfer_host", {"room": "private", "session": eve.me["session"]}),
        ("decide_waiting", {"room": "private", "session": session, "admit": True}),
        ("stop_camera", {"room": "private", "target": handle}),
        ("join_call", {"room": "private"}),
        ("report", {"room": "private", "about": "ana", "reason": "x"}),
        ("open_camera", {"owner": {"by": "session", "session": session}}),
        ("watch", {"owner": {"by": "session", "session": session}}),
        ("post_message", {"place": {"in": "direct", "to": handle}, "text": "psst"}),
        ("send_signal", {"to": handle, "signal": {"kind": "ring"}}),
        ("send_signal", {"to": {"by": "session", "session": session}, "about": "camera", "signal": {"kind": "ring"}}),
        ("send_signal", {"to": {"by": "session", "session": session}, "about": "call", "signal": {"kind": "ring"}}),
        ("leave_room", {"room": "private"}),
    ]
    heard = len(ana.events)
    for word, fields in asks:
        answer = await eve.ask(word, **fields)
        assert "code" in answer, (word, answer)
        assert "sotto voce" not in json.dumps(answer)
    await ana.alive()
    assert ana.events[heard:] == []


async def test_a_reply_to_a_foreign_message_says_nothing_of_it(enter: Enter) -> None:
    ana, eve = await enter("ana", "secret"), await enter("eve", "loud")
    message = (await ana.post("secret", "sotto voce"))["message"]
    await eve.post("loud", "about that", reply_to=message)
    event = await eve.hears("about that")
    assert event["message"]["reply_to"] == message
    assert "sotto voce" not in json.dumps(eve.read)


async def test_a_direct_message_is_for_its_two_ends(enter: Enter) -> None:
    ana, ben, eve = [await enter(name, "trio") for name in ("ana", "ben", "eve")]
    to_ben = {"in": "direct", "to": {"by": "handle", "handle": "ben"}}
    message = (await ana.ask("post_message", place=to_ben, text="sotto voce"))["message"]
    await ben.hears("sotto voce")
    for word, fields in (("react", {"emoji": "x"}), ("edit_message", {"text": "x"}), ("retract_message", {})):
        assert (await eve.ask(word, message=message, **fields))["code"] == "no_such_message"
    assert (await ben.ask("edit_message", message=message, text="forged"))["code"] == "not_allowed"
    assert (await eve.ask("mark_messages", messages=[message], state="seen"))["type"] == "done"
    assert "sotto voce" not in json.dumps(eve.read)
    assert not [event for event in ana.events if event["type"] == "messages_marked"]


async def test_one_may_write_to_oneself_once(enter: Enter) -> None:
    ana = await enter("ana", "mirror")
    me = {"in": "direct", "to": {"by": "session", "session": ana.me["session"]}}
    assert (await ana.ask("post_message", place=me, text="note"))["type"] == "posted"
    assert sum(event["type"] == "message_posted" for event in ana.events) == 1
    assert (await ana.ask("send_signal", to=me["to"], signal={"kind": "ring"})).get("code") in (None, "not_allowed")


async def test_a_guest_makes_nobody_an_operator(enter: Enter, server: Server, dial: Enter) -> None:
    boss = await dial()
    await boss.identify(token=server.token("boss", op=True))
    await boss.join("office")
    ana = await enter("ana", "office")
    target = {"by": "handle", "handle": boss.me["name"]}
    for word, fields in (
        ("set_role", {"session": ana.me["session"], "role": "host"}),
        ("set_role", {"session": ana.me["session"], "role": "moderator"}),
        ("transfer_host", {"session": ana.me["session"]}),
        ("kick", {"target": target}),
        ("ban_person", {"target": target}),
        ("close_room", {}),
    ):
        assert (await ana.ask(word, room="office", **fields))["code"] == "not_allowed"
    await boss.alive()


async def test_a_kick_ends_seat_and_return(enter: Enter) -> None:
    host = await enter("host")
    await host.ask("create_room", room="club", hosted=True)
    await host.join("club")
    troll = await enter("troll", "club")
    assert (await host.ask("kick", room="club", target={"by": "handle", "handle": "troll"}))["type"] == "done"
    await troll.until(
        lambda: [e for e in troll.events if e["type"] in ("participant_left", "session_ended", "seat_lost")]
    )
    again = await enter("troll")
    assert (await again.ask("join_room", room="club"))["code"] == "kicked"
