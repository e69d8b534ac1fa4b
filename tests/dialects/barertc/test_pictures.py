"""Pictures in frames (docs/dialects/barertc.md §3.13): in as numbers or base64, out as `<img>`."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from PIL import Image
from tests.dialects.barertc.talk import Talk, notices, of
from tests.fakes import NOW, FakePictures, World

from palaver.core.chat import Attachment, InChannel, PostMessage
from palaver.core.errors import BadPicture
from palaver.core.participants import Rule
from palaver.dialects.barertc.pictures import attached_html
from palaver.hub.limits import Limits
from palaver.integrations.attachments import MAX_INLINE_BYTES, Attachments
from palaver.integrations.pictures import PictureStore


def jpeg(width: int = 40, height: int = 20, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "JPEG", **options)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attachments]:
    store = PictureStore(tmp_path_factory.mktemp("data"), b"secret", max_bytes=100_000)
    yield Attachments(store, lambda: NOW)
    store._worker._pool and store._worker._pool.shutdown()


async def test_a_picture_comes_as_numbers_or_as_base64_and_is_the_same(kept: Attachments) -> None:
    data = jpeg()
    one = await kept.keep(json.dumps(list(data)).encode(), "a.jpg")
    other = await kept.keep(json.dumps(base64.b64encode(data).decode()).encode(), "b.jpg")
    assert (one.url, one.width, one.height) == (other.url, 40, 20)
    assert kept.inline_url(one.url).startswith("data:image/jpeg;base64,")


async def test_metadata_is_gone_and_the_picture_upright(kept: Attachments) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "where I live"
    attachment = await kept.keep(json.dumps(list(jpeg(40, 20, exif=exif))).encode(), "a.jpg")
    assert (attachment.width, attachment.height) == (20, 40)
    shown = base64.b64decode(kept.inline_url(attachment.url).partition(",")[2])
    assert b"where I live" not in shown


@pytest.mark.parametrize(
    "spelled", [b"[1,2,3]", b'"aGVsbG8="', b"[256]", b"[-1]", b"[1.5]", b"{}", b"null", b'"%%%"', b"[[1]]"]
)
async def test_what_is_no_picture_is_refused(kept: Attachments, spelled: bytes) -> None:
    with pytest.raises(BadPicture):
        await kept.keep(spelled, "a.jpg")


async def test_a_picture_that_is_too_large_is_refused_however_it_is_spelled(kept: Attachments) -> None:
    for spelled in (json.dumps([1] * 100_001), json.dumps(base64.b64encode(b"1" * 100_001).decode()), " " * 600_000):
        with pytest.raises(BadPicture, match="bad_picture") as refused:
            await kept.keep(spelled.encode(), "a.jpg")
        assert "too large" in refused.value.text


def test_an_address_that_is_not_ours_is_never_read(kept: Attachments) -> None:
    assert kept.inline_url("https://example.org/a.jpg") == ""
    assert kept.inline_url("/v1/pictures/nonsense") == ""
    assert MAX_INLINE_BYTES < 1 << 19


@pytest.fixture
def talk() -> Talk:
    talk = Talk(inline_url=FakePictures.inline_url)
    talk.world.hub.pictures = FakePictures()
    return talk


def test_a_file_becomes_a_message_with_a_picture(talk: Talk) -> None:
    ana, bob = talk.enter("ana"), talk.enter("bob")
    talk.quiet(ana, bob)
    told = ana.says({"action": "file", "channel": "main", "message": "me & you.jpg", "bytes": [1, 2, 3]})
    (message,) = told
    assert bob.hears() == told
    assert (message["action"], message["channel"], message["username"]) == ("message", "main", "ana")
    assert message["message"] == (
        '<img src="data:image/jpeg;base64,abc" alt="me &amp; you.jpg" width="360" height="200" class="chat-picture"'
        ' style="cursor: pointer">'
    )


def test_a_file_in_a_direct_message_reaches_both_ends(talk: Talk) -> None:
    ana, bob, cas = talk.enter("ana"), talk.enter("bob"), talk.enter("cas")
    talk.quiet(ana, bob, cas)
    (mine,) = ana.says({"action": "file", "channel": "@bob", "message": "a.png", "bytes": "AAAA"})
    (theirs,) = bob.hears()
    assert (mine["channel"], theirs["channel"]) == ("@bob", "@ana")
    assert cas.hears() == []


def test_a_file_for_somebody_who_is_not_there_is_a_notice(talk: Talk) -> None:
    """It ended the original's whole server (§10.2)."""
    ana = talk.enter("ana")
    assert notices(ana.says({"action": "file", "channel": "@nobody", "message": "a.png", "bytes": "AAAA"})) == [
        "nobody is not online."
    ]


def test_undecodable_uploads_are_not_passed_on(talk: Talk) -> None:
    ana, bob = talk.enter("ana"), talk.enter("bob")
    talk.quiet(ana, bob)
    told = ana.says({"action": "file", "channel": "main", "message": "a.png", "bytes": "bad"})
    assert notices(told) == ["This picture cannot be shared: That file is not a picture."]
    assert bob.hears() == []
    assert notices(ana.says({"action": "file", "channel": "main", "message": "a.png"})) == [
        "This text cannot be sent: the file is empty"
    ]


def test_the_rule_noimage_of_a_token_holds_in_the_server(talk: Talk) -> None:
    """The original left it to the page (T17)."""
    ana = talk.enter("ana", rules=[Rule.NO_IMAGE.value])
    told = ana.says({"action": "file", "channel": "main", "message": "a.png", "bytes": "AAAA"})
    assert of(told, "message") == []
    assert len(notices(told)) == 1


def test_uploads_are_limited() -> None:
    talk = Talk(World(limits=Limits(uploads_per_minute=2)))
    talk.world.hub.pictures = FakePictures()
    ana = talk.enter("ana")
    frame = {"action": "file", "channel": "main", "message": "a.png", "bytes": "AAAA"}
    assert [len(notices(ana.says(frame))) for _ in range(4)] == [0, 0, 1, 1]


def test_pictures_of_other_servers_are_links() -> None:
    foreign = Attachment('https://example.org/a.png?x="', "image/png", "<a>")
    shown = attached_html(foreign, lambda url: "", 360)
    assert "<img" not in shown
    assert re.fullmatch(r'<p><a href="https://example.org/a.png\?x=&quot;"[^<>]*>&lt;a&gt;</a></p>', shown)


def test_a_small_picture_keeps_its_shape() -> None:
    """The original declared every small one a square (T11)."""
    shown = attached_html(Attachment("/v1/pictures/x", "image/png", "", 1, 30, 10), lambda url: "", 360)
    assert 'width="30" height="10"' in shown
    assert 'src="/v1/pictures/x"' in shown


def test_a_picture_from_another_wire_is_shown(talk: Talk) -> None:
    ana = talk.enter("ana")
    talk.quiet(ana)
    nia = talk.world.open("nia", "lobby")
    picture = Attachment("/v1/pictures/abc", "image/png", "cat.png", 1, 10, 10)
    nia.ask(PostMessage(InChannel(nia.session.rooms[0]), "look", attachments=(picture,)))
    (message,) = of(ana.hears(), "message")
    assert message["message"].startswith('<p>look</p>\n<img src="data:image/jpeg;base64,abc"')
    assert msgspec.json.encode(message)
