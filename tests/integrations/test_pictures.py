import asyncio
import base64
import hashlib
import io
import multiprocessing
import os
import select
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.needs import do_without

from palaver.core.errors import Unavailable
from palaver.integrations.pictures import PictureRefused, PictureStore

NOW = 1_700_000_000
SECRET = b"the secret of this server"


def png(colour: str = "red", side: int = 40) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(buffer, "PNG")
    return buffer.getvalue()


def long_animation() -> bytes:
    """Small to send, and seconds of work."""
    frames = [Image.linear_gradient("L").resize((470, 470)).rotate(index) for index in range(6)] * 44
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=40)
    return buffer.getvalue()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[PictureStore]:
    made = PictureStore(tmp_path, SECRET, max_bytes=50_000, max_pixels=1_000_000, max_side=64)
    yield made
    await made.close()


@pytest.fixture
def addresses(tmp_path: Path) -> PictureStore:
    """A store for what needs no process."""
    return PictureStore(tmp_path, SECRET)


def refusal(store: PictureStore, token: str, now: float = NOW) -> str:
    with pytest.raises(PictureRefused) as caught:
        store.open(token, now=now)
    return caught.value.reason_code


def refused(store: PictureStore, token: str) -> bool:
    try:
        store.open(token, now=NOW)
    except PictureRefused:
        return True
    return False


async def test_a_picture_is_kept_by_its_content_for_its_owner_alone(store: PictureStore, tmp_path: Path) -> None:
    picture = await store.store(png(side=100), declared_name="x.png", now=NOW)

    path, mime = store.find(picture.content_hash)
    content = path.read_bytes()
    assert (picture.mime, picture.width, picture.height, mime) == ("image/png", 64, 64, "image/png")
    assert picture.content_hash == hashlib.sha256(content).hexdigest()
    assert picture.size_bytes == len(content)
    assert path.is_relative_to(tmp_path / "pictures" / picture.content_hash[:2])
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [file for file in (tmp_path / "pictures").rglob("*") if file.is_file()] == [path]


async def test_pictures_sent_together_all_arrive_and_the_same_one_is_kept_once(
    store: PictureStore, tmp_path: Path
) -> None:
    sent = [png("red"), png("blue"), png("red"), png("lime")]

    pictures = await asyncio.gather(*(store.store(data, now=NOW) for data in sent))

    assert pictures[0] == pictures[2]
    assert len({picture.content_hash for picture in pictures}) == 3
    assert len(list((tmp_path / "pictures").rglob("*.png"))) == 3


async def test_old_pictures_are_purged_and_those_sent_again_are_not(store: PictureStore) -> None:
    old = await store.store(png("red"), now=NOW)
    again = await store.store(png("blue"), now=NOW)
    await store.store(png("blue"), now=NOW + 100)

    assert await store.purge(NOW) == 0
    assert await store.purge(NOW + 50) == 1
    assert store.find(again.content_hash)
    with pytest.raises(PictureRefused, match="no longer"):
        store.find(old.content_hash)
    assert await store.purge(NOW + 1_000) == 1


@pytest.mark.parametrize(
    ("data", "name", "code", "says"),
    [
        (b"", "a.png", "empty", "empty"),
        (b"only text", "a.png", "not_a_picture", "not a picture"),
        (b"only text", "a.HEIC", "unsupported_type", ".heic"),
        (b"<svg/>", "a.svg", "unsupported_type", ".svg"),
        (png()[:60], "a.png", "damaged", "damaged"),
        (bytes(50_001), "a.png", "too_large", "MB"),
        (png(side=1_001), "a.png", "too_many_pixels", "pixels"),
    ],
)
async def test_a_refusal_says_what_was_wrong(store: PictureStore, data: bytes, name: str, code: str, says: str) -> None:
    with pytest.raises(PictureRefused, match=says) as caught:
        await store.store(data, declared_name=name, now=NOW)

    assert caught.value.reason_code == code
    assert await store.purge(NOW + 1) == 0


async def test_a_true_picture_may_have_any_name(store: PictureStore) -> None:
    assert (await store.store(png(), declared_name="../../etc/passwd.heic", now=NOW)).mime == "image/png"


async def test_a_picture_that_takes_too_long_is_given_up_and_the_next_is_read(tmp_path: Path) -> None:
    store = PictureStore(tmp_path, SECRET, timeout_s=1)
    try:
        with pytest.raises(PictureRefused, match="too long") as caught:
            await store.store(long_animation(), now=NOW)
        assert caught.value.reason_code == "took_too_long"
        assert multiprocessing.active_children() == []
        assert (await store.store(png(), now=NOW)).width == 40
    finally:
        await store.close()


async def test_a_sender_who_gives_up_does_not_hold_up_the_next(tmp_path: Path) -> None:
    store = PictureStore(tmp_path, SECRET)
    try:
        await store.store(png(), now=NOW)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(store.store(long_animation(), now=NOW), 0.2)
        assert multiprocessing.active_children() == []
        assert (await asyncio.wait_for(store.store(png("blue"), now=NOW), 30)).width == 40
    finally:
        await store.close()


async def test_a_crowd_is_told_to_come_back(store: PictureStore) -> None:
    answers = await asyncio.gather(*(store.store(png(), now=NOW) for _ in range(40)), return_exceptions=True)

    refused = [answer for answer in answers if isinstance(answer, PictureRefused)]
    assert len(refused) == 8
    assert {answer.reason_code for answer in refused} == {"busy"}


async def test_a_folder_that_cannot_be_written_to_is_no_fault_of_the_picture(
    store: PictureStore, tmp_path: Path
) -> None:
    (tmp_path / "pictures").write_text("a file in the way, as good as a full disk")
    with pytest.raises(Unavailable):
        await store.store(png(), now=NOW)
    (tmp_path / "pictures").unlink()
    assert (await store.store(png(), now=NOW)).mime == "image/png"


