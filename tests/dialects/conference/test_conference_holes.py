"""Holes and crashes of the original servers (docs/dialects/conference.md, section D), each with a test that it is closed."""

from __future__ import annotations

from typing import Any

import pytest
from tests.bridges.company.people import Company
from tests.dialects.conference.lines import (
    ANA,
    BOB,
    DONE,
    MEETING,
    STANDUP,
    Lines,
    asking,
    asks,
    created,
    entering,
    information,
    joined,
    no,
    person,
    play,
    refused,
    settings,
    summary,
)


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
            {"bob sends": ["join-room", "$room:second", "bob"]},
            {
                "bob receives": [
                    "room-summary",
                    {**summary("bob", host=True), "id": "$room:second", "idHash": "$hex:second"},
                ]
            },
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


def test_bad_input_that_wants_no_answer_is_told_by_an_event_and_ends_nothing() -> None:
    crashes: list[tuple[str, list[Any], str, str]] = [
        ("create-room", [{"name": 5}], "Bad input", "C400"),
        ("update-room-settings", [{}], "Bad input", "U400"),
        ("send-message", [{}], "Bad input", "S400"),
        ("create-transport", [{"type": "plain", "kind": "sending"}], "Unknown type", "C400"),
        ("kick-participant", [None], "Bad input", "K400"),
        ("edit-message", [[]], "Bad input", "E400"),
    ]
    lines = list(STANDUP)
    for name, arguments, sentence, code in crashes:
        lines.append({"ann sends": [name, *arguments]})
        lines.append({"ann receives": ["error-event", name, sentence, code]})
    play([*lines, *asking("ann", 1, "get-room-settings", {}, answer=settings(waiting=False))])


def test_an_event_called_as_a_word_of_emitters_or_objects_is_none_of_ours() -> None:
    lines = list(STANDUP)
    for number, name in enumerate(("newListener", "removeListener", "__proto__", "constructor", "disconnect"), 1):
        unknown = no(f"{name} is not something that can be asked.", 400)
        lines += asking("ann", number, name, "x", answer=unknown)
    play(lines)


def test_media_state_holds_two_booleans_and_nothing_else() -> None:
    on = {"cameraEnabled": True, "microphoneEnabled": False}
    play(
        [
            *MEETING,
            {"bob sends": ["update-mediaState", {"cameraEnabled": True, "isHost": True, "x": "y" * 1000}]},
            {"ana receives": ["participant-updated-media-state", {"id": "$uuid:bob", "mediaState": on}]},
            {"ana receives": ["participant-updated-settings", {"id": "$uuid:bob", "settings": on}]},
            {"bob sends": ["update-mediaState", {"cameraEnabled": "yes"}]},
            *refused("bob", "update-mediaState", "Bad input", "U400"),
        ]
    )


@pytest.mark.parametrize("way", [{"bob closes": {}}, {"bob sends": ["leave"]}], ids=["gone", "connected"])
def test_nobody_writes_to_who_has_left(way: dict[str, Any]) -> None:
    body = {"from": {"id": "$uuid:ana", "key": "$hex:ana"}, "to": "$uuid:bob", "content": "are you there?"}
    gone = {"success": False, "error": "Could not find to participant"}
    left: Lines = [way, {"ana receives": ["participant-left", "$uuid:bob"]}]
    play([*MEETING, *left, *asks("ana", "send", body, 404, gone)])


def test_nobody_posts_to_a_group_of_others() -> None:
    only_ann = {"id": "two", "name": "two", "members": ["$uuid:ann"]}
    group = {**DONE, "data": {"group": "two"}}
    input_of_bob = {"messageInput": {"type": 0, "group": "two", "content": "me too"}}
    play(
        [
            *STANDUP,
            *entering("bob", "ann"),
            {"ann sends": {"asks": 1, "event": ["create-group", {"name": "two", "members": ["$uuid:ann"]}]}},
            {"ann receives": ["added-to-group", {"groupSummary": only_ann}]},
            {"ann receives": {"answers": 1, "with": [group]}},
            *asking("bob", 1, "send-message", input_of_bob, answer=no("Bad input", 400)),
        ]
    )


def test_a_message_that_was_taken_back_is_not_changed_any_more() -> None:
    proof = {"id": "$uuid:ana", "key": "$hex:ana"}
    ids = {"id": "$uuid:m", "message": "$uuid:m", "from": "$uuid:ana", "to": "everyone"}
    told = {**ids, "content": "x", "reactions": [], "created": "$ms"}
    done = {"success": True, "error": None}
    gone = {"success": False, "error": "Could not find message"}
    play(
        [
            *MEETING,
            *asks("ana", "send", {"from": proof, "to": "everyone", "content": "x"}, 200, {**done, "data": told}),
            {"bob receives": ["new-room-message", told]},
            *asks("ana", "delete", {"from": proof, "messageId": "$uuid:m"}, 200, done),
            {"bob receives": ["delete-room-message", {**told, "content": ""}]},
            *asks("ana", "edit", {"from": proof, "messageId": "$uuid:m", "content": "y"}, 404, gone),
            *asks("ana", "delete", {"from": proof, "messageId": "$uuid:m"}, 404, gone),
        ]
    )


def test_one_connection_is_one_participant() -> None:
    """Not twice in one room, and not in another as well."""
    again = [
        line
        for room in ("$room:r", "lobby")
        for line in [{"bob sends": ["join-room", room, "bob"]}, *refused("bob", "join", "$text", "J409")]
    ]
    play([*MEETING, *again])


