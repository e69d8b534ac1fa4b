"""What owners do with what is stored: `palaver user`, `palaver history`, `palaver backup`; the database of each is real."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from palaver.cli import holdings
from palaver.cli.backup import back_up
from palaver.cli.commands import app
from palaver.config import load
from palaver.core.chat import InChannel, Message
from palaver.core.ids import ChannelId, MessageId, RoomId, SessionId, UserId
from palaver.core.participants import Author
from palaver.core.rooms import History
from palaver.storage.stores import Stores, open_stores

DATA = "data? #1 100%25"
"""A folder's name, in which much would mean something in a URL."""
DEN = InChannel(RoomId("den"), ChannelId("main"))


@pytest.fixture
async def data(tmp_path: Path) -> AsyncIterator[Path]:
    """A data directory, whose database is open as that of a running server is."""
    folder = tmp_path / DATA
    for name in ("pictures/ab/picture.png", "logs/palaver.log", "logs/palaver.log.1", "logs/lobby.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (folder / "settings.toml").write_text("Title = 'Ours'\n")
    stores = await opened(folder)
    ana = Author(SessionId("0" * 32), "ana", user=UserId("site:ana"))
    await stores.messages.append(
        Message(id=MessageId(1), author=ana, place=DEN, text="hello", sent_ms=1), History.DURABLE
    )
    yield folder
    await stores.close()


async def opened(folder: Path) -> Stores:
    return await open_stores(load(folder).storage.url, folder)


async def texts(folder: Path) -> list[str]:
    stores = await opened(folder)
    page, _ = await stores.messages.channel_page(DEN.room, DEN.channel, before=None, limit=9)
    await stores.close()
    return [message.text for message in page]


async def run(command: Any, *words: Any) -> int:
    return int(await asyncio.to_thread(command, *words))


async def test_a_user_is_exported_and_erased_beside_a_running_server(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await run(holdings.export, data, "ana", "site") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["user"], [each["text"] for each in told["messages"]]) == ("site:ana", ["hello"])
    assert await run(holdings.erase, data, "ana", "elsewhere") == 0
    assert await texts(data) == ["hello"]
    assert await run(holdings.erase, data, "ana", "site") == 0
    assert (
        capsys.readouterr().out.splitlines()[-1]
        == "erased: 0 direct messages, 1 message in channels, 0 lists of people"
    )
    assert await texts(data) == []


async def test_old_talk_is_forgotten(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(holdings.forget, data, 1, "hall") == 0
    assert await run(holdings.forget, data, math.inf, "") == 0
    assert await run(holdings.forget, data, 1, "") == 0
    assert capsys.readouterr().out.splitlines() == ["forgotten: 0 messages"] * 2 + ["forgotten: 1 message"]


@pytest.mark.parametrize("words", [("user", "export"), ("user", "erase"), ("token", "mint", "--sub")])
def test_a_name_that_is_no_text_means_2_and_a_sentence(words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, [*words, "a\udcff"])
    assert (done.exit_code, "it holds what cannot be printed" in done.output) == (2, True)


async def test_a_folder_without_settings_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert await run(holdings.export, tmp_path / "elsewhere", "ana", "site") == 2
    assert await run(back_up, tmp_path / "elsewhere", tmp_path / "copy") == 2
    said = f"settings.toml: cannot be read: No such file or directory: {tmp_path / 'elsewhere' / 'settings.toml'}\n"
    assert capsys.readouterr().err == said * 2


async def test_a_server_can_be_started_from_a_backup(data: Path, tmp_path: Path) -> None:
    load(data)
    copy = tmp_path / "copy"
    assert await run(back_up, data, copy) == 0
    assert await texts(copy) == ["hello"]
    names = {str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()} - {
        "palaver.sqlite-wal",
        "palaver.sqlite-shm",
    }
    assert names == {"settings.toml", "secrets.toml", "palaver.sqlite", "pictures/ab/picture.png", "logs/lobby.txt"}
    assert (copy / "secrets.toml").read_text() == (data / "secrets.toml").read_text()
    assert [oct((copy / name).stat().st_mode & 0o777) for name in ("", "palaver.sqlite")] == ["0o700", "0o600"]


@pytest.mark.parametrize(
    ("where", "sentence"), [("full", "is there already; name a new folder"), (f"{DATA}/copy", "is inside")]
)
async def test_a_backup_overwrites_nothing(
    where: str, sentence: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "full" / "something").mkdir(parents=True)
    assert await run(back_up, data, tmp_path / where) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("url", ["postgresql://palaver@db.example/palaver", "sqlite:////elsewhere/palaver.sqlite"])
async def test_a_database_that_is_elsewhere_is_said_to_be_missing(
    url: str, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "settings.toml").write_text(f"[Storage]\nURL = '{url}'\n")
    assert await run(back_up, data, tmp_path / "copy") == 0
    assert "The database is not in it" in capsys.readouterr().err
    assert (tmp_path / "copy" / "settings.toml").exists()


async def test_a_backup_without_a_database_leaves_no_folder_behind(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As where the server never ran yet: the next try, after it did, finds its way free."""
    (data / "settings.toml").write_text("[Storage]\nURL = 'sqlite:///later.sqlite'\n")
    assert await run(back_up, data, tmp_path / "copy") == 2
    assert "There is no database" in capsys.readouterr().err
    assert not (tmp_path / "copy").exists()


async def test_a_database_that_cannot_be_read_is_no_backup(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "other.sqlite").write_text("no database" * 99)
    (data / "settings.toml").write_text("[Storage]\nURL = 'sqlite:///other.sqlite'\n")
    assert await run(back_up, data, tmp_path / "copy") == 2
    assert "is not whole" in capsys.readouterr().err
    assert await run(holdings.export, data, "ana", "site") == 2
    assert "cannot be opened" in capsys.readouterr().err
