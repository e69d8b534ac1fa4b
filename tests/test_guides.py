"""Holds what the guides say against the repository: links, names, commands, options, and code that claims to run."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.needs import do_without
from typer.main import get_command
from typer.testing import CliRunner
from websockets.sync.client import connect

from palaver.cli.commands import app
from palaver.config.options import entries
from palaver.config.settings import Settings

ROOT = Path(__file__).parent.parent
DEADLINE_S = 120.0
PALAVER = Path(sys.executable).with_name("palaver")
SKIPPED = {"node_modules", "palaver-data", "dist"}

GUIDES = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part in SKIPPED or part.startswith(".") for part in path.relative_to(ROOT).parts)
)
BLOCK = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!`)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
TICKED = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?:src|docs|tests|bench|scripts|examples|changelog\.d)/[\w./-]*\w/?")

every_guide = pytest.mark.parametrize("guide", GUIDES, ids=lambda path: str(path.relative_to(ROOT)))


def prose(text: str) -> str:
    """Return a guide without its blocks of code."""
    return BLOCK.sub("", text)


def blocks(path: Path, kind: str) -> list[str]:
    """Return a guide's blocks of one kind."""
    return [block["code"] for block in BLOCK.finditer(path.read_text()) if block["kind"] == kind]


def anchors(text: str) -> set[str]:
    """Return the anchors of a guide's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@every_guide
def test_every_relative_link_leads_somewhere(guide: Path) -> None:
    lost = []
    for link in LINK.finditer(prose(guide.read_text())):
        file, _, anchor = link["target"].partition("#")
        if re.match(r"[a-z]+:", file):
            continue
        target = (guide.parent / file).resolve() if file else guide
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            lost.append(link["target"])
    assert lost == []


@every_guide
def test_every_path_that_is_named_exists(guide: Path) -> None:
    named = {ticked for ticked in TICKED.findall(prose(guide.read_text())) if PATH.fullmatch(ticked)}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@every_guide
def test_every_make_target_that_is_named_exists(guide: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = guide.read_text()
    named = re.findall(r"`make ([a-z]+)`", text)
    named += [word for code in blocks(guide, "sh") for word in re.findall(r"^make ([a-z]+)", code, re.MULTILINE)]
    assert set(named) <= targets


@every_guide
def test_every_name_of_the_package_exists(guide: Path) -> None:
    for ticked in TICKED.findall(prose(guide.read_text())):
        if re.fullmatch(r"palaver(\.\w+)+", ticked) and not ticked.startswith("palaver.v"):
            assert _found(ticked), f"{ticked} is named and does not exist"


def _found(name: str) -> bool:
    if name in {"palaver.sqlite", "palaver.log"}:
        return True
    module, _, rest = name.partition(".")
    held: object = importlib.import_module(module)
    for part in rest.split("."):
        if not hasattr(held, part):
            try:
                importlib.import_module(f"{getattr(held, '__name__', '')}.{part}")
            except (ImportError, ValueError):
                return False
        held = getattr(held, part)
    return True


@every_guide
def test_every_option_that_is_named_exists(guide: Path) -> None:
    keys = {entry.name for entry in entries(Settings)}
    tables = {entry.name.rpartition(" ")[0].strip("[]") for entry in entries(Settings)}
    for table, key in re.findall(r"`\[(\w[\w.]*)\](?: (\w+))?", guide.read_text()):
        if table in tables or key:
            assert not key or f"[{table}] {key}" in keys, f"[{table}] {key} is no option"


@every_guide
def test_every_command_that_is_named_exists(guide: Path) -> None:
    text = guide.read_text()
    code = [*TICKED.findall(prose(text)), *(line for sh in blocks(guide, "sh") for line in sh.splitlines())]
    for line in code:
        if found := re.match(r"(?:\.venv/bin/)?palaver (?P<words>[a-z]+(?: [a-z]+)?)(?P<rest>.*)", line.strip()):
            command = _command(found["words"].split())
            options = {option for parameter in command.params for option in parameter.opts}
            for option in re.findall(r"--[a-z-]+", found["rest"]):
                assert option in options, f"{line}: there is no {option}"


def _command(words: list[str]) -> Any:
    command: Any = get_command(app)
    for word in words:
        inside = getattr(command, "commands", None)
        if inside is None:
            break
        assert word in inside, f"there is no command {' '.join(words)}"
        command = inside[word]
    return command


def test_commands_are_really_looked_up() -> None:
    assert CliRunner().invoke(app, ["serve", "--help"]).exit_code == 0
    with pytest.raises(AssertionError):
        _command(["fly"])


# -- architecture ---------------------------------------------------------------------------------------------------


def test_the_layers_are_those_of_the_import_contract() -> None:
    (written,) = blocks(ROOT / "docs" / "architecture.md", "text layers")
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract.get("containers") == ["palaver"]]
    assert written.split("\n")[:-1] == [layer.strip("()") for layer in layers]


def test_the_tree_names_every_package_and_nothing_else() -> None:
    (tree,) = [block for block in blocks(ROOT / "docs" / "architecture.md", "text") if block.startswith("src/palaver/")]
    named, above = set(), {-1: ""}
    for depth, name in re.findall(r"^([│├└─ ]*)[├└]── ([\w.]+/?)", tree, re.MULTILINE):
        path = f"{above[len(depth) - 4 if depth else -1]}{name}"
        above[len(depth)] = path
        named.add(path)
    source = ROOT / "src" / "palaver"
    assert [path for path in sorted(named) if not (source / path).exists()] == []
    packages = {f"{path.parent.relative_to(source)}/" for path in source.glob("**/__init__.py")} - {"./"}
    folders = {f"{path.relative_to(source)}/" for path in (source / "webclient").iterdir() if path.is_dir()}
    unnamed = (packages | folders) - named - {"storage/migrations/versions/"}
    assert {path for path in unnamed if not path.startswith("webclient/.")} == set()


# -- decisions and news ---------------------------------------------------------------------------------------------

DECISIONS = ROOT / "docs" / "decisions"


def test_the_index_of_decisions_is_complete() -> None:
    rows = re.findall(r"^\| \[(\d{4})\]\(([^)]+)\) \| ([^|]+) \|", (DECISIONS / "README.md").read_text(), re.MULTILINE)
    files = sorted(path.name for path in DECISIONS.glob("[0-9]*.md"))
    assert [file for _, file, _ in rows] == files
    numbers = [int(number) for number, _, _ in rows]
    assert (numbers, len(numbers)) == (sorted(set(numbers)), len(files))
    for number, file, title in rows:
        head = (DECISIONS / file).read_text().split("\n", 1)[0]
        assert file.startswith(number)
        assert re.fullmatch(rf"# 0*{int(number)}\. {re.escape(title)}", head), head


@pytest.mark.parametrize("path", sorted(DECISIONS.glob("[0-9]*.md")), ids=lambda path: path.stem)
def test_a_decision_is_one_page_of_one_form(path: Path) -> None:
    text = path.read_text()
    assert re.search(r"^Status: (accepted|superseded by \d{4})", text, re.MULTILINE)
    heads = re.findall(r"^## (\w+)", text, re.MULTILINE)
    assert [head for head in heads if head != "Figures"] == ["Context", "Decision", "Consequences"]
    assert len(text.splitlines()) <= 80


def test_every_library_of_the_server_has_its_reason() -> None:
    text = (DECISIONS / "0010-libraries.md").read_text().lower()
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = [re.match(r"[\w.-]+", requirement)[0].lower() for requirement in needed]  # type: ignore[index]
    assert [name for name in names if name not in text] == []


def test_every_fragment_of_news_has_a_kind_and_a_text() -> None:
    kinds = "added|changed|deprecated|removed|fixed|security"
    for path in (ROOT / "changelog.d").iterdir():
        if path.name != "README.md":
            assert re.fullmatch(rf"\d+(\.[a-z0-9-]+)?\.({kinds})\.md", path.name), path.name
            assert path.read_text().strip(), f"{path.name} is empty"


# -- code that claims to run ----------------------------------------------------------------------------------------


@dataclass
class Served:
    """A server that somebody started as the README says."""

    port: int
    data: Path

    @property
    def settings(self) -> dict[str, object]:
        return tomllib.loads((self.data / "settings.toml").read_text())

    @property
    def secrets(self) -> dict[str, str]:
        """Return what a site keeps in its environment."""
        settings = self.settings
        jwt = settings["JWT"]
        assert isinstance(jwt, dict)
        return {"PALAVER_JWT_KEY": str(jwt["SecretKey"]), "PALAVER_ADMIN_KEY": str(settings["AdminAPIKey"])}

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Ask as a proxy on this machine does."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        try:
            connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def identify(self, token: str) -> dict[str, object]:
        """Return what the server answers to somebody who comes with a token."""
        with connect(f"ws://127.0.0.1:{self.port}/native/ws", subprotocols=["palaver.v1"]) as socket:  # type: ignore[list-item]
            socket.send(json.dumps({"id": 1, "ask": {"type": "identify", "token": token}}))
            answer = json.loads(socket.recv(timeout=DEADLINE_S))
        outcome = answer.get("outcome", answer)
        assert isinstance(outcome, dict)
        return outcome


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    data = tmp_path_factory.mktemp("guides") / "data"
    command = [PALAVER, "serve", "--data", data, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            ready = re.fullmatch(r"palaver listening on http://127\.0\.0\.1:(\d+)\n", process.stdout.readline())
            assert ready
            yield Served(int(ready[1]), data)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(DEADLINE_S)


def run(command: list[str], served: Served | None = None, *, folder: Path = ROOT) -> str:
    """Run something that a guide shows, in a folder; return what it prints."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        **(served.secrets if served else {}),
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


