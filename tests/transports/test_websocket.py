"""WebSocket connections over real sockets, under uvicorn, on both event loops."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from palaver.codecs.websocket import text_frame
from palaver.transports.connection import HttpRefusal
from palaver.transports.http import MAX_HEAD_BYTES
from palaver.transports.websocket import WebSocketSettings

PATIENCE_S = 20.0
Serve = Any


def echo(ear: Any) -> Any:
    ear.on_message = lambda payload: ear.connection.write(text_frame(payload))
    return ear


class TestOpening:
    async def test_a_frame_in_the_packet_of_the_request_is_heard(self, serve: Serve) -> None:
        served = await serve()
        client = await served.dial()
        await client.upgraded(behind=client.frame(1, b"one") + client.frame(1, b"two") + client.frame(1, b"three")[:4])
        client.send(client.frame(1, b"three")[4:])
        await served.ears[0].hears("text", b"three")
        assert served.ears[0].told == [("opened",), ("text", b"one"), ("text", b"two"), ("text", b"three")]

    async def test_the_request_may_come_a_byte_at_a_time(self, serve: Serve) -> None:
        served = await serve()
        client = await served.dial()
        for byte in client.head() + client.frame(1, b"hi"):
            client.send(bytes([byte]))
            await asyncio.sleep(0)
        await client.response()
        await served.ears[0].hears("text", b"hi")

    async def test_firefox_says_keep_alive_too(self, serve: Serve) -> None:
        await (await serve()).open(Connection="keep-alive, Upgrade")

    async def test_the_listener_chooses_among_the_subprotocols(self, serve: Serve, make_ear: Any) -> None:
        served = await serve()
        served.reply = lambda peer: make_ear(peer.subprotocols[1])
        client = await served.dial()
        client.send(client.head(Sec_WebSocket_Protocol="old, palaver.v1"))
        _, headers, _ = await client.response()
        assert headers["sec-websocket-protocol"] == "palaver.v1"

    async def test_a_subprotocol_nobody_offered_is_our_bug(self, serve: Serve, make_ear: Any) -> None:
        served = await serve()
        served.reply = lambda peer: make_ear("palaver.v1")
        client = await served.dial()
        client.send(client.head())
        assert (await client.response())[0] == 500

    async def test_the_factory_learns_what_the_request_said(self, serve: Serve) -> None:
        served = await serve()
        await served.open("/r/caf%C3%A9?t=a%20b&t=c", Origin="http://palaver.test", User_Agent="x")
        peer = served.peers[0]
        assert (peer.path, peer.query, peer.remote, peer.secure) == ("/r/café", b"t=a%20b&t=c", "127.0.0.1", False)
        assert (peer.parameter("t"), peer.parameter("u")) == ("a b", None)
        assert (peer.header("origin"), peer.header("cookie")) == ("http://palaver.test", None)

    async def test_the_target_may_be_absolute(self, serve: Serve) -> None:
        served = await serve()
        await served.open("http://palaver.test/ws?t=1")
        assert (served.peers[0].path, served.peers[0].parameter("t")) == ("/ws", "1")

    def test_a_refusal_cannot_be_made_to_say_more(self) -> None:
        with pytest.raises(ValueError, match="line break"):
            HttpRefusal(403, headers=(("X-Why", "a\r\nSet-Cookie: b"),))

    async def test_a_refusal_is_sent_instead_of_101(self, serve: Serve) -> None:
        served = await serve()
        served.reply = lambda peer: HttpRefusal(403, b"no", (("X-Why", "origin"),))
        client = await served.dial()
        client.send(client.head())
        status, headers, body = await client.response()
        assert (status, headers["x-why"], headers["connection"], body) == (403, "origin", "close", b"no")
        assert await client.ended()

    async def test_an_exception_in_the_factory_is_500(self, serve: Serve) -> None:
        served = await serve()
        served.reply = lambda peer: 1 / 0  # type: ignore[assignment,return-value]
        client = await served.dial()
        client.send(client.head())
        assert (await client.response())[0] == 500

    async def test_an_old_version_gets_426(self, serve: Serve) -> None:
        client = await (await serve()).dial()
        client.send(client.head(Sec_WebSocket_Version="8"))
        status, headers, _ = await client.response()
        assert (status, headers["sec-websocket-version"]) == (426, "13")

    async def test_nagle_is_off(self, serve: Serve) -> None:
        served = await serve()
        seen = []
        client = await served.dial()
        original = served.websockets.connections.add

        def add(connection: Any) -> None:
            sock = connection._transport.get_extra_info("socket")
            seen.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            original(connection)

        served.websockets.connections.add = add
        await client.upgraded()
        assert seen[0] != 0


class TestHttpBeside:
    async def test_plain_requests_and_a_later_upgrade_share_a_socket(self, serve: Serve) -> None:
        served = await serve()
        client = await served.dial()
        for _ in range(2):
            client.send(b"GET /plain HTTP/1.1\r\nHost: palaver.test\r\n\r\n")
            assert (await client.response())[::2] == (200, b"plain")
        await client.upgraded()
        client.say("after")
        await served.ears[0].hears("text", b"after")

    async def test_a_get_without_upgrade_is_the_apps(self, serve: Serve) -> None:
        client = await (await serve()).dial()
        client.send(b"GET /ws HTTP/1.1\r\nHost: palaver.test\r\n\r\n")
        assert (await client.response())[0] == 404

    async def test_another_upgrade_is_the_apps(self, serve: Serve) -> None:
        client = await (await serve()).dial()
        client.send(b"GET /plain HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n")
        assert (await client.response())[::2] == (200, b"plain")

    async def test_garbage_is_400(self, serve: Serve) -> None:
        client = await (await serve()).dial()
        client.send(b"\x16\x03\x01 what\r\n\r\n")
        assert b" 400 " in await asyncio.wait_for(client.reader.readline(), PATIENCE_S)

    async def test_an_upgrade_behind_an_unanswered_request_is_not_taken(self, serve: Serve) -> None:
        served = await serve()
        client = await served.dial()
        client.send(b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n" + client.head())
        assert b" 101 " not in await asyncio.wait_for(client.reader.read(), PATIENCE_S)
        assert served.ears == []

    async def test_an_endless_head_is_431(self, serve: Serve) -> None:
        client = await (await serve()).dial()
        client.send(b"GET /plain HTTP/1.1\r\nX-Long: ".ljust(MAX_HEAD_BYTES + 1, b"x"))
        assert b" 431 " in await asyncio.wait_for(client.reader.readline(), PATIENCE_S)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody but itself signed, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "palaver.test")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(signed.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    return folder / "cert.pem", folder / "key.pem"


class TestTls:
    async def test_frames_and_closing_are_the_same(self, serve: Serve, certificate: Any, make_ear: Any) -> None:
        cert, key = certificate
        served = await serve(ssl_certfile=cert, ssl_keyfile=key)
        served.reply = lambda peer: echo(make_ear())
        trusting = ssl.create_default_context(cafile=cert)
        client = await served.dial(ssl=trusting, server_hostname="127.0.0.1")
        await client.upgraded(behind=client.frame(1, b"first"))
        assert await client.next_frame() == (1, b"first")
        assert served.peers[0].secure
        client.say("x" * 60_000)
        assert await client.next_frame() == (1, b"x" * 60_000)
        client.send(b"\x81\x02hi")
        assert await client.next_close() == 1002
        assert await client.ended()

    async def test_a_slow_reader_is_closed(self, serve: Serve, certificate: Any) -> None:
        cert, key = certificate
        settings = WebSocketSettings(budget_bytes=1000, close_timeout_s=0.1)
        served = await serve(settings=settings, ssl_certfile=cert, ssl_keyfile=key)
        trusting = ssl.create_default_context(cafile=cert)
        client = await served.dial(receive_buffer=4096, ssl=trusting, server_hostname="127.0.0.1")
        await client.upgraded()
        ear = served.ears[0]
        async with asyncio.timeout(PATIENCE_S):
            while ear.told[-1][0] != "closed":
                ear.connection.write(text_frame(b"x" * 50_000))
                await asyncio.sleep(0)
        assert ear.told[-1][1] == 1013


class TestMessages:
    async def test_an_independent_client_is_content(self, serve: Serve, make_ear: Any) -> None:
        served = await serve(settings=WebSocketSettings(max_message_bytes=1 << 20))
        served.reply = lambda peer: echo(make_ear())
        async with websockets.connect(f"ws://127.0.0.1:{served.port}/ws") as client:
            for text in ("", "short", "é" * 100, "x" * 500_000):
                await client.send(text)
                assert await client.recv() == text
            await client.send(["in ", "three ", "parts"])
            assert await client.recv() == "in three parts"
            await asyncio.wait_for(await client.ping(b"there?"), PATIENCE_S)
        assert (client.close_code, await served.ears[0].farewell()) == (1000, (1000, "", True))

    async def test_binary_is_told_as_binary(self, serve: Serve) -> None:
        client, ear = await (await serve()).open()
        client.send(client.frame(2, b"\xff"))
        await ear.hears("binary", b"\xff")

    async def test_a_frame_may_come_in_pieces(self, serve: Serve) -> None:
        client, ear = await (await serve()).open()
        for byte in client.frame(1, b"x" * 200):
            client.send(bytes([byte]))
            await asyncio.sleep(0)
        await ear.hears("text", b"x" * 200)

    async def test_a_ping_between_fragments_is_answered_at_once(self, serve: Serve) -> None:
        client, ear = await (await serve()).open()
        client.send(client.frame(1, b"a", fin=False) + client.frame(9, b"!"))
        assert await client.next_frame() == (10, b"!")
        client.send(client.frame(0, b"b"))
        await ear.hears("text", b"ab")

    async def test_the_size_limit_can_be_raised_by_the_message_before(self, serve: Serve) -> None:
        served = await serve(settings=WebSocketSettings(max_message_bytes=100))
        client, ear = await served.open()

        def log_in(payload: bytes) -> None:
            ear.connection.max_message_bytes = 1000

        ear.on_message = log_in
        client.send(client.frame(1, b"login") + client.frame(1, b"x" * 1000))
        await ear.hears("text", b"x" * 1000)
        client.say("x" * 1001)
        assert await client.next_close() == 1009

    async def test_no_limit_is_0(self, serve: Serve) -> None:
        client, ear = await (await serve(settings=WebSocketSettings(max_message_bytes=0))).open()
        assert ear.connection.max_message_bytes == 0
        client.say("x" * 200_000)
        await ear.hears("text", b"x" * 200_000)


class TestUnfinishedMessages:
    async def test_together_they_hold_no_more_than_is_allowed_and_the_largest_goes(self, serve: Serve) -> None:
        served = await serve(settings=WebSocketSettings(max_message_bytes=0, unfinished_bytes=800_000))
        opened = [await served.open() for _ in range(3)]
        whole = opened[0][0].frame(1, b"x" * 400_000)
        for (client, ear), size in zip(opened, (300_000, 350_000, 70_000), strict=True):
            client.send(whole[:size])
            async with asyncio.timeout(PATIENCE_S):
                while ear.connection._reader.pending != size:  # noqa: ASYNC110
                    await asyncio.sleep(0)
        opened[2][0].send(whole[70_000:200_000])
        assert await opened[1][0].next_close() == 1009
        for client, ear in (opened[0], opened[2]):
            client.send(whole[300_000 if client is opened[0][0] else 200_000 :])
            await ear.hears("text", b"x" * 400_000)
        assert len(served.websockets.unfinished) == 0


class TestBackPressure:
    @pytest.mark.parametrize("opcode", [9, 10, 0])
    async def test_a_flood_that_tells_nothing_lets_others_have_their_turn(self, serve: Serve, opcode: int) -> None:
        served = await serve()
        (client, ear), (other, other_ear) = await served.open(), await served.open()
        flood = client.frame(opcode, fin=opcode != 0) * 200
        client.send(
            (client.frame(1, fin=False) + flood + client.frame(0) if opcode == 0 else flood) + client.frame(1, b"end")
        )
        other.say("and I?")
        await other_ear.hears("text", b"and I?")
        assert ear.messages == []
        await ear.hears("text", b"end")

    async def test_a_paused_connection_delivers_nothing_until_resumed(self, serve: Serve) -> None:
        client, ear = await (await serve()).open()
        ear.on_message = lambda payload: ear.connection.pause_reading()
        client.send(client.frame(1, b"1") + client.frame(1, b"2"))
        await ear.hears("text", b"1")
        client.send(client.frame(9, b"later") + client.frame(1, b"3"))
        for heard in ([b"1"], [b"1", b"2"], [b"1", b"2", b"3"]):
            await ear.hears("text", heard[-1])
            assert ear.messages == heard
            ear.connection.resume_reading()
        assert await client.next_frame() == (10, b"later")

    async def test_a_paused_socket_is_not_read(self, serve: Serve) -> None:
        served = await serve()
        client, ear = await served.open()
        ear.on_message = lambda payload: ear.connection.pause_reading()
        chunk = client.frame(1, b"x" * 60_000) * 100
        client.send(chunk)
        await ear.hears("text", b"x" * 60_000)
        other, other_ear = await served.open()
        for turn in range(20):
            other.say(str(turn))
            await other_ear.hears("text", b"%d" % turn)
        assert ear.connection._reader.pending < len(chunk) / 4
        ear.on_message = lambda payload: None
        ear.connection.resume_reading()
        client.say("end")
        await ear.hears("text", b"end")
        assert len(ear.messages) == 101

    async def test_what_was_said_before_a_close_is_heard_even_when_paused(self, serve: Serve) -> None:
        client, ear = await (await serve()).open()
        ear.on_message = lambda payload: ear.connection.pause_reading()
        client.send(client.frame(1, b"1") + client.frame(1, b"2"))
        client.say_close(1000)
        client.hang_up()
        await ear.hears("text", b"1")
        ear.connection.resume_reading()
        await ear.hears("text", b"2")
        ear.connection.resume_reading()
        assert await ear.farewell() == (1000, "", True)

    @pytest.mark.parametrize("budget_bytes", [0, 1 << 40])
    async def test_a_reader_may_be_as_slow_as_the_settings_say(self, serve: Serve, budget_bytes: int) -> None:
        served = await serve(settings=WebSocketSettings(budget_bytes=budget_bytes))
        reader, ear = await served.open()
        ear.connection.write(text_frame(b"hello"))
        assert await reader.next_frame() == (1, b"hello")

    async def test_a_slow_reader_is_closed_and_delays_nobody(self, serve: Serve) -> None:
        served = await serve(settings=WebSocketSettings(budget_bytes=1 << 18, close_timeout_s=0.2))
        sleeper = await (await served.dial(receive_buffer=4096)).upgraded()
        slow = served.ears[0]
        reader, quick = await served.open()
        frame = text_frame(b"x" * 50_000)
        sent = 0
        while slow.told[-1][0] != "closed":
            sent += 1
            for ear in (slow, quick):
                ear.connection.write(frame)
            assert await reader.next_frame() == (1, b"x" * 50_000)
        assert slow.told == [("opened",), ("closed", 1013, "reading too slowly", False)]
        assert sent < 1000
        slow.connection.write(frame)  # dropped, not raised
        reader.say("still here")
        await quick.hears("text", b"still here")
        assert sleeper.writer

    async def test_who_catches_up_misses_nothing_of_what_follows(self, serve: Serve) -> None:
        """Once nothing waits any more, what is written goes to the socket directly again, and behind what waited."""
        served = await serve()
        client = await (await served.dial(receive_buffer=4096)).upgraded()
        connection = served.ears[0].connection
        sent = 0
        while not connection.unsent_bytes:
            connection.write(text_frame(b"%d" % sent * 10_000))
            sent += 1
        for number in range(sent):
            assert await client.next_frame() == (1, b"%d" % number * 10_000)
        assert connection.unsent_bytes == 0
        for last in (b"and", b"so", b"on"):
            connection.write(text_frame(last))
            assert await client.next_frame() == (1, last)

    async def test_the_slow_reader_is_never_closed_within_write(self, serve: Serve) -> None:
        served = await serve(settings=WebSocketSettings(budget_bytes=1000))
        await (await served.dial(receive_buffer=4096)).upgraded()
        ear = served.ears[0]
        ear.connection.write(b"x" * 50_000_000)
        assert ear.told == [("opened",)]
        assert (await ear.farewell())[0] == 1013

    async def test_a_slow_reader_that_wakes_up_reads_1013(self, serve: Serve) -> None:
        served = await serve(settings=WebSocketSettings(budget_bytes=1000, close_timeout_s=PATIENCE_S))
        client = await (await served.dial(receive_buffer=4096)).upgraded()
        for _ in range(200):
            served.ears[0].connection.write(text_frame(b"x" * 60_000))
        await served.ears[0].farewell()
        assert await client.next_close() == 1013

    async def test_a_burst_over_the_budget_that_the_socket_takes_is_no_offence(self, serve: Serve) -> None:
        served = await serve(settings=WebSocketSettings(budget_bytes=1000))
        client, ear = await served.open()
        ear.connection.write(text_frame(b"x" * 20_000))
        assert await client.next_frame() == (1, b"x" * 20_000)
        client.say("fine")
        await ear.hears("text", b"fine")
