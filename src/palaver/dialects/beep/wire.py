"""What goes over Beep's wire, in the order of its reference (docs/dialects/beep.md), and what a site decides about it."""

from __future__ import annotations

import msgspec

from palaver.dialects.base import Answer

COMMENT = b":\n\n"
"""The first thing on a stream, and its sign of life (§3)."""

CLAIM_HEADER = "x-user-claim"
TOKEN_PARAMETER = "token"  # noqa: S105 - a name, not a token

MAX_BODY_BYTES = 100 * 1024
MAX_ID_CHARS = 128

ANYWHERE = (("Access-Control-Allow-Origin", "*"),)
"""On every answer (§1): there are no cookies here that a foreign page could use."""

TEXT = ("Content-Type", "text/plain; charset=utf-8")
JSON = ("Content-Type", "application/json; charset=utf-8")
HTML = ("Content-Type", "text/html; charset=utf-8")

STREAM_HEAD = Answer(
    200,
    b"",
    (
        ("Content-Type", "text/event-stream"),
        ("Cache-Control", "no-cache"),
        ("Connection", "keep-alive"),
        # Not in the original: a proxy that buffers holds back what is waited for (§9).
        ("X-Accel-Buffering", "no"),
    ),
)

NOTHING = Answer(404, b"<!DOCTYPE html>\n<title>Error</title>\n<pre>There is nothing here.</pre>\n", (HTML,))


class Claim(msgspec.Struct, frozen=True):
    """`X-User-Claim`: who sends a request, as the gateway in front found out (§2)."""

    userid: str = ""
    clientid: str = ""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the site decides.

    Attributes:
        trust_claim_header: a proxy of ours says who somebody is.
        strict: who does not say who he is learns nothing, not even which devices there are.
        claimless: the older subscribe form is believed without any claim.
        devices_per_user: streams of one user; 0 for no limit.
    """

    trust_claim_header: bool = False
    strict: bool = False
    claimless: bool = False
    devices_per_user: int = 50


DEFAULTS = Options()
