"""The bot's folder: made on first run, read as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.bot.test_brain import Hands

from palaver.bot.brain import Brain
from palaver.bot.memory import Memory
from palaver.bot.settings import BotSettingsError, first_run, load
from palaver.cli.bot import UNUSABLE, run


def test_the_first_run_makes_the_folder_and_asks_for_the_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "bot"
    assert run(folder) == UNUSABLE
    assert "AdminAPIKey" in capsys.readouterr().err
    assert {each.name for each in folder.iterdir()} == {"chatbot.toml", "brain", "logs", "userdata"}
    assert (folder / "chatbot.toml").stat().st_mode & 0o777 == 0o600
    assert load(folder).profile.claims["sub"] == "barebot"
    assert not first_run(folder)


def test_an_old_file_is_read_and_not_rewritten(tmp_path: Path) -> None:
    text = """
Version = -1
WebSocketReadLimit = 1000
[BareRTC]
  AdminAPIKey = "k"
  URL = "https://chat.example/"
[Profile]
  Username = "robo"
  Nickname = "Robo"
  ProfileURL = "/u/robo"
  AvatarURL = "/a.png"
  Emoji = "x"
  Gender = "o"
  IsAdmin = true
"""
    file = tmp_path / "chatbot.toml"
    file.write_text(text, encoding="utf-8")
    assert not first_run(tmp_path)
    held = load(tmp_path)
    assert held.web_socket_read_limit == 1000
    assert held.profile.claims == {
        "sub": "robo", "nick": "Robo", "url": "/u/robo", "img": "/a.png", "emoji": "x", "gender": "o", "op": True,
    }  # fmt: skip
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "[BareRTC]\nURL = 5",
        "Colour = 1",
        "[BareRTC]\n",
        *(
            f"[BareRTC]\nAdminAPIKey = 'k'\nURL = '{url}'"
            for url in ("ftp://x", "http://", "http://[::1", "http://localhost:99999", "http://a b")
        ),
    ],
)
def test_what_is_wrong_is_said_with_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "chatbot.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BotSettingsError, match=r"chatbot\.toml"):
        load(tmp_path)


def test_what_people_told_outlives_the_process(tmp_path: Path) -> None:
    (tmp_path / "a.rive").write_text("! version = 2.0\n+ my name is *\n- <set name=<formal>>Hello <get name>\n")
    people = tmp_path / "userdata"
    people.mkdir()
    brain = Brain(tmp_path, Hands())
    brain.answer("../ana", "my name is ursula")
    Memory(people, brain).keep()
    (people / "broken.json").write_text("{")
    assert {each.name for each in people.iterdir()} == {"..%2Fana.json", "broken.json"}
    assert json.loads((people / "..%2Fana.json").read_text())["name"] == "Ursula"

    again = Brain(tmp_path, Hands())
    Memory(people, again).recall()
    assert again.knows("../ana")["name"] == "Ursula"


def test_who_spoke_longest_ago_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("palaver.bot.brain.PEOPLE_KEPT", 2)
    (tmp_path / "a.rive").write_text("! version = 2.0\n+ hi\n- hello\n")
    brain = Brain(tmp_path, Hands())
    memory = Memory(tmp_path, brain)
    for name in ("ana", "bob", "ana", "cleo"):
        brain.remember(name, {"name": name})
        brain.answer(name, "hi")
        memory.keep()
    assert (brain.people(), brain.knows("bob")) == (["ana", "cleo"], {})
    assert {each.name for each in tmp_path.glob("*.json")} == {"ana.json", "cleo.json"}