def test_settings_are_for_hosts_and_others_hear_the_name_alone() -> None:
    changed = {"name": "Retro", "waitingRoom": True, "hostDisconnectAction": 1}
    name = {"newSettings": {"name": "Retro"}}
    lines = [*STANDUP, *entering("bob", "ann")]
    lines += asking("bob", 1, "get-room-settings", {}, answer=no("You are not a host", 403))
    lines += asking(
        "bob", 2, "update-room-settings", {"newSettings": {"name": "Mine"}}, answer=no("You are not a host", 403)
    )
    lines.append({"ann sends": {"asks": 1, "event": ["update-room-settings", {"newSettings": changed}]}})
    lines.append({"bob receives": ["updated-room-settings", name]})
    for who in ("ann", "bob"):
        lines.append({f"{who} receives": ["group-update-name", {"groupId": "main", "newName": "Retro"}]})
    lines.append({"ann receives": ["updated-room-settings-host", {"newSettings": changed}]})
    lines.append({"ann receives": {"answers": 1, "with": [DONE]}})
    play(lines)


def test_a_decision_that_is_none_leaves_the_waiter_waiting() -> None:
    waits = {**no("In waiting room", 403), "data": {"name": "Standup"}}
    bad = no("Bad decision. Please decide better.", 400)
    held = {"newSettings": {"name": "Standup", "waitingRoom": True, "hostDisconnectAction": 1}}
    play(
        [
            *STANDUP,
            {"ann sends": {"asks": 1, "event": ["update-room-settings", {"newSettings": {"waitingRoom": True}}]}},
            {"ann receives": ["updated-room-settings-host", held]},
            {"ann receives": {"answers": 1, "with": [DONE]}},
            *asking("cy", 1, "join-room", {"roomId": "$room:r", "name": "cy"}, answer=waits),
            {"ann receives": ["new-waiting-room-participant", {"participant": person("cy", 2)}]},
            *asking("ann", 2, "waiting-room-decision", {"id": "$uuid:cy", "decision": "perhaps"}, answer=bad),
            {"ann sends": {"asks": 3, "event": ["waiting-room-decision", {"id": "$uuid:cy", "decision": "reject"}]}},
            {"ann receives": ["participant-left", {"participantId": "$uuid:cy"}]},
            {"ann receives": {"answers": 3, "with": [DONE]}},
            {"cy receives": ["waiting-room-rejection", {"reason": "The host rejected you."}]},
        ]
    )


def test_a_room_that_is_not_there_is_refused_before_the_client_begins_to_join() -> None:
    missing = no("The room doesn't exist", 404)
    play(
        [
            *asking("hal", 1, "get-rtp-capabilities", {"roomId": "000000001"}, answer=missing),
            *asking("mia", 1, "get-rtp-capabilities", "000000001", answer=missing),
        ]
    )


def test_who_lost_the_connection_comes_again_as_somebody_new() -> None:
    note = {"id": "$uuid:bob left", "content": "bob left the room", "created": "$ms", "type": 2, "permission": 2}
    play(
        [
            *STANDUP,
            *entering("bob", "ann"),
            {"bob is lost": {}},
            {"ann receives": ["participant-left", {"participantId": "$uuid:bob"}]},
            {"ann receives": ["new-message", {"messageSummary": note}]},
            *entering("bob2", "ann"),
        ]
    )


def test_a_message_that_was_accepted_is_answered_by_200() -> None:
    told = {"id": "$uuid:m", "content": "hello", "created": "$ms", "type": 0, "group": "main", "from": "$uuid:ann"}
    play(
        [
            *STANDUP,
            {"ann sends": {"asks": 1, "event": ["send-message", {"messageInput": {**GROUP, "content": "hello"}}]}},
            {"ann receives": ["new-message", {"messageSummary": told}]},
            {"ann receives": {"answers": 1, "with": [DONE]}},
        ]
    )


GROUP = {"type": 0, "group": "main"}


def test_too_many_rooms_of_one_maker_are_refused() -> None:
    """Rooms that nobody joins end after ten seconds, and until then there are only so many of one maker."""
    lines: Lines = []
    for number in range(3):
        lines += [{"eve sends": ["create-room"]}, {"eve receives": ["join-room", f"$room:{number}"]}]
    lines.append({"eve sends": ["create-room"]})
    lines += refused("eve", "create-room", "This is too large: 3 rooms is the limit.", "C413")
    lines += [{"time passes": 11}, {"eve sends": ["create-room"]}, {"eve receives": ["join-room", "$room:again"]}]
    play(lines, limits={"rooms_per_session": 3})


def test_a_text_that_is_too_long_is_refused() -> None:
    proof = {"id": "$uuid:ana", "key": "$hex:ana"}
    body = {"from": proof, "to": "everyone", "content": "$repeat:x:65537"}
    sentence = "This is too large: 65536 bytes is the limit."
    play([*MEETING, *asks("ana", "send", body, 413, {"success": False, "error": sentence})])


@pytest.mark.parametrize(
    ("query", "said", "refusal"),
    [
        ("EIO=4", b'40{"token":"bad"}', b'44{"message":"The token is not valid'),
        ("EIO=4&token=bad", b"40", b'44{"message":"The token is not valid'),
        ("EIO=3&token=bad", b"", b'44"The token is not valid'),
    ],
)
def test_who_brings_a_token_that_is_not_good_is_refused_as_the_client_connects(
    query: str, said: bytes, refusal: bytes
) -> None:
    connection = Company().connect(f"/socket.io/?transport=websocket&{query}")
    if said:
        connection.take(said, False)
    first, told = (each for each in connection.inbox if isinstance(each, bytes))
    assert first.startswith(b"0{")
    assert told.startswith(refusal)
