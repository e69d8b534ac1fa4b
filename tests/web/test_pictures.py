"""Pictures over HTTP: bounded, judged and counted on the way in; on the way out no page, no script, no guess."""

from __future__ import annotations

import io
import zlib
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from tests.fakes import NOW, Person
from tests.web.conftest import Desk, refused

from palaver.core.errors import Limited
from palaver.core.participants import Rule
from palaver.integrations.attachments import DAY_S, SHOWN_DAYS
from palaver.integrations.pictures import Picture, PictureRefused, PictureStore
from palaver.web.pictures import AT_ONCE_EACH, FORM_BYTES, PICTURE_BYTES, Uploads

HASH = "ab" * 32


class FakePictures(PictureStore):
    """Takes every picture for a PNG of 3 × 2, without looking; its addresses are real."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, b"secret")
        self.directory = directory
        self.received: list[tuple[bytes, str]] = []
        self.refusal: PictureRefused | None = None

    async def store(self, data: bytes, *, declared_name: str = "", now: float) -> Picture:
        if self.refusal is not None:
            raise self.refusal
        self.received.append((data, declared_name))
        path = self._path(HASH, ".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return Picture(content_hash=HASH, mime="image/png", width=3, height=2, size_bytes=len(data))


@pytest.fixture
def pictures(tmp_path: Path) -> FakePictures:
    return FakePictures(tmp_path)


@pytest.fixture
def desk(pictures: FakePictures) -> Desk:
    return Desk(pictures=pictures)


@pytest.fixture
def ana(desk: Desk) -> Person:
    return desk.world.open("ana", "lobby", verified=True)


async def shared(desk: Desk, who: Person, content: Any = b"picture", **options: Any) -> httpx.Response:
    headers = {"Content-Type": "image/png", **options.pop("headers", {})}
    return await desk.asks("POST", "/v1/pictures", bearer=who.token, content=content, headers=headers, **options)


async def test_a_picture_is_kept_and_shown(desk: Desk, ana: Person, pictures: FakePictures) -> None:
    answer = await shared(desk, ana)

    assert answer.status_code == 201
    kept = answer.json()
    assert kept == {"url": kept["url"], "mime": "image/png", "width": 3, "height": 2, "bytes": 7}
    assert kept["url"].startswith("/v1/pictures/")
    assert pictures.received == [(b"picture", "")]

    seen = await desk.asks("GET", kept["url"], bearer="")
    assert (seen.status_code, seen.content, seen.headers["content-type"]) == (200, b"picture", "image/png")
    assert seen.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert seen.headers["cache-control"] == "private, max-age=86400"
    assert seen.headers["cross-origin-resource-policy"] == "same-origin"
    assert seen.headers["x-content-type-options"] == "nosniff"


async def test_the_pages_of_friends_may_show_pictures(desk: Desk, ana: Person) -> None:
    desk.change(origins=frozenset({"https://www.site.example"}))
    url = (await shared(desk, ana)).json()["url"]
    assert (await desk.asks("GET", url, bearer="")).headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize("kind", ["image/png", "image/svg+xml", "application/octet-stream", ""])
async def test_what_a_picture_is_its_bytes_tell(desk: Desk, ana: Person, kind: str) -> None:
    assert (await shared(desk, ana, headers={"Content-Type": kind})).json()["mime"] == "image/png"


async def test_a_picture_comes_in_a_form_as_well(desk: Desk, ana: Person, pictures: FakePictures) -> None:
    form = {"files": {"picture": ("cat.heic", b"meow", "image/heic")}, "data": {"note": "mine"}}
    answer = await desk.asks("POST", "/v1/pictures", bearer=ana.token, **form)
    assert answer.status_code == 201
    assert pictures.received == [(b"meow", "cat.heic")]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"nonsense"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b"--x--\r\n"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"1" * FORM_BYTES * 2 + b"\r\n--x--\r\n",
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n1\r\n' * 2 + b"--x--\r\n",
        ),
    ],
)
async def test_a_form_that_holds_no_picture_is_told(desk: Desk, ana: Person, kind: str, body: bytes) -> None:
    refused(await shared(desk, ana, body, headers={"Content-Type": kind}), 400, "malformed")


async def test_another_kind_of_body_is_not_read(desk: Desk, ana: Person) -> None:
    answer = await shared(desk, ana, headers={"Content-Type": "text/html"})
    refused(answer, 415, "unsupported_media_type")


async def test_a_picture_that_is_too_large_is_cut_off_while_it_comes(desk: Desk, ana: Person) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 65_536
            yield b"x" * 65_536

    for kind in ("image/png", "multipart/form-data; boundary=x"):
        sent = 0
        refused(await shared(desk, ana, endless(), headers={"Content-Type": kind}), 413, "too_large")
        assert sent <= PICTURE_BYTES + FORM_BYTES + 2 * 65_536


async def test_a_picture_that_says_it_is_too_large_is_not_even_begun(desk: Desk, ana: Person) -> None:
    async def untouched() -> AsyncIterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    headers = {"Content-Length": str(PICTURE_BYTES + 1)}
    refused(await shared(desk, ana, untouched(), headers=headers), 413, "too_large")


async def test_one_whom_the_site_keeps_from_pictures_shares_none(desk: Desk, pictures: FakePictures) -> None:
    bob = desk.world.open("bob", "lobby", verified=True, rules=frozenset({Rule.NO_IMAGE}))
    refused(await shared(desk, bob), 403, "rule_forbids")
    assert pictures.received == []


async def test_where_there_are_no_pictures_none_is_taken_or_shown() -> None:
    desk = Desk()
    refused(await shared(desk, desk.world.open("ana")), 403, "not_allowed")
    refused(await desk.asks("GET", "/v1/pictures/x", bearer=""), 403, "not_allowed")


async def test_one_person_shares_only_so_many_a_minute(desk: Desk, ana: Person) -> None:
    desk.change(uploads_per_minute=2)
    again = desk.world.open("ana", "lobby", verified=True)
    assert [(await shared(desk, who)).status_code for who in (ana, again)] == [201, 201]

    answer = await shared(desk, ana)
    refused(answer, 429, "too_many_requests")
    assert answer.headers["retry-after"] in ("30", "31")
    assert (await shared(desk, desk.world.open("bob", "lobby", verified=True))).status_code == 201
    desk.world.clock.advance(31)
    assert (await shared(desk, ana)).status_code == 201


async def test_a_guest_who_comes_anew_is_the_same_guest(desk: Desk) -> None:
    desk.change(uploads_per_minute=1)
    first, second = (desk.world.open("guest", address="203.0.113.9") for _ in range(2))
    assert (await shared(desk, first)).status_code == 201
    refused(await shared(desk, second), 429, "too_many_requests")
    assert (await shared(desk, desk.world.open("guest", address="203.0.113.10"))).status_code == 201


async def test_nought_is_no_limit(desk: Desk, ana: Person) -> None:
    desk.change(uploads_per_minute=0)
    assert {(await shared(desk, ana)).status_code for _ in range(100)} == {201}


def test_one_person_sends_only_so_many_at_once() -> None:
    uploads = Uploads()
    with ExitStack() as held:
        for _ in range(AT_ONCE_EACH):
            held.enter_context(uploads.one("ana", per_minute=0, now=NOW))
        with pytest.raises(Limited), uploads.one("ana", per_minute=0, now=NOW):
            pass
        held.enter_context(uploads.one("bob", per_minute=0, now=NOW))
    with uploads.one("ana", per_minute=0, now=NOW):
        pass


def test_others_who_send_slowly_keep_nobody_from_sending() -> None:
    uploads = Uploads()
    with ExitStack() as held:
        for number in range(100 * AT_ONCE_EACH):
            held.enter_context(uploads.one(f"slow {number // AT_ONCE_EACH}", per_minute=0, now=NOW))
        with uploads.one("ana", per_minute=0, now=NOW):
            pass


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("empty", 422),
        ("not_a_picture", 415),
        ("damaged", 422),
        ("too_many_pixels", 422),
        ("too_many_frames", 422),
        ("took_too_long", 422),
        ("busy", 503),
    ],
)
async def test_why_a_picture_cannot_be_kept_is_told(
    desk: Desk, ana: Person, pictures: FakePictures, code: str, status: int
) -> None:
    pictures.refusal = PictureRefused(code)
    problem = refused(await shared(desk, ana), status, code)
    assert problem["detail"] == pictures.refusal.sentence


async def test_an_address_ends(desk: Desk, ana: Person) -> None:
    url = (await shared(desk, ana)).json()["url"]
    desk.world.clock.advance(SHOWN_DAYS * DAY_S)
    assert (await desk.asks("GET", url, bearer="")).status_code == 200
    desk.world.clock.advance(DAY_S)
    refused(await desk.asks("GET", url, bearer=""), 410, "expired")


async def test_one_picture_has_one_address_all_day(desk: Desk, ana: Person) -> None:
    first = (await shared(desk, ana)).json()["url"]
    desk.world.clock.advance(DAY_S - 1)
    assert (await shared(desk, ana)).json()["url"] == first
    desk.world.clock.advance(1)
    assert (await shared(desk, ana)).json()["url"] != first


@pytest.mark.parametrize(
    "token", ["x", HASH, "..%2F..%2Fsettings.toml", "%2e%2e%2fsettings.toml", "A" * 74, "A" * 9000, "%00", "%ff", "=="]
)
async def test_an_address_cannot_be_guessed_or_lead_elsewhere(desk: Desk, ana: Person, token: str) -> None:
    await shared(desk, ana)
    refused(await desk.asks("GET", f"/v1/pictures/{token}", bearer=""), 404, "no_such_picture")


async def test_a_forged_address_is_none(desk: Desk, ana: Person) -> None:
    url = (await shared(desk, ana)).json()["url"]
    for at in range(len("/v1/pictures/"), len(url)):
        forged = url[:at] + ("A" if url[at] != "A" else "B") + url[at + 1 :]
        refused(await desk.asks("GET", forged, bearer=""), 404, "no_such_picture")


async def test_a_picture_that_was_deleted_is_gone(desk: Desk, ana: Person, pictures: FakePictures) -> None:
    url = (await shared(desk, ana)).json()["url"]
    await pictures.purge(float("inf"))
    refused(await desk.asks("GET", url, bearer=""), 404, "no_such_picture")


def png_of(width: int, height: int) -> bytes:
    """Return a small file of many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 10)) + chunk(b"IEND", b"")


async def test_real_pictures_bombs_and_lies(tmp_path: Path) -> None:
    store = PictureStore(tmp_path, b"secret", max_side=40)
    desk = Desk(pictures=store)
    ana = desk.world.open("ana")
    photo = io.BytesIO()
    Image.new("RGB", (80, 20), "red").save(photo, "JPEG")
    try:
        kept = (await shared(desk, ana, photo.getvalue())).json()
        assert (kept["mime"], kept["width"], kept["height"]) == ("image/jpeg", 40, 10)
        seen = await desk.asks("GET", kept["url"], bearer="")
        assert Image.open(io.BytesIO(seen.content)).size == (40, 10)
        assert len(seen.content) == kept["bytes"]

        refused(await shared(desk, ana, png_of(60_000, 60_000)), 422, "too_many_pixels")
        refused(await shared(desk, ana, b"<svg onload='alert(1)'/>"), 415, "not_a_picture")
        refused(await shared(desk, ana, b"<html><script>1</script>"), 415, "not_a_picture")
        refused(await shared(desk, ana, photo.getvalue()[:200]), 422, "damaged")
        refused(await shared(desk, ana, b""), 422, "empty")
        assert (await shared(desk, ana, photo.getvalue())).status_code == 201
    finally:
        await store.close()
