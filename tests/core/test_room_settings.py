"""How a room is set up, as values."""

from __future__ import annotations

import pytest

from palaver.core import errors, room_settings
from palaver.core.ids import RoomId
from palaver.core.rooms import Room, UpdateRoom

LOBBY = RoomId("lobby")


def test_an_update_changes_what_it_names_and_nothing_else() -> None:
    room = Room(LOBBY, title="Lobby", locked=True, capacity=5, pin_digest="old")
    changed = room_settings.updated_room(room, UpdateRoom(LOBBY, locked=False), pin_digest=None)
    assert changed == Room(LOBBY, title="Lobby", locked=False, capacity=5, pin_digest="old")
    assert room_settings.updated_room(room, UpdateRoom(LOBBY), pin_digest="").pin_digest == ""
    for capacity in (-1, 1 << 31, 10**30):
        with pytest.raises(errors.Malformed):
            room_settings.updated_room(room, UpdateRoom(LOBBY, capacity=capacity), pin_digest=None)
