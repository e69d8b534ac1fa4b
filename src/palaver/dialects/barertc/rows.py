"""Says who is in the room on BareRTC's wire: `who`, always whole, one row for each person (§3.3)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from palaver.core import policy
from palaver.core.rosters import Seen
from palaver.dialects.barertc.video import flags
from palaver.dialects.barertc.wire import Row, encode
from palaver.dialects.base import Payload, RosterWords


def row(seen: Seen) -> bytes:
    """Return the row of one person, as one viewer sees it."""
    seat = seen.participant
    profile = seat.profile
    return encode(
        Row(
            username=seat.handle,
            display_name=seat.display_name or UNSET,
            status=seat.status,
            video=flags(seen),
            dnd=seat.dnd or UNSET,
            since_s=seat.joined_ms // 1000,
            op=policy.runs_room(seat),
            vip=seat.vip or UNSET,
            avatar=profile.avatar or UNSET,
            profile_url=profile.url or UNSET,
            emoji=profile.emoji or UNSET,
            gender=profile.gender or UNSET,
        )
    )


def whole(rows: Sequence[bytes]) -> Payload:
    """Return the frame; without anybody to see it has no list."""
    if not rows:
        return b'{"action":"who"}'
    return b'{"action":"who","whoList":[' + b",".join(rows) + b"]}"


ROSTER = RosterWords(row, whole)
