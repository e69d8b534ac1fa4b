"""Knows how each wire is spoken, as data for the load generator: how to come in, what to say, what a roster looks like.

Texts are templates of `text.h`; `<room>` stands for the room's name. A further dialect is one more entry of `DIALECTS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Step = tuple[Literal["send", "wait", "keep"], str]


@dataclass(frozen=True)
class Dialect:
    """One wire, as the load generator has to speak it.

    Attributes:
        path: request target of the WebSocket.
        headers: further lines of the upgrade request.
        script: what every connection does to come in; `keep` remembers what follows its text as `{id}`.
        alone: how they come in where rooms cannot be named beforehand and many are needed: each makes one of their own.
        acquaintance: what each does beside that before offers pass between partners.
        publish: a message to the room, with `{ts}` and `{pad}`.
        relay: an offer to the partner; with `{peer}` or `{p}`, `{ts}` and `{pad}`.
        roster_marker: what stands before the number k in the roster entry of the person called `u{k}`; empty where the
            server keeps no roster.
        hears_itself: the author of a message is sent a copy.
        answers_pings: the client must answer Engine.IO's ping.
    """

    name: str
    path: str
    publish: str
    relay: str
    headers: tuple[str, ...] = ()
    script: tuple[Step, ...] = ()
    alone: tuple[Step, ...] = ()
    acquaintance: tuple[Step, ...] = ()
    roster_marker: str = ""
    hears_itself: bool = True
    answers_pings: bool = False


_SDP = r"v=0\r\no=- {ts} 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=x-filler:{pad}\r\n"

REFERENCE = Dialect(
    name="reference",
    path="/{i}",
    publish='{"ts":"{ts}","pad":"{pad}"}',
    relay='@{p} {"type":"offer","sdp":"' + _SDP + '"}',
)

NODE_WS = Dialect(
    name="Node ws",
    path="/{i}",
    publish='{"type":"say","data":{"ts":"{ts}","pad":"{pad}"}}',
    relay='{"type":"signal","to":"{p}","data":{"type":"offer","sdp":"' + _SDP + '"}}',
)

NODE_SOCKETIO = Dialect(
    name="Node socket.io",
    path="/socket.io/?EIO=4&transport=websocket",
    script=(
        ("wait", '0{"sid"'),
        ("send", "40"),
        ("wait", "40{"),
        ("send", '420["join","{i}"]'),
        ("wait", "430["),
    ),
    publish='42["say","{ts} {pad}"]',
    relay='42["signal","{p}",{"type":"offer","sdp":"' + _SDP + '"}]',
    answers_pings=True,
)

NATIVE = Dialect(
    name="native",
    path="/native/ws",
    headers=("Sec-WebSocket-Protocol: palaver.v1",),
    script=(
        ("send", '{"id":1,"ask":{"type":"identify","name":"u{i}"}}'),
        ("keep", '"type":"identified","session":"'),
        ("send", '{"id":2,"ask":{"type":"join_room","room":"<room>","create":true}}'),
        ("wait", '{"reply":2,"outcome"'),
    ),
    publish='{"ask":{"type":"post_message","place":{"in":"channel","room":"<room>"},"text":"{ts} {pad}"}}',
    relay=(
        '{"ask":{"type":"send_signal","to":{"by":"session","session":"{peer}"},'
        '"signal":{"kind":"offer","description":{"type":"offer","sdp":"' + _SDP + '"}}}}'
    ),
    roster_marker='"handle":"u',
)

BARERTC = Dialect(
    name="barertc",
    path="/barertc/ws",
    script=(
        ("send", '{"action":"login","username":"u{i}"}'),
        ("wait", '{"action":"echo"'),
    ),
    # Whichever of two asks second finds the other's camera on; then offers may pass between them in both directions.
    acquaintance=(
        ("send", '{"action":"me","video":1,"status":"online"}'),
        ("send", '{"action":"open","username":"u{p}"}'),
        ("send", '{"action":"that is all"}'),
        ("wait", "that is all"),
    ),
    publish='{"action":"message","channel":"lobby","message":"{ts} {pad}"}',
    relay=(
        r'{"action":"sdp","username":"u{p}","description":"{\"type\":\"offer\",\"sdp\":\"'
        + _SDP.replace(r"\r\n", r"\\r\\n")
        + r'\"}"}'
    ),
    roster_marker='"username":"u',
)

SPREED = Dialect(
    name="spreed",
    path="/spreed/ws",
    script=(
        ("keep", '"Type":"Self","Id":"'),
        ("send", '{"Type":"Hello","Hello":{"Name":"<room>","Ua":"u{i}","Type":""},"Iid":"1"}'),
        ("wait", '"Type":"Welcome"'),
    ),
    publish='{"Type":"Chat","Chat":{"To":"","Type":"Chat","Chat":{"Message":"{ts} {pad}","NoEcho":true}}}',
    relay='{"Type":"Offer","Offer":{"To":"{peer}","Type":"Offer","Offer":{"type":"offer","sdp":"' + _SDP + '"}}}',
    roster_marker='"Ua":"u',
    hears_itself=False,
)

CONFERENCE = Dialect(
    name="conference",
    path=NODE_SOCKETIO.path,
    # The era whose arguments stand in a row, with answers; nobody hears what they say themselves.
    script=(
        ("wait", '0{"sid"'),
        ("send", "40"),
        ("wait", "40{"),
        ("send", '420["join-room","<room>","u{i}",{"codecs":[],"headerExtensions":[]}]'),
        ("keep", '"isMe":true,"id":"'),
    ),
    alone=(
        ("wait", '0{"sid"'),
        ("send", "40"),
        ("wait", "40{"),
        ("send", '42["create-room","<room>"]'),
        ("keep", '42["join-room","'),
        ("send", '420["join-room","{id}","u{i}",{"codecs":[],"headerExtensions":[]}]'),
        ("wait", '"isMe":true'),
    ),
    publish='42["send-message","everyone","{ts} {pad}"]',
    relay=(
        '42["signal",{"to":"{peer}","signal":{"kind":"offer","description":{"type":"offer","sdp":"' + _SDP + '"}}}]'
    ),
    roster_marker='"name":"u',
    hears_itself=False,
    answers_pings=True,
)

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect
    for dialect in (
        NATIVE,
        BARERTC,
        SPREED,
        CONFERENCE,
    )
}