async def test_a_closed_store_takes_nothing(tmp_path: Path) -> None:
    store = PictureStore(tmp_path, SECRET)
    await store.store(png(), now=NOW)
    await store.close()
    assert multiprocessing.active_children() == []
    with pytest.raises(PictureRefused) as caught:
        await store.store(png(), now=NOW)
    assert caught.value.reason_code == "busy"


ORPHAN = """
import asyncio, multiprocessing, os, pathlib, sys
from palaver.integrations.pictures import PictureStore
async def main():
    store = PictureStore(pathlib.Path(sys.argv[1]), b"s")
    await store.store(sys.stdin.buffer.read(), now=0)
    print(multiprocessing.active_children()[0].pid, flush=True)
    sys.stdin.close()
    os.kill(os.getpid(), 9)
if __name__ == "__main__":
    asyncio.run(main())
"""


def test_the_process_does_not_outlive_a_server_that_was_killed(tmp_path: Path) -> None:
    if not hasattr(os, "pidfd_open"):
        do_without("there is no descriptor by which the end of a process is told")
    script = tmp_path / "orphan.py"
    script.write_text(ORPHAN)
    with subprocess.Popen([sys.executable, script, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin
        assert server.stdout
        server.stdin.write(png())
        server.stdin.close()
        pid = int(server.stdout.readline())
        try:
            reader = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            assert select.select([reader], [], [], 20)[0], "the process still runs"
        finally:
            os.close(reader)


def kept(store: PictureStore, tmp_path: Path, content: bytes = b"picture") -> str:
    content_hash = hashlib.sha256(content).hexdigest()
    path = tmp_path / "pictures" / content_hash[:2] / content_hash[2:4] / f"{content_hash}.webp"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return content_hash


def test_an_address_opens_its_picture_until_it_expires(addresses: PictureStore, tmp_path: Path) -> None:
    token = addresses.url_token(kept(addresses, tmp_path), expires_at=NOW + 60)

    path, mime = addresses.open(token, now=NOW + 59.9)
    assert (path.read_bytes(), mime) == (b"picture", "image/webp")
    assert refusal(addresses, token, NOW + 60) == "expired"


def test_an_address_is_made_of_characters_that_addresses_may_hold(addresses: PictureStore) -> None:
    token = addresses.url_token("ab" * 32, expires_at=NOW)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert token == addresses.url_token("ab" * 32, expires_at=NOW)
    assert token != addresses.url_token("ab" * 32, expires_at=NOW + 1)


def test_another_server_s_address_is_worth_nothing(addresses: PictureStore, tmp_path: Path) -> None:
    other = PictureStore(tmp_path, b"another secret")
    assert refusal(addresses, other.url_token(kept(addresses, tmp_path), expires_at=NOW + 60)) == "no_such_picture"


def test_a_picture_that_is_gone_is_not_opened(addresses: PictureStore) -> None:
    assert refusal(addresses, addresses.url_token("ab" * 32, expires_at=NOW + 60)) == "no_such_picture"


def test_an_address_cannot_be_made_to_last(addresses: PictureStore, tmp_path: Path) -> None:
    token = addresses.url_token(kept(addresses, tmp_path), expires_at=NOW + 60)
    signed = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    signed[34] ^= 1
    forged = base64.urlsafe_b64encode(bytes(signed)).rstrip(b"=").decode()

    assert refusal(addresses, forged) == "no_such_picture"


def test_an_address_is_written_in_one_way_only(addresses: PictureStore, tmp_path: Path) -> None:
    """The last of 75 characters carries four bits; the other two must not make sixty-four addresses of one."""
    token = addresses.url_token(kept(addresses, tmp_path), expires_at=NOW + 60)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

    opened = [letter for letter in alphabet if letter != token[-1] and not refused(addresses, token[:-1] + letter)]

    assert opened == []
    assert refused(addresses, token + "=")


@settings(deadline=None)
@given(st.data())
def test_no_changed_address_opens_anything(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    root = tmp_path_factory.getbasetemp()
    store = PictureStore(root, SECRET)
    token = store.url_token(kept(store, root), expires_at=NOW + 60)
    at = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("AZaz09-_=/+.").filter(lambda char: char != token[at]))

    assert refusal(store, token[:at] + letter + token[at + 1 :]) == "no_such_picture"


@pytest.mark.parametrize("token", ["", "=", "../../../etc/passwd", "é" * 75, "A" * 75, "A" * 100_000, "\x00", "\ud800"])
def test_what_is_no_address_opens_nothing(addresses: PictureStore, token: str) -> None:
    assert refusal(addresses, token) == "no_such_picture"


@pytest.mark.parametrize(
    "content_hash", ["", "ab", "../../../../etc/passwd", "/" * 64, "." * 64, "é" * 64, "\x00" * 64]
)
def test_what_is_no_hash_finds_nothing(addresses: PictureStore, content_hash: str) -> None:
    with pytest.raises(PictureRefused) as caught:
        addresses.find(content_hash)
    assert caught.value.reason_code == "no_such_picture"
    with pytest.raises(ValueError, match=r"hash|hexadecimal"):
        addresses.url_token(content_hash, expires_at=NOW)


def test_a_server_without_a_secret_has_no_store(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="secret"):
        PictureStore(tmp_path, b"")


async def test_nothing_is_made_before_the_first_picture(tmp_path: Path) -> None:
    store = PictureStore(tmp_path, SECRET)
    assert await store.purge(NOW) == 0
    await store.close()
    assert os.listdir(tmp_path) == []
