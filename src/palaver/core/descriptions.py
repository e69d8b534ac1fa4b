"""What little the core reads of a session description: whether it sends video (RFC 8866, RFC 9429).

Descriptions pass through in the bytes in which they came; they are read only for somebody whom a rule of the site keeps
from showing a camera, since a client of any wire might send one all the same.
"""

from __future__ import annotations

import msgspec

_SENDING = {"sendrecv": True, "sendonly": True, "recvonly": False, "inactive": False}


def sends_video(description: msgspec.Raw) -> bool:
    """Return whether a description offers or takes up the sending of video; true for one that cannot be read.

    Args:
        description: the browser's object with its `sdp`, or that object as JSON text.
    """
    text = _sdp_of(description)
    if text is None:
        return True
    whole = here = True
    video = in_section = False
    for line in text.replace("\r", "\n").split("\n"):
        line = line.strip()
        if line[:2] == "m=":
            if video and here:
                return True
            words = line[2:].split()
            in_section, here = True, whole
            video = len(words) > 1 and words[0].lower() == "video" and words[1].partition("/")[0] != "0"
        elif line[:2] == "a=" and line[2:] in _SENDING:
            if in_section:
                here = _SENDING[line[2:]]
            else:
                whole = _SENDING[line[2:]]
    return video and here


def _sdp_of(description: msgspec.Raw) -> str | None:
    try:
        held = msgspec.json.decode(description)
        if isinstance(held, str):
            held = msgspec.json.decode(held)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    text = held.get("sdp") if isinstance(held, dict) else None
    return text if isinstance(text, str) else None
