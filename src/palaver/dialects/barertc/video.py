"""The `video` number of BareRTC's wire (§3.8): nine flags, each of which the core has a name for."""

from __future__ import annotations

from palaver.core.media import SetMedia
from palaver.core.participants import NO_CAMERA_RULES, CameraRules
from palaver.core.rosters import Seen

ACTIVE, EXPLICIT, MUTED, NON_EXPLICIT, MUTUAL_REQUIRED, MUTUAL_OPEN, ONLY_VIP, INVITED, NO_WATERMARK = (
    1 << bit for bit in range(9)
)

_RULES = {
    EXPLICIT: "explicit",
    NON_EXPLICIT: "avoid_explicit",
    MUTUAL_REQUIRED: "mutual_required",
    MUTUAL_OPEN: "mutual_open",
    ONLY_VIP: "vip_only",
    NO_WATERMARK: "unmarked",
}


def flags(seen: Seen) -> int:
    """Return the flags of somebody's camera as a viewer may see it; all of them are 0 while it is off."""
    media = seen.participant.media
    if not media.camera:
        return 0
    found = ACTIVE if media.microphone else ACTIVE | MUTED
    for flag, name in _RULES.items():
        if getattr(media.rules, name):
            found |= flag
    return found | INVITED if seen.invited else found


def media_of(video: int) -> SetMedia:
    """Return what a client says it sends. `INVITED` is the server's to set."""
    if not video & ACTIVE:
        return SetMedia(camera=False, microphone=False, rules=NO_CAMERA_RULES)
    rules = CameraRules(**{name: bool(video & flag) for flag, name in _RULES.items()})
    return SetMedia(
        camera=True, microphone=not video & MUTED, rules=NO_CAMERA_RULES if rules == NO_CAMERA_RULES else rules
    )
