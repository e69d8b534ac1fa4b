"""Chat in text files: which messages, in which files, in which form, and what becomes of a folder that cannot be written."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from palaver.core.chat import Direct, InChannel, Message, Place
from palaver.core.ids import ChannelId, MessageId, RoomId, SessionId
from palaver.core.participants import Author
from palaver.integrations import chat_files
from palaver.integrations.chat_files import ChatFiles, file_name

LOBBY = InChannel(RoomId("lobby"), ChannelId("lobby"))
ANA, BOB, CLEO = (Author(SessionId(name), name) for name in ("Ana", "bob", "cleo"))


def said(text: str, place: Place = LOBBY, author: Author = ANA) -> Message:
    return Message(MessageId(1), author, place, text, sent_ms=1_767_225_600_000)


def files_in(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


async def written(folder: Path, *messages: Message) -> dict[str, str]:
    files = ChatFiles(folder, RoomId("lobby"), ("lobby",), ("ana",))
    for message in messages:
        files.note(message)
    await files.close()
    return files_in(folder)


async def test_listed_channels_have_a_file_each(tmp_path: Path) -> None:
    found = await written(
        tmp_path / "logs",
        said("one"),
        said("two", author=BOB),
        said("elsewhere", InChannel(RoomId("lobby"), ChannelId("offtopic"))),
        said("another room", InChannel(RoomId("den"), ChannelId("lobby"))),
        said(""),
    )
    assert found == {"lobby.txt": "2026-01-01T00:00:00Z [Ana] one\n2026-01-01T00:00:00Z [bob] two\n"}


async def test_direct_messages_of_listed_people_go_to_their_folder(tmp_path: Path) -> None:
    messages = (said("out", Direct(BOB)), said("in", Direct(ANA), BOB), said("others", Direct(BOB), CLEO))
    assert await written(tmp_path, *messages, said("self", Direct(ANA))) == {
        "@ana/bob.txt": "2026-01-01T00:00:00Z [Ana] out\n2026-01-01T00:00:00Z [bob] in\n",
        "@ana/Ana.txt": "2026-01-01T00:00:00Z [Ana] self\n",
    }


async def test_where_both_are_listed_both_have_it(tmp_path: Path) -> None:
    files = ChatFiles(tmp_path, RoomId("lobby"), (), ("ana", "bob"))
    files.note(said("hello", Direct(BOB)))
    await files.close()
    assert set(files_in(tmp_path)) == {"@ana/bob.txt", "@bob/Ana.txt"}


async def test_a_message_is_one_line_whatever_it_holds(tmp_path: Path) -> None:
    found = await written(tmp_path, said("a\n2026-01-01T00:00:00Z [bob] forged\r\x0b\u2028b\\n"))
    assert found["lobby.txt"].splitlines() == [
        "2026-01-01T00:00:00Z [Ana] a\\n2026-01-01T00:00:00Z [bob] forged\\r\\v\\nb\\\\n"
    ]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..", ".", "a/b", "a\0b", "con\n", "", "x" * 500, "日本", "\ud800"]
)
async def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "logs"
    await written(folder, said("hello", Direct(Author(SessionId("x"), name))))
    assert [Path(path).parts[:2] for path in files_in(tmp_path)] == [("logs", "@ana")]


@given(st.text(alphabet=string.printable + "äß/\\.\0日"))
def test_a_name_is_always_one_plain_part_of_a_path(name: str) -> None:
    part = file_name(name)
    assert part == Path(part).name
    assert part not in ("", ".", "..")
    assert len(part.encode()) <= chat_files.NAME_BYTES


async def test_a_folder_that_cannot_be_written_to_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "@ana").write_text("no folder")
    psst = said("psst", Direct(BOB))
    with capture_logs() as told:
        files = ChatFiles(tmp_path, RoomId("lobby"), ("lobby",), ("ana",))
        for _ in range(3):
            for message in (psst, said("hello")):
                files.note(message)
            await files.close()
        (tmp_path / "@ana").unlink()
        files.note(psst)
        await files.close()
        (tmp_path / "@ana" / "bob.txt").unlink()
        (tmp_path / "@ana" / "bob.txt").mkdir()
        files.note(psst)
        await files.close()
    assert (tmp_path / "lobby.txt").read_text().count("hello") == 3
    assert [(each["path"], each["problem"]) for each in told] == [
        (str(tmp_path / "@ana" / "bob.txt"), problem) for problem in ("File exists", "Is a directory")
    ]


async def test_what_waits_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_files, "LINES_WAITING", 3)
    found = await written(tmp_path, *(said(str(number)) for number in range(5)))
    assert found["lobby.txt"].count("\n") == 3
