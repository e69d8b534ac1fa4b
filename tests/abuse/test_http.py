"""Requests over HTTP that mean no good."""

from __future__ import annotations

import asyncio
import base64
import json

import httpx
import pytest
from tests.abuse.conftest import Enter
from tests.abuse.outsider import Wire
from tests.client.serving import Server
from websockets.exceptions import InvalidStatus

SITE_ADDRESSES = [
    ("GET", "/v1/rooms"),
    ("POST", "/v1/rooms"),
    ("DELETE", "/v1/rooms/lobby"),
    ("GET", "/v1/rooms/lobby/messages"),
    ("GET", "/v1/bans"),
    ("GET", "/v1/reports"),
    ("POST", "/v1/tokens"),
    ("POST", "/v1/shutdown"),
]
WRONG_KEYS = [
    None,
    "",
    "Bearer",
    "Bearer null",
    "Basic YTpi",
    "Bearer hunter2",
    "Bearer \xe9",
    "Bearer " + "x" * 10_000,
]


@pytest.mark.parametrize(("method", "path"), SITE_ADDRESSES)
async def test_nothing_of_the_site_is_done_without_its_key(url: str, method: str, path: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        for key in WRONG_KEYS:
            headers = {} if key is None else {"Authorization": key.encode("latin-1")}
            answer = await client.request(method, path, headers=headers, content=b"{" * 10)
            assert answer.status_code in (401, 405), (path, key)
            assert answer.headers["content-type"] == "application/problem+json"


async def test_a_token_of_a_user_is_no_key_of_the_site(server: Server, enter: Enter) -> None:
    ana = await enter("ana")
    async with httpx.AsyncClient(base_url=server.url) as client:
        for token in (
            server.token("alice", op=True),
            ana.me["resume_token"],
            "for tests: a site and its chat share this",
        ):
            answer = await client.post("/v1/shutdown", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401


async def test_the_key_of_the_site_cannot_be_guessed_from_one_address(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, headers={"X-Forwarded-For": "203.0.113.77"}) as client:
        codes = [
            (await client.get("/v1/rooms", headers={"Authorization": f"Bearer {n}"})).status_code for n in range(12)
        ]
    assert codes == [401] * 10 + [429] * 2


TRAVERSALS = [
    "/static/../app.py",
    "/static/..%2f..%2fsettings.toml",
    "/static/%2e%2e/%2e%2e/palaver-data/settings.toml",
    "/static//etc/passwd",
    "/static/v-0/../../cli/serve.py",
    "/static/....//....//settings.toml",
    "/static/index.html%00.js",
    "/static/..\\..\\settings.toml",
    "/v1/pictures/../../settings.toml",
    "/v1/pictures/..%2f..%2fsettings.toml",
    "/v1/pictures/%00",
    "/r/../../etc/passwd",
    "//evil.example/%2e%2e",
]


@pytest.mark.parametrize("path", TRAVERSALS)
async def test_no_path_leads_out_of_what_is_served(url: str, path: str) -> None:
    answer = await (await Wire.dial(url)).request(f"GET {path} HTTP/1.1")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] in (b"400", b"404", b"200"), head
    assert b"SecretKey" not in body
    assert b"root:" not in body
    assert b"import " not in body[:200]
    if b" 200 " in head.split(b"\r\n")[0]:
        assert b"text/html" in head  # our page, for a room of that name


INJECTIONS = [
    "/r/a%0d%0aSet-Cookie:%20x=1",
    "/%0d%0aSet-Cookie:%20x=1",
    "/static/%0d%0aSet-Cookie:%20x=1",
    "/v1/rooms/%0d%0aSet-Cookie:%20x=1",
    "/docs/%0d%0aSet-Cookie:%20x=1",
    "/api/%0d%0aSet-Cookie:%20x=1",
    "/?jwt=%0d%0aSet-Cookie:%20x=1",
]


@pytest.mark.parametrize("path", INJECTIONS)
async def test_nothing_of_a_request_becomes_a_header_of_the_answer(url: str, path: str) -> None:
    for lines in ([], ["Origin: https://evil.example", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: gopher"]):
        head = (await (await Wire.dial(url)).request(f"GET {path} HTTP/1.1", *lines)).partition(b"\r\n\r\n")[0]
        assert b"set-cookie" not in head.lower()
        assert b"evil.example" not in head.lower()


async def test_a_token_in_the_address_cannot_break_out_of_the_page(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        answer = await client.get("/", params={"jwt": "</script><script>alert(1)</script><!--"})
        assert "<script>alert" not in answer.text
        room = await client.get("/r/%3Cscript%3Ealert(1)")
        assert "<script>alert" not in room.text
        assert "script-src 'self' 'sha256-" in room.headers["content-security-policy"]


@pytest.mark.parametrize(
    "host",
    ["evil.example; script-src *", "a b", "x'y", '"><script>', "evil.example, b"],
)
async def test_a_host_header_cannot_widen_the_policy(url: str, host: str) -> None:
    answer = await (await Wire.dial(url)).request("GET / HTTP/1.0", f"Host: {host}")
    assert b"script-src *" not in answer
    assert host.encode() not in answer


@pytest.mark.parametrize(
    "head",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100,
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\nNo colon\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_refused_and_closed(url: str, head: bytes) -> None:
    wire = await Wire.dial(url)
    await wire.send(head)
    assert (await wire.rest()).split()[1] == b"400"


async def test_a_head_without_end_is_not_kept(url: str) -> None:
    wire = await Wire.dial(url)
    await wire.send(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 70_000)
    assert (await wire.rest()).split()[1] == b"431"


async def test_a_thousand_requests_in_one_packet_are_answered_in_order(url: str) -> None:
    wire = await Wire.dial(url)
    requests = [b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"] * 999 + [
        b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"
    ]
    await wire.send(b"".join(requests))
    assert (await wire.rest()).count(b"HTTP/1.1 200") == 1000


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://palaver.test.evil.example", "file://"])
async def test_a_page_of_another_site_cannot_open_a_websocket(dial: Enter, origin: str) -> None:
    for path in ("/native/ws", "/ws"):
        with pytest.raises(InvalidStatus) as refused:
            await dial(path, origin=origin, subprotocols=["palaver.v1"])
        assert refused.value.response.status_code == 403


async def test_a_page_of_another_site_may_read_nothing(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, headers={"Origin": "https://evil.example"}) as client:
        for method, path in (("GET", "/v1/rooms"), ("OPTIONS", "/v1/rooms"), ("OPTIONS", "/v1/pictures"), ("GET", "/")):
            answer = await client.request(method, path, headers={"Access-Control-Request-Method": "POST"})
            assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["Sec-WebSocket-Version: 12"], b"426"),
        (["Sec-WebSocket-Key: short"], b"400"),
        (["Sec-WebSocket-Protocol: a b"], b"400"),
        (["Content-Length: 10"], b"400"),
    ],
)
async def test_a_broken_handshake_is_refused(url: str, lines: list[str], status: bytes) -> None:
    names = {line.partition(":")[0] for line in lines}
    usual = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(b"0" * 16).decode(),
    }
    lines = [*lines, "Host: x", *(f"{name}: {value}" for name, value in usual.items() if name not in names)]
    wire = await Wire.dial(url)
    await wire.send("\r\n".join(["GET /native/ws HTTP/1.1", *lines, "", ""]).encode())
    assert (await wire.rest()).split()[1] == status


async def test_headers_that_nobody_may_set_do_not_make_an_operator(url: str, dial: Enter) -> None:
    claims = {
        "X-User-Claim": base64.b64encode(json.dumps({"sub": "root", "op": True}).encode()).decode(),
        "X-User": "root",
    }
    outsider = await (await dial(additional_headers=claims)).identify("ana")
    assert "operator" not in outsider.me
    assert "user" not in outsider.me


async def test_figures_are_for_this_machine_alone(url: str) -> None:
    async with httpx.AsyncClient(base_url=url) as client:
        assert (await client.get("/metrics")).status_code == 200
        assert (await client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.5"})).status_code == 403


async def test_bodies_are_bounded_wherever_one_is_read(server: Server, enter: Enter, url: str) -> None:
    ana = await enter("ana")
    token = {"Authorization": f"Bearer {ana.me['resume_token']}"}
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        big = b"x" * (9 << 20)
        assert (
            await client.post(
                "/", content=big[: 1 << 20], headers={"Content-Type": "application/x-www-form-urlencoded"}
            )
        ).status_code == 413
        picture = await client.post("/v1/pictures", content=big, headers={**token, "Content-Type": "image/png"})
        assert picture.status_code == 413


async def test_requests_that_are_cut_off_leave_nothing_behind(url: str, enter: Enter) -> None:
    halves = [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nhalf",
        b"GET / HTT",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ]
    wires = await asyncio.gather(*(Wire.dial(url) for _ in range(60)))
    for number, wire in enumerate(wires):
        await wire.send(halves[number % 3])
        wire.close()
    ana = await enter("ana", "after")
    assert (await ana.post("after", "all is well"))["type"] == "posted"
