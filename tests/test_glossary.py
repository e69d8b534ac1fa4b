"""Keeps the words that `docs/glossary.md` leaves aside out of public names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "palaver"
GLOSSARY = ROOT / "docs" / "glossary.md"

NOT_OURS = {
    "codecs/engineio.py": "packets, data and acks are the protocol's own words",
    "codecs/socketio.py": "as above",
    "config": "options keep the names that old settings files give them",
    "storage/migrations": "Alembic prescribes the names",
}
"""Folders and modules whose names come from outside."""

ALLOWED = {
    "palaver.app.process": "the life of the operating system's process",
    "palaver.cli.heartbeat": "a process tells its watchdog that it lives; a keepalive is between ends of a connection",
    "palaver.cli.heartbeat.Heartbeat": "as above",
    "palaver.cli.commands.DataDir": "the option is called --data",
    "palaver.cli.commands.DEFAULT_DATA_DIR": "as above",
    "palaver.codecs.websocket.SERVICE_RESTART": "the name of close code 1012 in IANA's registry",
    "palaver.core.media.RequestMute": "a microphone, for which the glossary keeps the word",
    "palaver.core.media.MuteRequested": "as above",
    "palaver.core.policy.may_request_mute": "as above",
    "palaver.hub.handlers.media.request_mute": "as above",
    "palaver.core.moderation.BanInfo": "what others may know of a ban",
    "palaver.core.moderation.info_of": "as above",
    "palaver.core.moderation.InviteToWatch": "lets somebody watch a camera, which nobody is rung for",
    "palaver.core.rooms.RoomInfo": "what others may know of a room",
    "palaver.core.rooms.info_of": "as above",
    "palaver.hub.handlers.relations.invite_to_watch": "as InviteToWatch",
    "palaver.integrations.pixels.start_worker": "the process that reads pictures, in the words of concurrent.futures",
    "palaver.integrations.pixels.worker_pid": "as above",
    "palaver.transports.connection.PeerInfo": "what a client said when it connected",
    "palaver.dialects.conference.client.Asked.ack": "Socket.IO's own word for the number of an answer",
    "palaver.dialects.conference.shapes.group_summary": "the conference wire's own word",
    "palaver.dialects.conference.wire.GroupInput": "as above",
    "palaver.dialects.conference.wire.GroupInput.group": "as above",
    "palaver.dialects.conference.wire.NewGroup": "as above",
    "palaver.dialects.beep.wire.Claim.clientid": "Beep's own word, in the claim as it stands on the wire",
    "palaver.dialects.spreed.documents.Envelope.Data": "Spreed's own word, as it stands on the wire",
    "palaver.dialects.spreed.wire.Outer.Bye": "as above",
    "palaver.dialects.spreed.wire.FileInfo": "as above",
    "palaver.dialects.spreed.wire.ChatStatus.FileInfo": "as above",
    "palaver.dialects.spreed.wire.Signal.Bye": "as above",
    "palaver.transports.http.HttpProtocol.data_received": "asyncio calls it",
    "palaver.transports.websocket.WebSocketConnection.data_received": "asyncio calls it",
    "palaver.transports.sse_socket.StreamSocket.data_received": "asyncio calls it",
}
"""Names that hold such a word for a good reason."""

_ROW = re.compile(r"^\| \*\*(?P<word>[^*]+)\*\* \|(?P<meaning>[^|]+)\|(?P<aside>[^|]+)\|$", re.MULTILINE)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")


def rows() -> list[tuple[str, str, str]]:
    """Return (word, meaning, what not to say) of every row."""
    return [(row["word"], row["meaning"].strip(), row["aside"].strip()) for row in _ROW.finditer(GLOSSARY.read_text())]


def left_aside() -> set[str]:
    """Return every word that no public name may hold."""
    reserved = re.search(r"^Nothing is called (.+?): ", GLOSSARY.read_text(), re.MULTILINE)
    assert reserved
    return {word for text in (*(aside for _, _, aside in rows()), reserved[1]) for word in re.findall(r"`(\w+)`", text)}


def words_of(name: str) -> set[str]:
    """Return the words of a name, in lower case: `HTTPRefusal` is http and refusal."""
    return {word.lower() for word in _WORD.findall(name)}


def public_names() -> Iterator[str]:
    """Return every module, class, function and attribute below `palaver` that is not private, with its path."""
    for file in sorted(SOURCE.rglob("*.py")):
        path = file.relative_to(SOURCE)
        if any(path.is_relative_to(folder) for folder in NOT_OURS):
            continue
        module = ".".join(("palaver", *path.with_suffix("").parts)).removesuffix(".__init__")
        yield module
        yield from _names_in(ast.parse(file.read_text()), module)


def _names_in(node: ast.Module | ast.ClassDef, within: str) -> Iterator[str]:
    for child in node.body:
        for name in _defined(child):
            if not name.startswith("_"):
                yield f"{within}.{name}"
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from _names_in(child, f"{within}.{child.name}")


def _defined(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.AnnAssign):
        return [statement.target.id] if isinstance(statement.target, ast.Name) else []
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return []


def offenders(names: Iterator[str], aside: set[str]) -> list[str]:
    """Return the names whose last part holds a word that is left aside."""
    return [name for name in names if words_of(name.rpartition(".")[2]) & aside]


def test_no_public_name_holds_a_word_that_is_left_aside() -> None:
    assert [name for name in offenders(public_names(), left_aside()) if name not in ALLOWED] == []


def test_every_exception_is_still_needed() -> None:
    assert sorted(ALLOWED) == sorted(set(offenders(public_names(), left_aside())) & ALLOWED.keys())


def test_the_glossary_is_read() -> None:
    """A table that is written otherwise would be passed over in silence."""
    tables = [line for line in GLOSSARY.read_text().splitlines() if line.startswith("|")]
    heads = sum(line.startswith(("| word |", "|---")) for line in tables)
    assert len(rows()) == len(tables) - heads
    assert {"group", "reconnect", "manager", "util", "process"} <= left_aside()


def test_every_word_has_a_meaning_and_one_row() -> None:
    words = [word for word, _, _ in rows()]
    assert len(words) == len(set(words))
    assert all(meaning for _, meaning, _ in rows())


def test_a_word_of_ours_is_not_left_aside() -> None:
    ours = {word for words, _, _ in rows() for word in re.split(r", | ", words)}
    assert ours & left_aside() == set()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("take_seat", {"take", "seat"}),
        ("HTTPRefusal", {"http", "refusal"}),
        ("MAX_TEXT_BYTES", {"max", "text", "bytes"}),
        ("InviteToWatch", {"invite", "to", "watch"}),
    ],
)
def test_names_are_taken_apart(name: str, words: set[str]) -> None:
    assert words_of(name) == words


def test_an_offence_is_found() -> None:
    tree = ast.parse("class RoomManager:\n    ack: int = 0\n    def _boot(self): ...\ndef mute(): ...\n")
    names = list(_names_in(tree, "module"))
    assert offenders(iter(names), left_aside()) == ["module.RoomManager", "module.RoomManager.ack", "module.mute"]
