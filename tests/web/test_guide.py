"""The guide to the site API is true: its examples run, in order, against a real server."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "site-api.md"
SETTINGS = """\
AdminAPIKey = "the key of the site"
[JWT]
Enabled = true
Strict = false
SecretKey = "a key that site and server share"
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "settings.toml").write_text(SETTINGS)
    palaver = Path(sys.executable).with_name("palaver")
    command = [str(palaver), "serve", "--data", str(tmp_path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        ready = server.stdout.readline()
        yield ready.removeprefix("palaver listening on ").strip()
        server.terminate()
        assert server.wait(timeout=30) == 0


def test_the_examples_do_what_the_guide_says(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert url.startswith("http://")
    monkeypatch.setenv("PALAVER_URL", url)
    monkeypatch.setenv("PALAVER_KEY", "the key of the site")
    monkeypatch.setenv("PALAVER_JWT_KEY", "a key that site and server share")
    blocks = re.findall(r"```pycon\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, GUIDE.name, str(GUIDE), 0)
    assert len(examples.examples) > 30

    report: list[str] = []
    result = doctest.DocTestRunner(verbose=False).run(examples, out=report.append)

    assert result.failed == 0, "".join(report)