RUNNABLE = [path for path in GUIDES if path.name != "README.md" and blocks(path, "python test")]


@pytest.mark.parametrize("guide", RUNNABLE, ids=lambda path: path.stem)
def test_the_python_of_a_guide_runs(guide: Path, tmp_path: Path) -> None:
    """All blocks of a guide are one program, in their order."""
    run([sys.executable, "-c", "\n".join(blocks(guide, "python test"))], folder=tmp_path)


def test_some_guides_have_code_that_runs() -> None:
    assert {"add-a-feature", "add-a-dialect"} <= {path.stem for path in RUNNABLE}


def test_the_readme_signs_a_token_that_lets_a_user_in(served: Served) -> None:
    (code,) = blocks(ROOT / "README.md", "python test")
    here = f"http://localhost:{served.port}/"
    link = run([sys.executable, "-c", code.replace("http://localhost:9000/", here)], served).strip()
    assert link.startswith(here)
    token = parse_qs(urlsplit(link).query)["jwt"][0]
    assert _welcomed(served.identify(token))
    status, page = served.get(f"/?jwt={token}")
    constants = re.search(r'id="palaver-constants">(.*?)</script>', page)
    assert status == 200
    assert constants
    assert json.loads(constants[1])["token"] == token


def test_the_readme_has_the_server_sign_a_token(served: Served) -> None:
    if shutil.which("curl") is None:
        do_without("there is no curl here")
    (code,) = blocks(ROOT / "README.md", "sh test")
    answer = json.loads(run(["sh", "-c", code.replace("localhost:9000", f"127.0.0.1:{served.port}")], served))
    assert _welcomed(served.identify(answer["token"]))


