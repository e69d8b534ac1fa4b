"""The page and its files: what may run in it, what it is told, and what nobody can reach through it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from palaver.web import socketio_library
from palaver.web.pages import MAX_FORM_BYTES, MODULES, Site, page_routes
from palaver.web.static import WEBCLIENT, StaticFiles

_MARKUP_WRITERS = r"\b(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write)\b"
_BARE_IMPORT = re.compile(r"^(?:import|export)[^'\"]*? from ['\"]([^'\"./][^'\"]*)['\"]", re.MULTILINE)

SITE = Site(title="Ana & Bob's <talk>", branding="Be kind </script>", max_upload_bytes=1000, features=("pictures",))


class Visitor:
    """Asks an app for pages, without a socket."""

    def __init__(self, app: Starlette, *, base_url: str = "http://chat.example") -> None:
        self._app, self._base_url = app, base_url

    def get(self, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._ask("GET", path, **options))

    def post(self, path: str, **options: Any) -> httpx.Response:
        return asyncio.run(self._ask("POST", path, **options))

    async def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app), base_url=self._base_url) as client:
            return await client.request(method, path, **options)


@pytest.fixture(scope="module")
def files() -> StaticFiles:
    return StaticFiles()


@pytest.fixture
def client(files: StaticFiles) -> Visitor:
    return Visitor(Starlette(routes=page_routes(lambda: SITE, files)))


def constants_of(text: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="palaver-constants">(.*?)</script>', text, re.DOTALL)
    assert found
    value = json.loads(found[1])
    assert isinstance(value, dict)
    return value


def directives_of(policy: str) -> dict[str, list[str]]:
    return {words[0]: words[1:] for words in (part.split() for part in policy.split(";"))}


def test_the_policy_lets_nothing_run_but_our_files_and_the_import_map(client: Visitor) -> None:
    answer = client.get("/")
    policy = directives_of(answer.headers["content-security-policy"])
    import_map = re.search(r'<script type="importmap">(.*?)</script>', answer.text, re.DOTALL)

    assert import_map
    digest = base64.b64encode(hashlib.sha256(import_map[1].encode()).digest()).decode()
    assert ["'self'", f"'sha256-{digest}'"] == policy["script-src"]
    assert policy["default-src"] == ["'none'"]
    assert policy["style-src"] == ["'self'"]
    assert policy["img-src"] == ["'self'", "data:", "blob:"]
    assert policy["frame-src"] == ["https://www.youtube-nocookie.com"]
    assert policy["base-uri"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    assert policy["frame-ancestors"] == ["'self'"]
    assert policy["require-trusted-types-for"] == ["'script'"]
    assert policy["trusted-types"] == ["'none'"]
    assert "unsafe" not in answer.headers["content-security-policy"]


def test_the_socket_of_the_own_host_is_named_for_browsers_whose_self_leaves_it_out(client: Visitor) -> None:
    policy = directives_of(client.get("/", headers={"host": "[::1]:9000"}).headers["content-security-policy"])

    assert policy["connect-src"] == ["'self'", "ws://[::1]:9000", "wss://[::1]:9000"]


@pytest.mark.parametrize("host", ["x; script-src *", "a b", "evil.example/,*", "*", ""])
def test_a_strange_host_header_adds_nothing_to_the_policy(client: Visitor, host: str) -> None:
    policy = directives_of(client.get("/", headers={"host": host}).headers["content-security-policy"])

    assert policy["connect-src"] == ["'self'"]


def test_pictures_may_come_from_the_sites_own_origin_and_embedding_is_configurable(files: StaticFiles) -> None:
    site = Site(website_url="https://www.example.com/community", frame_ancestors=("'self'", "https://www.example.com"))
    policy = directives_of(
        Visitor(Starlette(routes=page_routes(lambda: site, files))).get("/").headers["content-security-policy"]
    )

    assert "https://www.example.com" in policy["img-src"]
    assert policy["frame-ancestors"] == ["'self'", "https://www.example.com"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a.example;script-src *", "ftp://x/", "https://a b/"])
def test_a_strange_site_address_is_never_a_source(files: StaticFiles, url: str) -> None:
    answer = Visitor(Starlette(routes=page_routes(lambda: Site(website_url=url), files))).get("/")

    assert directives_of(answer.headers["content-security-policy"])["img-src"] == ["'self'", "data:", "blob:"]


def test_other_headers_keep_the_page_to_itself(client: Visitor) -> None:
    headers = client.get("/").headers

    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    for feature in ("camera", "microphone", "display-capture"):
        assert f"{feature}=(self)" in headers["permissions-policy"]


def test_constants_tell_the_site_and_no_text_leads_out_of_their_block(client: Visitor) -> None:
    text = client.get("/").text
    told = constants_of(text)

    assert told["title"] == "Ana & Bob's <talk>"
    assert told["branding"] == "Be kind </script>"
    assert {
        "defaultRoom": "lobby",
        "room": "",
        "token": "",
        "guests": True,
        "wsPath": "/native/ws",
    }.items() <= told.items()
    assert told["maxUploadBytes"] == 1000
    assert "<title>Ana &amp; Bob&#x27;s &lt;talk&gt;</title>" in text
    assert "kind </script>" not in text


@pytest.mark.parametrize("path", ["/r/lounge%20bar", "/lounge%20bar"])
def test_a_rooms_address_opens_the_page_in_that_room(client: Visitor, path: str) -> None:
    assert constants_of(client.get(path).text)["room"] == "lounge bar"


def test_a_name_that_no_room_can_have_is_not_found(client: Visitor) -> None:
    assert client.get("/r/%E2%80%AEevil").status_code == 404


def test_a_token_comes_by_address_or_by_form(client: Visitor) -> None:
    hostile = 'x"</script><script>alert(1)</script>'

    assert constants_of(client.get("/", params={"jwt": "a.b.c"}).text)["token"] == "a.b.c"
    assert constants_of(client.get("/r/lounge", params={"jwt": "a.b.c"}).text)["token"] == "a.b.c"
    assert constants_of(client.post("/", data={"jwt": "a.b.c"}).text)["token"] == "a.b.c"
    assert constants_of(client.post("/", files={"jwt": (None, "a.b.c")}).text)["token"] == "a.b.c"
    assert hostile == constants_of(client.post("/", data={"jwt": hostile}).text)["token"]
    assert constants_of(client.post("/", data={"other": "1"}).text)["token"] == ""


def test_a_form_that_is_too_large_is_refused(client: Visitor) -> None:
    assert client.post("/", data={"jwt": "x" * (MAX_FORM_BYTES + 1)}).status_code == 413


PART = b'--x\r\nContent-Disposition: form-data; name="jwt"%s\r\n\r\n1\r\n--x--\r\n'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=x", b"--x\r\nno header\r\n\r\n"),
        ("multipart/form-data; boundary=x", PART % b'; filename="b"'),
        ("multipart/form-data; boundary=x; charset=undefined", PART % b""),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 21)),
    ],
)
def test_what_is_no_form_is_refused(client: Visitor, kind: str, body: bytes) -> None:
    answer = client.post("/", content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.text[:27]) == (400, "This could not be read: thi")


def test_every_file_that_the_page_names_is_served(client: Visitor) -> None:
    text = client.get("/").text
    named = re.findall(r'(?:href|src)="([^"]+)"', text)

    assert any(path.endswith("app.js") for path in named)
    for path in named:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "immutable" in answer.headers["cache-control"]
        kind = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml", "woff2": "font/woff2"}[
            path.rpartition(".")[2]
        ]
        assert answer.headers["content-type"].startswith(kind)


def test_the_import_map_names_every_bare_import(client: Visitor) -> None:
    found = re.search(r'<script type="importmap">(.*?)</script>', client.get("/").text, re.DOTALL)
    assert found
    imports = json.loads(found[1])["imports"]

    assert set(MODULES) == set(imports)
    for path in imports.values():
        assert client.get(path).status_code == 200
    for module in WEBCLIENT.rglob("*.js"):
        for name in _BARE_IMPORT.findall(module.read_text("utf-8")):
            assert name in MODULES, f"{module.name} imports {name}"


def test_no_file_of_ours_names_another_origin_or_writes_markup() -> None:
    for file in [*WEBCLIENT.rglob("*.js"), *WEBCLIENT.rglob("*.css"), WEBCLIENT / "index.html"]:
        if "vendor" in file.parts:
            continue
        text = file.read_text("utf-8")
        assert not re.search(
            r"\b(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write)\b", text
        ), file
        assert not re.search(r"(@import|url\()\s*['\"]?(https?:)?//", text), file
        assert not re.search(r"from ['\"]https?:", text), file


def test_files_are_served_with_an_etag_and_asked_for_again_where_the_address_may_change(client: Visitor) -> None:
    plain = client.get("/static/app.js")

    assert plain.headers["cache-control"] == "no-cache"
    assert plain.headers["x-content-type-options"] == "nosniff"
    assert client.get("/static/app.js", headers={"if-none-match": plain.headers["etag"]}).status_code == 304
    assert client.get("/static/v-0123456789abcdef/app.js").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/views",
        "/static/views/",
        "/static/%2e%2e/web/pages.py",
        "/static/..%2fweb%2fpages.py",
        "/static//etc/passwd",
        "/static/%00",
        "/static/index.html",
        "/static/tsconfig.json",
        "/static/v-0123456789abcdef/",
    ],
)
def test_nothing_else_can_be_reached(client: Visitor, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_page_works_below_a_prefix(files: StaticFiles) -> None:
    client = Visitor(Starlette(routes=[Mount("/chat", routes=page_routes(lambda: SITE, files))]))
    text = client.get("/chat/").text

    assert constants_of(text)["wsPath"] == "/chat/native/ws"
    for path in re.findall(r'<link[^>]*href="([^"]+)"', text)[:3]:
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("vendor", [WEBCLIENT / "vendor", socketio_library.FOLDER], ids=["page", "Socket.IO"])
def test_vendored_files_are_the_ones_in_their_manifest(vendor: Path) -> None:
    listed: set[str] = {"manifest.json"}
    for package in json.loads((vendor / "manifest.json").read_text())["packages"]:
        assert (vendor / package["licence_file"]).is_file()
        listed.add(package["licence_file"])
        for name, file in package["files"].items():
            listed.add(name)
            assert file["sha256"] == hashlib.sha256((vendor / name).read_bytes()).hexdigest(), name

    present = {path.relative_to(vendor).as_posix() for path in vendor.rglob("*") if path.is_file()}
    assert listed == present


def test_modules_stay_small() -> None:
    long = {
        str(path.relative_to(WEBCLIENT)): lines
        for path in sorted(Path(WEBCLIENT).rglob("*.js"))
        if "vendor" not in path.parts and (lines := len(path.read_text("utf-8").splitlines())) >= 300
    }

    assert long == {}
