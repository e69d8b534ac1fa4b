"""`palaver webhooks`, as it is typed; all but the first test spare the process."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from palaver.cli import webhooks
from palaver.config import load
from palaver.hub.outbox import Waiting
from palaver.storage.stores import open_stores

PALAVER = Path(sys.executable).with_name("palaver")
MADE_MS = 1_767_225_600_000


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def website() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Hook)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with an empty database: making one waits for the disk ten times, which others may keep busy."""
    found = tmp_path_factory.mktemp("made")
    (found / "settings.toml").write_text("")
    keep(found)
    return found


@pytest.fixture
def data_dir(tmp_path: Path, made: Path) -> Path:
    return shutil.copytree(made, tmp_path / "data")


def keep(data_dir: Path, *calls: Waiting) -> None:
    async def kept() -> None:
        stores = await open_stores(load(data_dir).storage.url, data_dir)
        for call in calls:
            await stores.outbox.save(call)
        await stores.close()

    asyncio.run(kept())


def test_the_command_prints_to_standard_output_alone_what_was_asked(data_dir: Path) -> None:
    keep(data_dir, Waiting("c1", "report", "{}", MADE_MS, tries=7, failed=True, problem="status 500"))
    command = [PALAVER, "webhooks", "replay", "--data", str(data_dir)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "c1  the website cannot be reached\n")


def test_what_failed_is_listed_and_replayed(data_dir: Path, website: str, capsys: pytest.CaptureFixture[str]) -> None:
    (data_dir / "settings.toml").write_text(f'[[WebhookURLs]]\nName = "report"\nEnabled = true\nURL = "{website}"\n')
    keep(
        data_dir,
        Waiting("c1", "report", "{}", MADE_MS, tries=7, failed=True, problem="status 500"),
        Waiting("c2", "profile", "{}", MADE_MS, tries=1, due_ms=MADE_MS + 5_000, problem="status 503"),
    )
    assert webhooks.show(data_dir) == 0
    assert capsys.readouterr().out.splitlines() == [
        "c2  2026-01-01 00:00:00 UTC  profile  1 try  next try 2026-01-01 00:00:05 UTC  status 503",
        "c1  2026-01-01 00:00:00 UTC  report  7 tries  failed  status 500",
    ]
    assert webhooks.replay(data_dir, []) == 0
    assert capsys.readouterr().out == "c1  delivered\n"
    assert webhooks.replay(data_dir, ["c1", "c2"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert (said[0], said[-1]) == ("c1  there is no such call", "c2  the website cannot be reached")


def test_where_everything_was_delivered_it_says_so(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert webhooks.show(data_dir) == 0
    assert capsys.readouterr().out == "everything was delivered\n"


def test_settings_that_cannot_be_used_mean_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "settings.toml").write_text("Titel = 1\n")
    assert webhooks.show(tmp_path) == 2
    assert "Titel" in capsys.readouterr().err
