"""The bus on a real NATS server, which is there, is not there yet, and goes away."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import nats
import pytest
from tests.nats_server import NatsServer, subscribed

from palaver.cli.certificate import self_signed
from palaver.integrations.nats_bus import QUEUED, QUEUED_BYTES, NatsBus

PATIENCE_S = 20.0


@pytest.fixture
def server() -> Iterator[NatsServer]:
    found = NatsServer()
    yield found
    found.stop()


class Ear:
    """Remembers what it heard, and answers each message with its length."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._changed = asyncio.Event()

    def __call__(self, payload: bytes) -> bytes:
        self.heard.append(payload)
        self._changed.set()
        return str(len(payload)).encode()

    async def has(self, count: int) -> list[bytes]:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.heard) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.heard


async def test_what_is_told_reaches_others_and_what_others_ask_is_answered(server: NatsServer) -> None:
    server.start()
    other = await nats.connect(server.url)
    told = await subscribed(other, "told")
    bus, ear = NatsBus(server.url, name="palaver one"), Ear()
    bus.listen("asked", ear)
    bus.tell("told", b"first")
    bus.begin()
    try:
        bus.tell("told", b"second")
        assert [(await told.next_msg(PATIENCE_S)).data for _ in range(2)] == [b"first", b"second"]
        assert (await other.request("asked", b"four", timeout=PATIENCE_S)).data == b"4"
        bus.ignore("asked")
        bus.tell("told", b"third")
        await told.next_msg(PATIENCE_S)
        with pytest.raises(nats.errors.NoRespondersError):
            await other.request("asked", b"more", timeout=PATIENCE_S)
        assert ear.heard == [b"four"]
    finally:
        await bus.close()
        await other.close()


async def test_what_is_answered_can_be_used_at_once(server: NatsServer) -> None:
    """A subject that an answer names is listened to before the answer is read."""
    server.start()
    other = await nats.connect(server.url)
    bus, ear = NatsBus(server.url), Ear()

    def invite(payload: bytes) -> bytes:
        bus.listen("invited", ear)
        return b"invited"

    bus.listen("asked", invite)
    bus.tell("ready", b"")
    ready = await subscribed(other, "ready")
    bus.begin()
    try:
        await ready.next_msg(PATIENCE_S)
        subject = (await other.request("asked", b"", timeout=PATIENCE_S)).data.decode()
        await other.publish(subject, b"said")
        assert await ear.has(1) == [b"said"]
    finally:
        await bus.close()
        await other.close()


async def test_without_a_server_telling_neither_waits_nor_fails_and_is_bounded(server: NatsServer) -> None:
    bus, ear = NatsBus(server.url, retry_s=0.02), Ear()
    bus.listen("told", ear)
    bus.begin()
    try:
        for number in range(QUEUED + 5):
            bus.tell("told", json.dumps(number).encode())
        assert bus.dropped == 5
        assert not bus.is_connected
        server.start()
        assert await ear.has(QUEUED) == [json.dumps(number).encode() for number in range(QUEUED)]
    finally:
        await bus.close()


async def test_a_server_that_went_away_is_found_again_with_everything_listened_to(server: NatsServer) -> None:
    bus, ear = NatsBus(server.url, retry_s=0.02), Ear()
    bus.listen("told", ear)
    server.start()
    bus.begin()
    try:
        bus.tell("told", b"before")
        await ear.has(1)
        server.stop()
        bus.tell("elsewhere", b"")
        server.start()
        async with asyncio.timeout(PATIENCE_S):
            while await ear.has(1) and len(ear.heard) < 2:
                # What was on its way when the server died is lost, as NATS promises no more.
                bus.tell("told", b"after")
                await asyncio.sleep(0.01)
        assert set(ear.heard) == {b"before", b"after"}
    finally:
        await bus.close()


async def test_a_bus_without_a_server_closes_at_once(server: NatsServer) -> None:
    bus = NatsBus(server.url)
    bus.begin()
    bus.tell("told", b"never read")
    async with asyncio.timeout(PATIENCE_S):
        await bus.close()


async def test_a_password_goes_to_a_server_with_tls_or_to_nobody(
    server: NatsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[bytes] = []
    twice = asyncio.Event()

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","version":"2.10.0","max_payload":1024,"auth_required":true}\r\n')
        read.append(await reader.read())
        writer.close()
        if len(read) == 2:
            twice.set()

    certificate, key = self_signed(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    bus, ear = NatsBus(f"tls://ana:secret@127.0.0.1:{server.port}", retry_s=0.02), Ear()
    bus.listen("told", ear)
    bus.tell("told", b"kept")
    eavesdropper = await asyncio.start_server(plain, "127.0.0.1", server.port)
    bus.begin()
    try:
        async with asyncio.timeout(PATIENCE_S):
            await twice.wait()
        assert (bus.is_connected, set(read)) == (False, {b""})
        eavesdropper.close()
        await eavesdropper.wait_closed()
        server.start("--user", "ana", "--pass", "secret", "--tls", "--tlscert", str(certificate), "--tlskey", str(key))
        assert await ear.has(1) == [b"kept"]
    finally:
        await bus.close()


async def test_what_waits_is_bounded_in_bytes_too() -> None:
    bus = NatsBus("nats://127.0.0.1:1")
    bus.tell("told", b"x" * QUEUED_BYTES)
    bus.tell("told", b"x")
    assert bus.dropped == 1
    await bus.close()


async def test_a_listener_that_fails_does_not_end_the_bus(server: NatsServer) -> None:
    server.start()
    bus, ear = NatsBus(server.url), Ear()

    def fail(payload: bytes) -> None:
        raise ValueError(payload)

    bus.listen("bad", fail)
    bus.listen("good", ear)
    bus.tell("bad", b"")
    bus.tell("good", b"still here")
    bus.begin()
    try:
        assert await ear.has(1) == [b"still here"]
    finally:
        await bus.close()
