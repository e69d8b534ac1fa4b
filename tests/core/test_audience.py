"""Audiences travel between nodes, so each must come back as it went."""

from __future__ import annotations

import msgspec
import pytest

from palaver.core.audience import AnyAudience, ToDevice, ToEverybody, ToRoom, ToSessions
from palaver.core.ids import ChannelId, DeviceId, PersonKey, RoomId, SessionId, UserId

KEY = PersonKey("name:ana")


@pytest.mark.parametrize(
    "audience",
    [
        ToRoom(RoomId("lobby")),
        ToRoom(RoomId("lobby"), ChannelId("main"), (KEY,), True, frozenset({KEY}), SessionId("ana"), True),
        ToSessions((SessionId("ana"), SessionId("bob")), (KEY,), SessionId("ana")),
        ToDevice(UserId("site:ana"), DeviceId("phone")),
        ToEverybody(),
    ],
)
def test_an_audience_survives_the_wire(audience: AnyAudience) -> None:
    assert msgspec.json.decode(msgspec.json.encode(audience), type=AnyAudience) == audience  # type: ignore[comparison-overlap]
