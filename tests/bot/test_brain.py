"""A brain's answers, and the table of macros, which is all that it may call (docs/dialects/barertc.md §8.6)."""

from __future__ import annotations

from pathlib import Path

import pytest

from palaver.bot.brain import Brain, BrainError
from palaver.bot.deeds import Send
from palaver.bot.macros import MACROS
from palaver.bot.wire import Frame

HEARD = Frame("message", channel="lobby", username="eve", message="buy this", msg_id=5)


class Hands:
    def __init__(self) -> None:
        self.done: list[Send] = []

    def do(self, deed: Send) -> None:
        self.done.append(deed)

    def heard(self, message: int) -> Frame | None:
        return HEARD if message == HEARD.msg_id else None

    def reload(self) -> str:
        return "reloaded"


def brain(folder: Path, text: str) -> tuple[Brain, Hands]:
    (folder / "brain.rive").write_text("! version = 2.0\n" + text, encoding="utf-8")
    hands = Hands()
    return Brain(folder, hands), hands


def called(folder: Path, call: str) -> tuple[str, list[Send]]:
    asked, hands = brain(folder, f"+ go\n- <call>{call}</call>\n")
    return asked.answer("ana", "go"), hands.done


@pytest.mark.parametrize(
    ("call", "frame"),
    [
        ("react 5 👍", Frame("react", msg_id=5, message="👍")),
        ("takeback 5", Frame("takeback", msg_id=5)),
        ("dm bob hello there", Frame("message", channel="@bob", message="hello there")),
        ("send-message offtopic hello there", Frame("message", channel="offtopic", message="hello there")),
        ("nsfw bob", Frame("message", message="/nsfw bob")),
        ("ban bob", Frame("message", message="/ban bob")),
        ("ban bob 12", Frame("message", message="/ban bob 12")),
        (
            "report 5 sells things",
            Frame(
                "report",
                channel="lobby",
                username="eve",
                message="buy this",
                timestamp="not recorded",
                reason="Automated chatbot flag",
                comment="sells things",
            ),
        ),
    ],
)
def test_a_macro_sends_a_frame_and_says_nothing(tmp_path: Path, call: str, frame: Frame) -> None:
    answer, done = called(tmp_path, call)
    assert answer == ""
    assert [deed.frame for deed in done] == [frame]


@pytest.mark.parametrize(
    "call",
    [
        "react",
        "react x 👍",
        "react 99999999999999999999 👍",
        "takeback",
        "report 6 x",
        "dm bob",
        "send-message x",
        "nsfw",
        "ban",
        "ban bob soon",
    ],
)
def test_a_macro_that_cannot_be_done_says_so_in_brackets(tmp_path: Path, call: str) -> None:
    answer, done = called(tmp_path, call)
    assert answer.startswith("[" + call.split()[0])
    assert done == []


def test_reload_is_a_macro(tmp_path: Path) -> None:
    assert called(tmp_path, "reload") == ("reloaded", [])
    assert set(MACROS) == {"reload", "react", "takeback", "report", "dm", "send-message", "nsfw", "ban"}


@pytest.mark.parametrize("language", ["python", "palaver", "javascript"])
def test_code_in_a_brain_is_never_run(tmp_path: Path, language: str) -> None:
    mark = tmp_path / "ran"
    code = f"> object evil {language}\n\topen({str(mark)!r}, 'w')\n< object\n+ go\n- <call>evil</call>\n"
    asked, _ = brain(tmp_path, code)
    assert "evil" in asked.answer("ana", "go") or "Object Not Found" in asked.answer("ana", "go")
    assert not mark.exists()


def test_code_does_not_replace_a_macro_of_the_table(tmp_path: Path) -> None:
    code = "> object reload palaver\n\treturn 'mine'\n< object\n+ go\n- <call>reload</call>\n"
    asked, _ = brain(tmp_path, code)
    assert asked.answer("ana", "go") == "reloaded"


def test_a_brain_with_a_mistake_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrainError, match=r"brain\.rive"):
        brain(tmp_path, "+ Go\n- gone\n")
    (tmp_path / "brain.rive").unlink()
    with pytest.raises(BrainError, match="there is no"):
        Brain(tmp_path, Hands())


def test_a_failed_reload_leaves_the_brain_as_it_is(tmp_path: Path) -> None:
    asked, _ = brain(tmp_path, "+ go\n- gone\n")
    (tmp_path / "brain.rive").write_text("! version = 2.0\n+ Go\n- gone\n", encoding="utf-8")
    assert "not reloaded" in asked.reload()
    assert asked.answer("ana", "go") == "gone"


def test_what_is_known_of_all_outlives_a_reload(tmp_path: Path) -> None:
    asked, _ = brain(tmp_path, "+ go\n* <env numUsersOnline> >= 10 => many\n- few\n")
    asked.remember_all({"numUsersOnline": "12"})
    asked.reload()
    assert asked.answer("ana", "go") == "many"


def test_an_endless_brain_is_told_in_brackets(tmp_path: Path) -> None:
    asked, _ = brain(tmp_path, "+ go\n- {@go}\n")
    assert asked.answer("ana", "go").startswith("[")


def test_without_an_answer_nothing_is_said(tmp_path: Path) -> None:
    asked, _ = brain(tmp_path, "+ go\n- <noreply>\n")
    assert asked.answer("ana", "go") == ""
