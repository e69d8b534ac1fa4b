"""Lines of conference transcripts that are made on the spot: people of each era who come in and ask."""

from __future__ import annotations

from typing import Any

from tests.fakes import driven
from tests.transcripts.replay import Transcript, replay
from tests.transcripts.stages import PureStage

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


DONE = {"success": True, "error": None, "status": 200}
NO_MEDIA = {"camera": False, "microphone": False, "screen": False}
CAPABILITIES = {"codecs": [], "headerExtensions": []}


def no(error: str, status: int) -> dict[str, Any]:
    return {"success": False, "error": error, "status": status}


def asking(who: str, number: int, *event: Any, answer: dict[str, Any]) -> Lines:
    """Ask with a wish for an answer, and get it."""
    return [
        {f"{who} sends": {"asks": number, "event": list(event)}},
        {f"{who} receives": {"answers": number, "with": [answer]}},
    ]


def person(who: str, role: int) -> dict[str, Any]:
    return {"id": f"$uuid:{who}", "name": who, "role": role, "isAlive": True, "mediaState": NO_MEDIA}


def entering(who: str, *here: str, name: str = "Standup") -> Lines:
    """Let somebody of the last era join; the first of those who are here is host, and all of them are of that era."""
    note = {"id": f"$uuid:{who} joined", "content": f"{who} joined", "created": "$ms", "type": 2, "permission": 2}
    everybody = [*here, who]
    people = [person(each, 0 if each == everybody[0] else 2) for each in everybody]
    group = {"id": "main", "name": name, "members": [f"$uuid:{each}" for each in everybody]}
    found = {"id": "$room:r", "idHash": "$hex:r", "name": name, "myId": f"$uuid:{who}"}
    data = {"summary": {**found, "participants": people, "messages": [note]}, "rtcCapabilities": CAPABILITIES}
    lines: Lines = [
        {f"{who} sends": {"asks": 0, "event": ["join-room", {"roomId": "$room:r", "name": who}]}},
        {f"{who} receives": ["new-message", {"messageSummary": note}]},
        {f"{who} receives": ["added-to-group", {"groupSummary": group}]},
        {f"{who} receives": {"answers": 0, "with": [{**DONE, "data": data}]}},
    ]
    for other in here:
        lines += [
            {f"{other} receives": ["new-participant", {"participantSummary": people[-1]}]},
            {f"{other} receives": ["new-message", {"messageSummary": note}]},
            {f"{other} receives": ["participant-joined-group", {"groupId": "main", "participantId": f"$uuid:{who}"}]},
        ]
    return lines


STANDUP: Lines = [
    {"ann sends": ["create-room", {"name": "Standup"}]},
    {"ann receives": ["join-room", {"id": "$room:r"}]},
    *entering("ann"),
]


def settings(*, waiting: bool) -> dict[str, Any]:
    held = {"name": "Standup", "waitingRoom": waiting, "hostDisconnectAction": 1}
    return {**DONE, "data": {"settings": held}}
