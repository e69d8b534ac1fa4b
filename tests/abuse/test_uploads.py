"""Pictures that are bombs, or none."""

from __future__ import annotations

import asyncio
import io
import struct
import zlib

import httpx
import pytest
from PIL import Image
from tests.abuse.conftest import Enter


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, rows: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def gif(frames: int) -> bytes:
    out = io.BytesIO()
    pictures = [Image.new("P", (64, 64), number % 256) for number in range(frames)]
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=10)
    return out.getvalue()


def text_bomb() -> bytes:
    """A small picture whose comment unpacks to much."""
    whole = png(1, 1, zlib.compress(b"\0\0\0\0"))
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * (64 << 20), 9))
    return whole[:33] + bomb + whole[33:]


BOMBS = {
    "a side of 100,000": png(100_000, 100_000, zlib.compress(b"\0" * 100_000)),
    "many rows": png(20_000, 20_000, zlib.compress(b"\0" * 60_001 * 200, 9)),
    "no rows": png(100, 100, b""),
    "no size": png(0, 0, zlib.compress(b"")),
    "a negative size": png(0xFFFFFFFF, 1, zlib.compress(b"\0")),
    "a page": b"<html><script>alert(1)</script></html>",
    "a drawing": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "a script for the converter": b"push graphic-context\nimage over 0,0 0,0 'https://x/'\npop graphic-context",
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n{ } loop\n",
    "nothing": b"",
    "noise": bytes(range(256)) * 100,
    "only the signature": b"\x89PNG\r\n\x1a\n",
    "TIFF": b"II*\0" + b"\xff" * 1000,
    "an archive": b"PK\x03\x04" + b"\0" * 1000,
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS.keys())
async def test_what_is_no_picture_or_too_large_a_one_is_refused(enter: Enter, url: str, data: bytes) -> None:
    ana = await enter("ana")
    headers = {"Authorization": f"Bearer {ana.me['resume_token']}", "Content-Type": "image/png"}
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        answer = await client.post("/v1/pictures", content=data, headers=headers)
    assert answer.status_code in (413, 415, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    await ana.alive()


@pytest.mark.parametrize("data", [gif(500), text_bomb()], ids=["500 frames", "a comment of 64 MB"])
async def test_what_unpacks_to_much_is_kept_small_or_refused(enter: Enter, url: str, data: bytes) -> None:
    ana = await enter("ana")
    headers = {"Authorization": f"Bearer {ana.me['resume_token']}", "Content-Type": "image/png"}
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        answer = await client.post("/v1/pictures", content=data, headers=headers)
        assert answer.status_code in (201, 413, 415, 422)
        if answer.status_code == 201:
            assert len((await client.get(answer.json()["url"])).content) <= len(data) + 10_000


async def test_bombs_do_not_delay_those_who_talk(enter: Enter, url: str) -> None:
    loop = asyncio.get_running_loop()
    ana, ben, bomber = await enter("ana", "calm"), await enter("ben", "calm"), await enter("bomber")
    headers = {"Authorization": f"Bearer {bomber.me['resume_token']}", "Content-Type": "image/png"}
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        bombs = asyncio.gather(
            *(client.post("/v1/pictures", content=BOMBS["many rows"], headers=headers) for _ in range(10))
        )
        delays = []
        for number in range(20):
            begun = loop.time()
            await ana.post("calm", f"word {number}")
            await ben.hears(f"word {number}")
            delays.append(loop.time() - begun)
        assert max(delays) < 1.0
        assert {answer.status_code for answer in await bombs} <= {413, 415, 422, 429}


async def test_nobody_shares_a_picture_without_a_session(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        for token in ("", "x", "x" * 5000):
            headers = {"Authorization": f"Bearer {token}".strip(), "Content-Type": "image/png"}
            assert (await client.post("/v1/pictures", content=b"x", headers=headers)).status_code in (
                401,
                404,
                409,
                410,
            )


async def test_the_address_of_a_picture_cannot_be_guessed_or_changed(enter: Enter, url: str) -> None:
    ana = await enter("ana")
    headers = {"Authorization": f"Bearer {ana.me['resume_token']}", "Content-Type": "image/png"}
    async with httpx.AsyncClient(base_url=url) as client:
        out = io.BytesIO()
        Image.new("RGB", (8, 8)).save(out, "PNG")
        address = (await client.post("/v1/pictures", content=out.getvalue(), headers=headers)).json()["url"]
        assert (await client.get(address)).status_code == 200
        head, _, token = address.rpartition("/")
        for changed in (token[:-1] + ("a" if token[-1] != "a" else "b"), token[::-1], token + "x", token.upper(), "x"):
            assert (await client.get(f"{head}/{changed}")).status_code in (404, 410)
