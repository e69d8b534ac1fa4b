"""Holes and crashes of the original servers (docs/dialects/conference.md, section D), each with a test that it is closed."""

from __future__ import annotations

from typing import Any

from tests.fakes import driven
from tests.transcripts.replay import PureStage, Transcript, replay

Lines = list[dict[str, Any]]


def play(lines: Lines, **given: Any) -> PureStage:
    """Play lines of a transcript; whatever they do not mention must not happen."""
    transcript = Transcript("here", {"given": {"wire": "conference", **given}}, lines)
    stage = PureStage(transcript)
    driven(replay(transcript, stage))
    return stage


def refused(who: str, kind: str, text: str, code: str) -> Lines:
    return [{f"{who} receives": [event, kind, text, code]} for event in ("error", "error-event")]


def information(who: str, name: str, *, host: bool = False) -> dict[str, Any]:
    media = {"cameraEnabled": False, "microphoneEnabled": False}
    shown = {"id": f"$uuid:{who}", "name": name, "settings": media, "mediaState": media}
    return {**shown, "isHost": host, "isAlive": True}


def summary(who: str, *others: dict[str, Any], host: bool = False) -> dict[str, Any]:
    mine = {"isMe": True, **information(who, who, host=host), "key": f"$hex:{who}"}
    people = [*({"isMe": False, **other} for other in others), mine]
    head = {"id": "$room:r", "idHash": "$hex:r", "name": "Untitled Room", "myId": f"$uuid:{who}"}
    return {**head, "participants": people, "messages": []}


def created(who: str = "ana") -> Lines:
    return [{f"{who} sends": ["create-room"]}, {f"{who} receives": ["join-room", "$room:r"]}]


def joined(who: str, *others: dict[str, Any], host: bool = False) -> Lines:
    lines: Lines = [
        {f"{who} sends": ["join-room", "$room:r", who]},
        {f"{who} receives": ["room-summary", summary(who, *others, host=host)]},
    ]
    for other in others:
        name = other["name"]
        lines.append({f"{name} receives": ["new-participant", information(who, who, host=host)]})
    return lines


ANA = information("ana", "ana", host=True)
BOB = information("bob", "bob")
MEETING = [*created(), *joined("ana", host=True), *joined("bob", ANA)]


def asks(who: str, verb: str, body: dict[str, Any], status: int, answer: dict[str, Any]) -> Lines:
    return [
        {f"{who} asks": {"method": "POST", "path": f"/api/$hex:r/{verb}", "json": body}},
        {f"{who} is answered": {"status": status, "json": answer}},
    ]


def test_an_unknown_room_is_answered_and_the_process_lives() -> None:
    play(
        [
            {"xi sends": ["join-room", "000000001", "Xi"]},
            *refused("xi", "join", "The room doesn't exist", "J404"),
            *created("xi"),
        ]
    )


def test_guessing_rooms_is_slowed_down() -> None:
    lines: Lines = [{"eve connects": {"address": "192.0.2.9"}}]
    for number in range(30):
        lines.append({"eve sends": ["join-room", f"{number:09}", "Eve"]})
        lines += refused("eve", "join", "The room doesn't exist", "J404")
    lines.append({"eve sends": ["join-room", "lobby", "Eve"]})
    lines += refused("eve", "join", "Please wait before sending messages", "J429")
    play(lines)


def test_guessing_keys_is_slowed_down() -> None:
    body = {"from": {"id": "$uuid:ana", "key": "x"}, "to": "everyone", "content": "y"}
    right = {**body, "from": {"id": "$uuid:ana", "key": "$hex:ana"}}
    no = {"success": False, "error": "The key did not match"}
    wait = {"success": False, "error": "Please wait before sending messages"}
    wrong = [line for _ in range(5) for line in asks("eve", "send", body, 403, no)]
    # The address of the fake proxy counts only where somebody forwards one.
    lines = [*MEETING, *wrong, *asks("eve", "send", body, 429, wait), *asks("ana", "send", right, 429, wait)]
    headers = {"X-Forwarded-For": "192.0.2.7"}
    for line in lines:
        for key, value in line.items():
            if key.endswith(" asks"):
                line[key] = {**value, "headers": headers}
    play(lines, limits={"logins_per_minute": 5})


def test_a_key_is_long_and_nothing_after_its_owner_left() -> None:
    body = {"from": {"id": "$uuid:bob", "key": "$hex:bob"}, "to": "everyone", "content": "still here"}
    gone = {"success": False, "error": "Could not find from participant"}
    lines = [
        *MEETING,
        {"bob sends": ["leave"]},
        {"ana receives": ["participant-left", "$uuid:bob"]},
        *asks("bob", "send", body, 404, gone),
    ]
    play(lines)


def test_the_one_who_made_a_room_hosts_it_whoever_comes_first() -> None:
    play([*created(), *joined("bob"), *joined("ana", BOB, host=True)])


def test_too_many_messages_are_refused_by_429() -> None:
    wait = {"success": False, "error": "Please wait before sending messages", "status": 429}
    lines: Lines = [
        *created(),
        {"ana sends": ["join-room", "$room:r", "ana"]},
        {"ana receives": ["room-summary", summary("ana", host=True)]},
    ]
    for number in range(3):
        lines.append({"ana sends": {"asks": number, "event": ["send-message", "everyone", "x"]}})
        if number < 2:
            told = {"id": f"$uuid:m{number}", "message": f"$uuid:m{number}", "from": "$uuid:ana", "to": "everyone"}
            data = {**told, "content": "x", "reactions": [], "created": "$ms"}
            answer = {"success": True, "error": None, "status": 200, "data": data}
            lines.append({"ana receives": {"answers": number, "with": [answer]}})
    lines.append({"ana receives": {"answers": 2, "with": [wait]}})
    play(lines, limits={"messages_per_second": 1, "messages_burst": 2})


