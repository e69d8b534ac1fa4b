"""`palaver token mint`, as it is typed."""

import subprocess
import sys
import time
from pathlib import Path

import jwt
import pytest

from palaver.config import load

PALAVER = Path(sys.executable).with_name("palaver")


def mint(data_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [PALAVER, "token", "mint", "--data", str(data_dir), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_a_token_is_signed_with_the_servers_key_and_ends(tmp_path: Path) -> None:
    assert "was made, with keys of its own" in mint(tmp_path, "--sub", "anybody").stderr
    done = mint(tmp_path, "--sub", "alice", "--op", "--nick", "Alice", "--emoji", "🦊 fox", "--ttl", "5")
    assert (done.returncode, done.stderr) == (0, "")
    key = load(tmp_path).jwt.secret_key
    claims = jwt.decode(done.stdout.strip(), key, algorithms=["HS256"], options={"require": ["exp"]})
    assert {name: claims[name] for name in ("sub", "op", "nick", "emoji")} == {
        "sub": "alice",
        "op": True,
        "nick": "Alice",
        "emoji": "🦊 fox",
    }
    assert claims["exp"] - claims["iat"] == 300
    assert claims["exp"] - time.time() == pytest.approx(300, abs=30)
    assert "vip" not in claims


def test_it_may_be_for_one_device(tmp_path: Path) -> None:
    token = mint(tmp_path, "--sub", "alice", "--device", "phone").stdout.strip()
    assert jwt.decode(token, options={"verify_signature": False})["device"] == "phone"


def test_it_ends_within_an_hour_unless_told(tmp_path: Path) -> None:
    token = mint(tmp_path, "--sub", "alice", "--vip", "--img", "/a.png", "--url", "/alice", "--gender", "f").stdout
    claims = jwt.decode(token.strip(), options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 3600
    assert (claims["vip"], claims["img"], claims["url"], claims["gender"]) == (True, "/a.png", "/alice", "f")


@pytest.mark.parametrize("words", [[], ["--sub", ""], ["--sub", "a", "--ttl", "1441"], ["--sub", "a", "--ttl", "0"]])
def test_what_cannot_be_signed_means_2(tmp_path: Path, words: list[str]) -> None:
    done = mint(tmp_path, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


def test_it_says_when_tokens_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("")
    done = mint(tmp_path, "--sub", "alice")
    assert done.returncode == 0
    assert done.stderr == "palaver: tokens are ignored while [JWT] Enabled is false\n"
