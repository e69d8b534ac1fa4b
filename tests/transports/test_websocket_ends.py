"""How WebSocket connections end: closing handshakes, violations, silence, and the end of the process."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import structlog

from palaver.codecs.websocket import text_frame
from palaver.core.disconnects import wait_asked_ms
from palaver.transports.websocket import WebSocketSettings

PATIENCE_S = 20.0
Serve = Any


class TestClosing:
    async def test_the_clients_close_is_echoed_and_told_as_clean(self, serve: Serve) -> None:
        client, ear = await (await serve()).open()
        client.say_close(1001, "späť".encode())
        assert await client.next_frame() == (8, b"\x03\xe9")
        assert await client.ended()
        assert await ear.farewell() == (1001, "späť", True)

    async def test_a_close_without_a_code_is_1005(self, serve: Serve) -> None:
        client, ear = await (await serve()).open()
        client.send(client.frame(8))
        assert await client.next_frame() == (8, b"")
        assert await ear.farewell() == (1005, "", True)

    async def test_ours_flushes_first_and_waits_for_the_answer(self, serve: Serve) -> None:
        client, ear = await (await serve()).open()
        ear.connection.write(text_frame(b"last words"))
        ear.connection.close(4000, "kicked")
        ear.connection.close(1000)
        ear.connection.write(text_frame(b"too late"))
        assert ear.told == [("opened",)]
        assert await client.next_frame() == (1, b"last words")
        assert await client.next_frame() == (8, b"\x0f\xa0kicked")
        client.say("in flight")
        client.say_close(4000)
        assert await ear.farewell() == (4000, "kicked", True)
        assert await client.ended()
        assert ear.messages == []

    async def test_no_answer_within_the_grace_ends_it_all_the_same(self, serve: Serve) -> None:
        client, ear = await (await serve(settings=WebSocketSettings(close_timeout_s=0.05))).open()
        ear.connection.close(1000)
        assert await ear.farewell() == (1000, "", False)
        assert await client.next_close() == 1000

    async def test_closing_a_paused_connection_still_hears_the_answer(self, serve: Serve) -> None:
        served = await serve(settings=WebSocketSettings(close_timeout_s=PATIENCE_S))
        client, ear = await served.open()
        ear.on_message = lambda payload: ear.connection.pause_reading()
        client.send(client.frame(1, b"1") + client.frame(1, b"2"))
        client.say_close(1000)
        await ear.hears("text", b"1")
        ear.connection.close(4001)
        assert await ear.farewell() == (4001, "", True)
        assert ear.messages == [b"1"]

    async def test_a_lost_connection_is_1006(self, serve: Serve) -> None:
        client, ear = await (await serve()).open()
        client.hang_up()
        assert await ear.farewell() == (1006, "", False)

    async def test_abort_is_told_later(self, serve: Serve) -> None:
        client, ear = await (await serve()).open()
        ear.connection.abort()
        assert ear.told == [("opened",)]
        ear.connection.write(b"dropped")
        assert await ear.farewell() == (1006, "", False)
        assert await client.ended()

    async def test_a_write_that_somebody_kept_is_harmless_ever_after(self, serve: Serve) -> None:
        client, ear = await (await serve()).open()
        write = ear.connection.write
        ear.connection.close(1000)
        write(text_frame(b"late"))
        assert await client.next_frame() == (8, b"\x03\xe8")
        client.say_close(1000)
        assert await client.ended()
        await ear.farewell()
        write(text_frame(b"later"))

    async def test_closed_is_told_once_however_it_ends(self, serve: Serve) -> None:
        client, ear = await (await serve()).open()
        client.say_close(1000)
        await ear.farewell()
        ear.connection.close(1000)
        ear.connection.abort()
        await client.ended()
        assert [fact[0] for fact in ear.told] == ["opened", "closed"]


class TestViolations:
    @pytest.mark.parametrize(
        ("frame", "code"),
        [
            (b"\x81\x02hi", 1002),
            (b"\xc1\x80\x00\x00\x00\x00", 1002),
            (b"\x83\x80\x00\x00\x00\x00", 1002),
            (b"\x81\x81\x00\x00\x00\x00\xff", 1007),
            (b"\x80\x80\x00\x00\x00\x00", 1002),
            (b"\x88\x82\x00\x00\x00\x00\x03\xee", 1002),
            (b"\x81\xff\x00\x00\x00\x00\x7f\xff\xff\xff\x00\x00\x00\x00", 1009),
        ],
    )
    async def test_a_bad_frame_is_told_why_after_the_good_one_before_it(
        self, serve: Serve, frame: bytes, code: int
    ) -> None:
        client, ear = await (await serve()).open()
        client.send(client.frame(1, b"good") + frame + b"\x00" * 5000)
        assert await client.next_close() == code
        told = await ear.farewell()
        assert (ear.messages, told[0], told[2]) == ([b"good"], code, False)
        assert await client.ended()

    async def test_the_server_hangs_up_once_the_client_did(self, serve: Serve) -> None:
        served = await serve(settings=WebSocketSettings(close_timeout_s=PATIENCE_S))
        client, _ = await served.open()
        client.send(b"\x81\x02hi")
        assert await client.next_close() == 1002
        assert await client.ended()
        client.hang_up()
        await served.emptied()

    async def test_an_exception_in_a_listener_ends_only_its_connection(self, serve: Serve) -> None:
        served = await serve()
        client, ear = await served.open()
        other, other_ear = await served.open()

        def explode(payload: bytes) -> None:
            raise RuntimeError("bug in a handler")

        ear.on_message = explode
        with structlog.testing.capture_logs() as logs:
            client.send(client.frame(1, b"secret") + client.frame(1, b"more"))
            assert await client.next_close() == 1011
        (failure,) = [entry for entry in logs if entry["log_level"] == "error"]
        assert failure["exc_info"]
        assert not any("secret" in str(value) for value in failure.values())
        client.say_close(1011)
        assert await ear.farewell() == (1011, "internal error", True)
        other.say("fine")
        await other_ear.hears("text", b"fine")
        assert ear.messages == [b"secret"]

    async def test_an_exception_in_opened_or_closed_is_survived(self, serve: Serve, make_ear: Any) -> None:
        served = await serve()

        class Broken(make_ear):  # type: ignore[misc]
            def closed(self, code: int, reason: str, clean: bool) -> None:
                super().closed(code, reason, clean)
                raise RuntimeError("bug in closed")

        def explode(connection: Any) -> None:
            raise RuntimeError("bug in opened")

        ear = Broken()
        ear.on_open = explode
        served.reply = lambda peer: ear
        client, _ = await served.open()
        assert await client.next_close() == 1011
        client.say_close(1011)
        assert (await ear.farewell())[0] == 1011
        await served.emptied()


class TestKeepalive:
    async def test_silence_is_pinged_and_an_answer_keeps_it_open(self, serve: Serve) -> None:
        settings = WebSocketSettings(ping_interval_s=0.05, silence_limit_s=PATIENCE_S)
        client, ear = await (await serve(settings=settings)).open()
        for _ in range(3):
            assert await client.next_frame() == (9, b"")
            client.send(client.frame(10))
        assert ear.told == [("opened",)]

    async def test_the_dead_are_cut_and_the_living_stay(self, serve: Serve) -> None:
        served = await serve(settings=WebSocketSettings(ping_interval_s=0.05, silence_limit_s=0.3))
        _, dead = await served.open()
        living, ear = await served.open()
        while dead.told[-1][0] != "closed":
            assert await living.next_frame() == (9, b"")
            living.send(living.frame(10))
        assert dead.told[-1] == ("closed", 1006, "", False)
        assert ear.told == [("opened",)]

    async def test_one_that_is_gone_is_noticed_while_nothing_is_read_of_it(self, serve: Serve) -> None:
        client, ear = await (await serve(settings=WebSocketSettings(ping_interval_s=0.05))).open()
        ear.on_message = lambda payload: ear.connection.pause_reading()
        client.send(client.frame(1, b"1") + client.frame(1, b"2"))
        await ear.hears("text", b"1")
        client.hang_up()
        assert await ear.farewell() == (1006, "", False)

    async def test_0_never_pings_and_has_no_timer(self, serve: Serve) -> None:
        served = await serve(settings=WebSocketSettings(ping_interval_s=0))
        await served.open()
        assert served.websockets.connections._timer is None

    async def test_one_timer_serves_all_and_ends_with_the_last(self, serve: Serve) -> None:
        served = await serve()
        clients = [(await served.open())[0] for _ in range(20)]
        assert len(served.websockets.connections) == 20
        assert served.websockets.connections._timer is not None
        for client in clients:
            client.say_close(1000)
        await served.emptied()
        assert served.websockets.connections._timer is None


class TestStopping:
    async def test_uvicorn_knows_the_connections_and_closes_them_with_1012(self, serve: Serve) -> None:
        served = await serve()
        client, ear = await served.open()
        stopping = asyncio.create_task(served.stop())
        assert await client.next_close() == 1012
        client.say_close(1012)
        await stopping
        code, reason, clean = await ear.farewell()
        assert (code, clean, wait_asked_ms(reason) > 0) == (1012, True, True)

    async def test_a_client_that_ignores_it_does_not_hold_uvicorn(self, serve: Serve) -> None:
        served = await serve(settings=WebSocketSettings(close_timeout_s=0.1))
        _, ear = await served.open()
        await served.stop()
        assert (await ear.farewell())[::2] == (1012, False)

    async def test_who_comes_while_it_closes_is_sent_on(self, serve: Serve) -> None:
        """Nobody gets a session that ends with the process: 503 makes every client try again."""
        served = await serve()
        await served.websockets.close_all()
        client = await served.dial()
        client.send(client.head())
        status, headers, *_ = await client.response()
        assert (status, headers["retry-after"]) == (503, "1")

    async def test_everybody_is_told_another_moment_to_return(self, serve: Serve) -> None:
        """Who is told nothing comes back when it likes; thousands that like the same moment are as bad as none."""
        served = await serve()
        opened = [await served.open() for _ in range(10)]
        await served.websockets.close_all()
        for client, _ in opened:
            client.say_close(await client.next_close())
        farewells = [await ear.farewell() for _, ear in opened]
        assert {code for code, *_ in farewells} == {1012}
        waits = [wait_asked_ms(reason) for _, reason, _ in farewells]
        assert len(set(waits)) > 1
        assert all(1000 <= wait <= 2000 for wait in waits)