def test_a_room_that_ended_says_nothing_more() -> None:
    play(
        [
            *MEETING,
            {"ana closes": {}},
            {"bob receives": ["participant-left", "$uuid:ana"]},
            {"bob receives": ["destroy"]},
            {"bob receives": ["destory"]},
            {"bob sends": ["update-mediaState", {"cameraEnabled": True}]},
            {"bob sends": ["update-name", "Robert"]},
            {"bob sends": ["create-room"]},
            {"bob receives": ["join-room", "$room:second"]},
        ]
    )


def test_who_was_removed_is_kept_out_for_a_minute_by_whichever_socket() -> None:
    kicked = {"success": True, "error": None, "status": 200}
    play(
        [
            {"bob connects": {"address": "192.0.2.9"}},
            *MEETING,
            {"ana sends": {"asks": 1, "event": ["kick-participant", "$uuid:bob"]}},
            {"ana receives": ["participant-left", "$uuid:bob"]},
            {"ana receives": {"answers": 1, "with": [kicked]}},
            {"bob receives": ["destroy"]},
            {"bob receives": ["destory"]},
            {"bob sends": ["join-room", "$room:r", "bob"]},
            *refused("bob", "join", "You were removed from here; try again in 60 seconds.", "J403"),
            {"bob2 connects": {"address": "192.0.2.9"}},
            {"bob2 sends": ["join-room", "$room:r", "bob"]},
            *refused("bob2", "join", "You were removed from here; try again in 60 seconds.", "J403"),
        ]
    )


def test_who_waits_and_goes_away_is_no_longer_listed() -> None:
    media = {"camera": False, "microphone": False, "screen": False}
    cy = {"id": "$uuid:cy", "name": "Cy", "role": 2, "isAlive": True, "mediaState": media}
    ann = {"id": "$uuid:ann", "name": "Ann", "role": 0, "isAlive": True, "mediaState": media}
    none = {"codecs": [], "headerExtensions": []}
    group = {"id": "main", "name": "Standup", "members": ["$uuid:ann"]}
    note = {"id": "$uuid:n", "content": "Ann joined", "created": "$ms", "type": 2, "permission": 2}
    room = {"id": "$room:r", "idHash": "$hex:r", "name": "Standup", "myId": "$uuid:ann"}
    summed = {**room, "participants": [ann], "messages": [note]}
    done = {"success": True, "error": None, "status": 200}
    settings = {"name": "Standup", "waitingRoom": True, "hostDisconnectAction": 1}
    waits = {"success": False, "error": "In waiting room", "status": 403, "data": {"name": "Standup"}}
    play(
        [
            {"ann sends": ["create-room", {"name": "Standup"}]},
            {"ann receives": ["join-room", {"id": "$room:r"}]},
            {"ann sends": {"asks": 1, "event": ["join-room", {"roomId": "$room:r", "name": "Ann"}]}},
            {"ann receives": ["new-message", {"messageSummary": note}]},
            {"ann receives": ["added-to-group", {"groupSummary": group}]},
            {"ann receives": {"answers": 1, "with": [{**done, "data": {"summary": summed, "rtcCapabilities": none}}]}},
            {"ann sends": {"asks": 2, "event": ["update-room-settings", {"newSettings": {"waitingRoom": True}}]}},
            {"ann receives": ["updated-room-settings-host", {"newSettings": settings}]},
            {"ann receives": {"answers": 2, "with": [done]}},
            {"cy sends": {"asks": 1, "event": ["join-room", {"roomId": "$room:r", "name": "Cy"}]}},
            {"cy receives": {"answers": 1, "with": [waits]}},
            {"ann receives": ["new-waiting-room-participant", {"participant": cy}]},
            {"cy is lost": {}},
            {"ann receives": ["participant-left", {"participantId": "$uuid:cy"}]},
        ]
    )


def test_taking_a_message_back_takes_back_no_other() -> None:
    def said(label: str) -> dict[str, Any]:
        ids = {"id": f"$uuid:{label}", "message": f"$uuid:{label}", "from": "$uuid:ana", "to": "everyone"}
        return {**ids, "content": label, "reactions": [], "created": "$ms"}

    lines = list(MEETING)
    proof = {"id": "$uuid:ana", "key": "$hex:ana"}
    for label in ("one", "two", "three"):
        body = {"from": proof, "to": "everyone", "content": label}
        lines += asks("ana", "send", body, 200, {"success": True, "error": None, "data": said(label)})
        lines.append({"bob receives": ["new-room-message", said(label)]})
    lines += asks("ana", "delete", {"from": proof, "messageId": "$uuid:one"}, 200, {"success": True, "error": None})
    lines.append({"bob receives": ["delete-room-message", {**said("one"), "content": ""}]})
    lines += asks(
        "ana",
        "delete",
        {"from": proof, "messageId": "$uuid:one"},
        404,
        {"success": False, "error": "Could not find message"},
    )
    held = {**summary("cas", ANA, BOB), "messages": [said("two"), said("three")]}
    lines += [
        {"cas sends": ["join-room", "$room:r", "cas"]},
        {"cas receives": ["room-summary", held]},
        *({f"{who} receives": ["new-participant", information("cas", "cas")]} for who in ("ana", "bob")),
    ]
    play(lines)


def test_guests_who_are_not_admitted_are_told_so_at_whatever_they_ask() -> None:
    sentence = "A signed token is needed to enter."
    play(
        [
            {"xi connects": {}},
            *refused("xi", "connect", sentence, "C403"),
            {"xi sends": ["create-room"]},
            *refused("xi", "create-room", sentence, "C403"),
        ],
        admission={"guests": False},
    )
