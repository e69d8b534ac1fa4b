"""Whether it lives, whether it can serve, and its figures, which are nobody else's business."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.fakes import LOBBY, FakeSink, World
from tests.web.conftest import Desk, refused

from palaver.codecs.websocket import SLOW
from palaver.core.chat import InChannel, PostMessage
from palaver.core.errors import Unavailable
from palaver.dialects.base import Call
from palaver.dialects.native.surface import DIALECT
from palaver.transports.conversation import Conversation
from palaver.transports.views import Views
from palaver.web import health
from palaver.web.operations import RawPaths


class Store:
    """A store whose one answer is a test's choice."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def relations(self, _user: str) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer()


async def test_it_lives_whatever_the_store_does() -> None:
    desk = Desk(World(moderation=Store(Unavailable())), draining=lambda: True)
    answer = await desk.asks("GET", "/healthz", bearer="")
    assert (answer.status_code, answer.text) == (200, "ok\n")


async def test_it_is_ready_when_the_store_answers(desk: Desk) -> None:
    assert (await desk.asks("GET", "/readyz", bearer="")).status_code == 200


async def test_it_is_not_ready_while_it_drains() -> None:
    answer = await Desk(draining=lambda: True).asks("GET", "/readyz", bearer="")
    assert (answer.status_code, answer.text) == (503, "draining\n")


async def test_it_is_not_ready_while_nothing_can_be_recorded() -> None:
    answer = await Desk(recording_fails=lambda: True).asks("GET", "/readyz", bearer="")
    assert (answer.status_code, answer.text) == (503, "nothing can be recorded\n")


@pytest.mark.parametrize("kind", ["silent", "refusing"])
async def test_it_is_not_ready_without_a_store(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "STORE_WITHIN_S", 0.0)
    silent = asyncio.get_running_loop().create_future
    desk = Desk(World(moderation=Store(silent if kind == "silent" else Unavailable())))
    answer = await desk.asks("GET", "/readyz", bearer="")
    assert answer.status_code == 503
    figures = await desk.asks("GET", "/metrics", bearer="", address="127.0.0.1")
    assert "palaver_store_latency_seconds NaN" in figures.text


@pytest.mark.parametrize(
    ("address", "forwarded", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("127.8.8.8", {}, 200),
        ("::1", {}, 200),
        ("::ffff:127.0.0.1", {}, 200),
        ("10.1.2.3", {}, 200),
        ("198.51.100.7", {}, 403),
        ("", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ("10.1.2.3", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ("10.1.2.3", {"X-Forwarded-For": "127.0.0.1, 203.0.113.9"}, 403),
        ("10.1.2.3", {"Forwarded": "for=203.0.113.9"}, 403),
        ("10.1.2.3", {"X-Real-IP": "203.0.113.9"}, 403),
        ("10.1.2.3", {"X-Forwarded-For": "10.9.9.9"}, 200),
        ("198.51.100.7", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("198.51.100.7", {"X-Real-IP": "127.0.0.1"}, 403),
    ],
)
async def test_the_figures_are_for_the_effective_address(
    desk: Desk, address: str, forwarded: dict[str, str], status: int
) -> None:
    answer = await desk.asks("GET", "/metrics", address=address, headers=forwarded)
    assert answer.status_code == status
    if status == 403:
        refused(answer, 403, "not_allowed")


async def figures(desk: Desk) -> dict[tuple[str, ...], float]:
    answer = await desk.asks("GET", "/metrics", bearer="", address="127.0.0.1")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_the_figures_tell_what_goes_on() -> None:
    desk = Desk(unsent_bytes=lambda: 77, open_connections=lambda: 3)
    ana = desk.world.open("ana", "lobby")
    bob = desk.world.open("bob", "lobby")
    ana.ask(PostMessage(InChannel(LOBBY), "hi"))
    bob.lose()
    desk.world.hub.counts.note_lag(0.25)
    desk.world.hub.counts.note_lag(0.125)

    found = await figures(desk)

    assert found["palaver_sessions",] == 2
    assert found["palaver_rooms",] == 1
    assert found["palaver_seats",] == 2
    assert found["palaver_messages_posted_total",] == 1
    assert found["palaver_frames_delivered_total",] == desk.world.hub.delivered > 0
    assert found["palaver_outbox_bytes",] == 77
    assert found["palaver_open_connections",] == 3
    assert found["palaver_loop_lag_seconds",] == 0.25
    assert found["palaver_store_latency_seconds",] >= 0
    assert found["palaver_slow_readers_closed_total",] == 0
    assert (await figures(desk))["palaver_loop_lag_seconds",] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the figures of a process are read from /proc")
async def test_the_figures_tell_how_many_descriptors_are_left(desk: Desk) -> None:
    found = await figures(desk)
    assert 0 < found["process_open_fds",] < found["process_max_fds",]


class Listening:
    """The connection of a conversation that a test plays."""

    framing = "websocket"
    max_message_bytes = 0

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self, code: int = 1000, reason: str = "") -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


async def test_connections_refusals_and_slow_readers_are_counted(desk: Desk) -> None:
    views = Views()
    talks = []
    for name in ("ana", "bob"):
        talk = Conversation(
            desk.world.hub,
            views,
            views.view(DIALECT, "websocket"),
            address="",
            subprotocol="palaver.v1",
            session_frame_bytes=0,
            call=lambda: Call(DIALECT.endpoints[0]),
        )
        talk.opened(Listening())  # type: ignore[arg-type]
        talk.received(b'{"id":1,"ask":{"type":"identify","name":"%s"}}' % name.encode())
        talk.received(b'{"id":2,"ask":{"type":"leave_room","room":"den"}}')
        talk.received(b"nonsense")
        talks.append(talk)
    talks[1].closed(SLOW, "reading too slowly", False)

    found = await figures(desk)

    assert found["palaver_connections", "native", "websocket"] == 1
    assert found["palaver_sessions",] == 2
    assert found["palaver_slow_readers_closed_total",] == 1
    assert found["palaver_refusals_total", "not_in_room"] == 2
    assert found["palaver_refusals_total", "malformed"] == 2


async def test_a_sink_of_another_kind_does_not_disturb(desk: Desk) -> None:
    desk.world.open("ana", sink=FakeSink())
    assert ("palaver_connections", "native", "websocket") not in await figures(desk)


async def test_a_server_without_raw_paths_is_served_as_well() -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["path"])

    await RawPaths(app)({"type": "http", "path": "/plain"}, None, None)  # type: ignore[arg-type]
    await RawPaths(app)({"type": "http", "path": "/a/b", "raw_path": b"/a%2Fb"}, None, None)  # type: ignore[arg-type]
    assert seen == ["/plain", "/a%2Fb"]
