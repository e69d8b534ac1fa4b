"""Beep's wire as a page of another site speaks it: a real EventSource, a preflight, and a token in the address."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
import pytest
from tests.browser.visitor import Open
from tests.client.serving import Server

KEY = "for tests: a site and its chat share this"

LISTEN = """
(address) => new Promise((opened, failed) => {
  window.heard = [];
  window.source = new EventSource(address);
  const note = (event) => window.heard.push([event.type, event.lastEventId, decodeURI(event.data)]);
  for (const word of ["offer", "answer", "ice-candidate"]) window.source.addEventListener(word, note);
  window.source.onmessage = note;
  window.source.onopen = () => opened(window.source.readyState);
  window.source.onerror = () => failed(new Error("state " + window.source.readyState));
})
"""
POST = """
async ([address, token, body]) => {
  const answer = await fetch(address, {
    method: "POST", body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", Authorization: "Bearer " + token },
  });
  return [answer.status, await answer.text()];
}
"""


class _Blank(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!DOCTYPE html><link rel=icon href='data:,'><title>Another site</title>")

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """A page of another origin."""
    other = ThreadingHTTPServer(("127.0.0.1", 0), _Blank)
    Thread(target=other.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{other.server_port}/"
    other.shutdown()
    other.server_close()


def token(user: str, device: str) -> str:
    return jwt.encode({"userid": user, "clientid": device, "exp": int(time.time()) + 600}, KEY, algorithm="HS256")


async def test_a_real_event_source_hears_both_generations_of_posts(
    visitor: Open, server: Server, elsewhere: str
) -> None:
    phone, web = (await visitor()).page, (await visitor()).page
    for page in (phone, web):
        await page.goto(elsewhere)
    mine = token("u-7c1e", "phone-1")
    assert await phone.evaluate(LISTEN, f"{server.url}/subscribe?token={mine}") == 1
    to = f"{server.url}/user/u-7c1e/device/phone-1"
    theirs = token("u-93ab", "web-4")
    sdp = "v=0\r\no=- 46117 2 IN IP4 127.0.0.1\r\ns=100% ü\r\n"
    assert await web.evaluate(POST, [to, theirs, {"event": "offer", "data": sdp}]) == [200, "OK"]
    candidate = "candidate:842163049 1 udp 1677729535 203.0.113.7 53311 typ srflx::0::audio"
    assert await web.evaluate(POST, [to, theirs, {"event": "ice-candidate", "data": candidate}]) == [200, "OK"]
    assert await web.evaluate(POST, [to, theirs, {"data": {"type": 1}}]) == [200, "OK"]
    await phone.wait_for_function("window.heard.length === 3")
    assert await phone.evaluate("window.heard") == [
        ["offer", "u-93ab:web-4", sdp],
        ["ice-candidate", "u-93ab:web-4", candidate],
        ["message", "u-93ab:web-4", '{"type":1}'],
    ]
    assert await web.evaluate(f"fetch('{server.url}/user/u-7c1e/devices').then((answer) => answer.json())") == [
        "phone-1"
    ]
    await phone.evaluate("window.source.close()")
    gone = "async (url) => { while ((await (await fetch(url)).json()).length); return true }"
    assert await web.evaluate(gone, f"{server.url}/user/u-7c1e/devices")


async def test_an_event_source_comes_back_by_itself_and_misses_only_what_was_said_meanwhile(
    visitor: Open, server: Server, elsewhere: str
) -> None:
    page = (await visitor()).page
    await page.goto(elsewhere)
    assert await page.evaluate(LISTEN, f"{server.url}/subscribe?token={token('u-51aa', 'phone-1')}") == 1
    to, theirs = f"{server.url}/user/u-51aa/device/phone-1", token("u-60bb", "web-4")
    assert await page.evaluate(POST, [to, theirs, {"data": "before"}]) == [200, "OK"]
    await page.wait_for_function("window.heard.length === 1")
    await page.evaluate("window.source.onerror = null")
    opened = "() => new Promise((opened) => { window.source.onopen = () => opened(true) })"
    coming_back = page.evaluate(opened)
    other = (await visitor()).page
    await other.goto(elsewhere)
    assert await other.evaluate(LISTEN, f"{server.url}/subscribe?token={token('u-51aa', 'phone-1')}") == 1
    await other.evaluate("window.source.close()")
    assert await coming_back
    assert await page.evaluate(POST, [to, theirs, {"data": "after"}]) == [200, "OK"]
    await page.wait_for_function("window.heard.length === 2")
    assert [said for _, _, said in await page.evaluate("window.heard")] == ["before", "after"]
