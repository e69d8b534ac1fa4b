"""Every option of `[Conference]` is felt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.config.served import served
from tests.config.test_barertc_effects import START, asks, changed

from palaver.app import values
from palaver.config.reading import read_text
from palaver.core.rooms import CreateRoom
from palaver.dialects.conference.translator import ConferenceTranslator


def created(options: str, *arguments: Any) -> CreateRoom:
    """Return what `create-room` asks for on a site with these options."""
    reading = read_text(f"[Conference]\n{options}\n")
    assert reading.problems == ()
    translator = ConferenceTranslator(values.conference(reading.settings), lambda: "0" * 24, float)
    (request,) = translator.interpret(f"2{json.dumps(['create-room', *arguments])}".encode())
    assert isinstance(request.command, CreateRoom)
    return request.command


@pytest.mark.parametrize("passed_on", [True, False])
def test_transfer_is_what_rooms_of_the_last_era_begin_with(passed_on: bool) -> None:
    option = f"Transfer = {str(passed_on).lower()}"
    assert created(option, {"name": "Standup"}).transfer is passed_on
    assert not created(option, "Standup").transfer


@pytest.mark.parametrize("arguments", [[], ["Standup"], [{"name": "Standup"}]])
@pytest.mark.parametrize("waits", [True, False])
def test_waiting_room_is_what_every_room_begins_with(waits: bool, arguments: list[Any]) -> None:
    assert created(f"WaitingRoom = {str(waits).lower()}", *arguments).waiting_room is waits


ADDRESSES = ["/api/analytics", "/socket.io/?EIO=4&transport=polling", "/join/418230975"]


async def test_the_wire_can_be_switched_off(tmp_path: Path) -> None:
    async with served(START, tmp_path) as on:
        assert [(await asks(on, path)).status_code for path in ADDRESSES] == [200, 200, 302]
    async with served(changed(START, conference=changed(START.conference, enabled=False)), tmp_path) as off:
        # What is no address of a wire is the page's, which takes it for a room.
        assert [(await asks(off, path)).status_code for path in ADDRESSES] == [404, 307, 404]


async def test_an_old_invitation_leads_to_the_page(tmp_path: Path) -> None:
    async with served(START, tmp_path) as application:
        answer = await asks(application, "/join/418230975")
        assert answer.headers["location"] == "/r/418230975"
        assert "palaver-constants" in (await asks(application, answer.headers["location"])).text