def _welcomed(outcome: dict[str, object]) -> bool:
    told = {key: outcome.get(key) for key in ("type", "user", "name", "display_name")}
    return told == {"type": "identified", "user": "site:alice", "name": "alice", "display_name": "Alice"}


def test_the_readme_names_the_wires_that_are_spoken() -> None:
    from palaver.app import DIALECTS

    rows = re.findall(r"^\| ([\w.]+)[^|]*\| (\*\*yes\*\*|not yet) \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert {name.lower() for name, spoken in rows if spoken == "**yes**"} == {dialect.name for dialect in DIALECTS}
    assert len(rows) == 5


# -- what run-behind-a-proxy.md says ----------------------------------------------------------------------------------

SITE = "https://chat.example.org"
UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec_WebSocket_Protocol": "palaver.v1",
}


def test_a_proxy_must_pass_the_host_on(served: Served) -> None:
    assert served.get("/native/ws", Origin=SITE, **UPGRADE)[0] == 403
    connection = HTTPConnection("127.0.0.1", served.port, timeout=DEADLINE_S)
    headers = {name.replace("_", "-"): value for name, value in UPGRADE.items()}
    connection.request("GET", "/native/ws", headers={**headers, "Host": "chat.example.org", "Origin": SITE})
    assert connection.getresponse().status == 101
    connection.close()


def test_figures_are_for_this_machine_by_the_forwarded_address(served: Served) -> None:
    assert served.get("/metrics")[0] == 200
    assert served.get("/metrics", X_Forwarded_For="203.0.113.9")[0] == 403


def test_a_wrong_key_is_counted_by_the_forwarded_address(served: Served) -> None:
    guess = {"Authorization": "Bearer a guess"}
    unforwarded = [served.get("/v1/rooms", **guess)[0] for _ in range(12)]
    forwarded = [served.get("/v1/rooms", X_Forwarded_For="203.0.113.7", **guess)[0] for _ in range(11)]
    assert unforwarded == [401] * 12
    assert forwarded == [401] * 10 + [429]


def test_the_server_says_that_it_works(served: Served) -> None:
    assert served.get("/healthz") == (200, "ok\n")
    assert served.get("/readyz") == (200, "ready\n")
