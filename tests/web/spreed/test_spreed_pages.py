"""The original client's pages and files, served around a tiny client of our own (docs/dialects/spreed.md §1.2 to §1.5)."""

from __future__ import annotations

import json
import re
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.web.conftest import Desk

from palaver.dialects.spreed.options import Options
from palaver.dialects.spreed.pages import languages
from palaver.web.spreed.pages import OriginalClient

NOW = 1_800_000_000.0
HOST = {"Host": "meet.example.org:8443"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "static/css/main.min.css": "body {}",
        "static/js/main.js": "define([], () => {});",
        "static/js/libs/require/require.js": "void 0;",
        "static/translation/messages-de.json": "{}",
        "static/partials/ui.html": "<b>ui</b>",
        "static/robots.txt": "User-agent: *\nAllow: /\n",
        "secret.txt": "not for everybody",
    }
    for name, text in files.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "root"


def desk(root: Path | None, *, extra: Path | None = None, extra_d: Path | None = None, **options: Any) -> Desk:
    held = Options(version="0.28.1", **options)
    return Desk(spreed=OriginalClient(lambda: held, lambda: NOW, root, extra, extra_d))


async def get(desk: Desk, path: str, method: str = "GET", **line: Any) -> httpx.Response:
    headers = {**HOST, **line.pop("headers", {})}
    return await desk.asks(method, path, bearer="", headers=headers, **line)


def context(page: httpx.Response) -> Any:
    found = re.search(r'<script id="globalcontext" type="application/json">(.*?)</script>', page.text, re.DOTALL)
    assert found
    return json.loads(found[1])


# -- the main page (§1.3) ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/spreed/", "/spreed/garden", "/spreed/conf/daily/1", "/spreed/%3Cb%3E"])
async def test_the_page_of_a_room_has_everything_that_the_client_hangs_on(root: Path, path: str) -> None:
    page = await get(desk(root, title="Meet <us>", plugin="plugin.js"), path)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=UTF-8"
    assert (page.headers["expires"], page.headers["cache-control"]) == ("-1", "private, max-age=0")
    assert "content-security-policy" not in page.headers
    for wanted in (
        '<html class="no-js wf-loading">',
        "<title>Meet &lt;us&gt;</title>",
        '<base href="/spreed/">',
        '<meta name="fragment" content="!">',
        '<meta name="referrer" content="no-referrer">',
        '<link rel="stylesheet" href="static/ver=0281/css/main.min.css">',
        "<body spreed-webrtc>",
        '<div id="background">',
        '<div class="loader-message">',
        "<ui></ui>",
        'data-main="static/ver=0281/js/main" data-plugin="plugin.js" src="static/ver=0281/js/libs/require/require.js"',
    ):
        assert wanted in page.text


async def test_the_context_tells_the_client_where_it_is_and_how_to_connect(root: Path) -> None:
    headers = {"Accept-Language": "de-DE, en;q=0.7, de;q=0.9"}
    found = context(await get(desk(root, title="</script><script>"), "/spreed/garden", headers=headers))
    assert found.keys() == {"App", "Cfg", "Host", "Ssl", "Csp", "Languages", "S"}
    assert (found["App"], found["Host"], found["Ssl"], found["Csp"]) == ("main", HOST["Host"], False, False)
    assert found["Languages"] == ["de-de", "de", "en"]
    assert found["S"] == found["Cfg"]["S"] == "static/ver=0281"
    assert (found["Cfg"]["B"], found["Cfg"]["Version"]) == ("/spreed/", "0.28.1")
    assert found["Cfg"]["Title"] == "</script><script>"


async def test_the_page_has_the_configuration_of_the_api_and_each_base_its_own(root: Path) -> None:
    page = await get(desk(root, base_path="/sub/"), "/sub/garden")
    assert '<base href="/sub/">' in page.text
    assert context(page)["Cfg"]["B"] == "/sub/"


@pytest.mark.parametrize(
    ("address", "forwarded", "secure"),
    [("10.0.0.1", "https", True), ("10.0.0.1", "http", False), ("198.51.100.7", "https", False)],
)
async def test_a_proxy_of_ours_says_whether_the_client_is_encrypted(
    root: Path, address: str, forwarded: str, secure: bool
) -> None:
    headers = {"X-Forwarded-Proto": forwarded}
    page = await get(desk(root), "/spreed/", headers=headers, address=address)
    assert context(page)["Ssl"] is secure


async def test_a_policy_of_the_site_stands_in_headers_context_and_page(root: Path) -> None:
    page = await get(desk(root, policy="default-src 'self'", policy_report_only="default-src 'none'"), "/spreed/")
    assert page.headers["content-security-policy"] == "default-src 'self'"
    assert page.headers["content-security-policy-report-only"] == "default-src 'none'"
    assert context(page)["Csp"] is True
    assert '<html class="no-js wf-loading" ng-csp>' in page.text
    assert "css/csp.min.css" in page.text


async def test_a_program_that_indexes_pages_gets_a_small_one(root: Path) -> None:
    page = await get(desk(root), "/spreed/garden?_escaped_fragment_=")
    assert '<meta property="og:title" content="/garden">' in page.text
    assert 'content="http://meet.example.org:8443/spreed/static/img/opengraph-image.png"' in page.text
    assert "globalcontext" not in page.text


@pytest.mark.parametrize(
    ("accepted", "found"),
    [
        ("", ["en"]),
        ("de", ["de"]),
        ("EN-us,fr;q=0.5,de;q=0.8", ["en-us", "de", "fr"]),
        ("*", ["en"]),
        ("de;q=0", ["en"]),
        ("de;q=x,fr", ["fr"]),
        ("<script>,ja", ["ja"]),
    ],
)
def test_languages_are_sorted_by_how_much_they_are_wanted(accepted: str, found: list[str]) -> None:
    assert languages(accepted) == found


async def test_one_segment_takes_every_method_and_several_only_get(root: Path) -> None:
    assert (await get(desk(root), "/spreed/garden", "POST")).status_code == 200
    refused = await get(desk(root), "/spreed/conf/daily", "POST")
    assert (refused.status_code, refused.text) == (404, "404 page not found\n")


async def test_a_slash_at_the_end_is_redirected_away(root: Path) -> None:
    answered = await get(desk(root), "/spreed/conf/daily/?x=1")
    assert (answered.status_code, answered.headers["location"]) == (301, "/spreed/conf/daily?x=1")
    assert (await get(desk(root), "/spreed")).headers["location"].endswith("/spreed/")


async def test_a_path_with_two_slashes_is_redirected_to_its_plain_form(root: Path) -> None:
    for path in ("/spreed//conf///daily", "/spreed/conf//daily/"):
        answered = await get(desk(root), f"{path}?x=1")
        assert (answered.status_code, answered.headers["location"]) == (301, "/spreed/conf/daily?x=1")


async def test_an_icon_is_shown_where_the_folder_has_one(root: Path) -> None:
    assert (await get(desk(root), "/spreed/favicon.ico")).status_code == 404
    (root / "static" / "favicon.ico").write_bytes(b"icon")
    assert (await get(desk(root), "/spreed/favicon.ico")).content == b"icon"


async def test_an_unknown_call_is_no_room(root: Path) -> None:
    answered = await get(desk(root), "/spreed/api/v1/nothing")
    assert (answered.status_code, answered.text) == (404, "404 page not found\n")


async def test_without_the_original_client_its_rooms_open_in_ours() -> None:
    answered = await get(desk(None), "/spreed/conf/daily")
    assert (answered.status_code, answered.headers["location"]) == (303, "/r/conf%2Fdaily")
    assert (await get(desk(None), "/spreed/")).headers["location"] == "/"


# -- files (§1.4) -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("js/main.js", "text/javascript; charset=utf-8"),
        ("css/main.min.css", "text/css; charset=utf-8"),
        ("translation/messages-de.json", "application/json"),
        ("partials/ui.html", "text/html; charset=utf-8"),
    ],
)
async def test_files_are_kept_for_a_year_where_the_address_has_a_version(root: Path, path: str, kind: str) -> None:
    versioned = await get(desk(root), f"/spreed/static/ver=0281/{path}")
    plain = await get(desk(root), f"/spreed/static/{path}")
    assert versioned.content == plain.content == (root / "static" / path).read_bytes()
    assert versioned.headers["content-type"] == plain.headers["content-type"] == kind
    assert versioned.headers["cache-control"] == "public, max-age=31536000"
    assert parsedate_to_datetime(versioned.headers["expires"]).timestamp() == NOW + 31_536_000
    assert versioned.headers["x-content-type-options"] == "nosniff"
    assert "cache-control" not in plain.headers
    assert "last-modified" in plain.headers


async def test_a_file_that_the_client_has_is_not_sent_again_and_parts_are_sent(root: Path) -> None:
    plain = await get(desk(root), "/spreed/static/js/main.js")
    held = {"If-Modified-Since": plain.headers["last-modified"]}
    assert (await get(desk(root), "/spreed/static/js/main.js", headers=held)).status_code == 304
    part = await get(desk(root), "/spreed/static/js/main.js", headers={"Range": "bytes=0-5"})
    assert (part.status_code, part.text) == (206, "define")


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("js/nothing.js", 404, "404 Not Found\n"),
        ("ver=x/js/nothing.js", 404, "404 Not Found\n"),
        ("js", 403, "403 Forbidden\n"),
        ("ver=x/js", 403, "403 Forbidden\n"),
        ("..%2fsecret.txt", 404, "404 Not Found\n"),
        ("ver=x/..%2f..%2fsecret.txt", 404, "404 Not Found\n"),
        ("ver=x/%2e%2e/%2e%2e/secret.txt", 404, "404 Not Found\n"),
    ],
)
async def test_what_is_no_file_below_the_folder_is_not_sent(root: Path, path: str, status: int, text: str) -> None:
    answered = await get(desk(root), f"/spreed/static/{path}")
    assert (answered.status_code, answered.text) == (status, text)


async def test_a_link_out_of_the_folder_leads_nowhere(root: Path) -> None:
    (root / "static" / "link.txt").symlink_to(root / "secret.txt")
    assert (await get(desk(root), "/spreed/static/link.txt")).status_code == 404


async def test_robots_are_told_what_the_folder_says(root: Path) -> None:
    assert "Allow: /" in (await get(desk(root), "/spreed/robots.txt")).text


# -- additions of the site (§1.3, §1.4) -------------------------------------------------------------------------------


async def test_a_site_adds_to_head_and_body_and_its_own_files(root: Path, tmp_path: Path) -> None:
    for name, text in {
        "extra/extra-head.html": '<meta name="site" content="<%.Cfg.Title%>">',
        "extra/extra-body.html": "<p><% .S %></p>",
        "extra/static/site.css": "p {}",
        "extra.d/b-two/head.html": "<i>two</i>",
        "extra.d/a-one/head.html": '<script src="<%.S%>/one.js"></script><%template "x" .%>',
        "extra.d/a-one/static/one.js": "1;",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    town = desk(root, extra=tmp_path / "extra", extra_d=tmp_path / "extra.d", title="A & B")
    page = (await get(town, "/spreed/")).text
    assert '<meta name="site" content="A &amp; B">' in page
    assert "<p>static/ver=0281</p>" in page
    assert '<script src="extra.d/static/ver=0281/a-one/one.js"></script>\n<i>two</i>' in page
    assert "<%" not in page
    assert (await get(town, "/spreed/extra/static/site.css")).text == "p {}"
    kept = await get(town, "/spreed/extra.d/static/ver=0281/a-one/one.js")
    assert (kept.text, kept.headers["cache-control"]) == ("1;", "public, max-age=31536000")
    assert (await get(town, "/spreed/extra.d/static/ver=0281/../one.js")).status_code in (404, 200)
    assert (await get(town, "/spreed/extra.d/static/ver=1/%2e%2e/one.js")).status_code == 404


# -- sandboxes (§1.5) -------------------------------------------------------------------------------------------------

ORIGIN = "https:/meet.example.org:8443"


@pytest.mark.parametrize(
    ("name", "policy", "script"),
    [
        (
            "odfcanvas",
            "default-src 'none'; script-src https://meet.example.org:8443; img-src data: blob:;"
            " style-src 'unsafe-inline'",
            "webodf",
        ),
        (
            "pdfcanvas",
            "default-src 'none'; script-src https://meet.example.org:8443 'unsafe-eval'; img-src 'self' data: blob:;"
            " style-src 'unsafe-inline'",
            "pdf",
        ),
        ("youtubevideo", "default-src 'none'", "youtube"),
    ],
)
async def test_a_sandbox_trusts_its_own_origin(root: Path, name: str, policy: str, script: str) -> None:
    page = await get(desk(root), f"/spreed/sandbox/{ORIGIN}/{name}.html")
    assert page.headers["content-security-policy"] == policy
    assert (
        f'src="static/ver=0281/js/sandboxes/{script}.js" data-parent-origin="https://meet.example.org:8443"'
        in page.text
    )
    assert '<base href="/spreed/">' in page.text


@pytest.mark.parametrize(
    "origin", ["https:/evil.example", "javascript:/meet.example.org:8443", "https:/x;script-src *"]
)
async def test_a_reflected_sandbox_origin_is_only_our_own(root: Path, origin: str) -> None:
    assert (await get(desk(root), f"/spreed/sandbox/{origin}/odfcanvas.html")).status_code == 403


async def test_there_are_three_sandboxes(root: Path) -> None:
    assert (await get(desk(root), f"/spreed/sandbox/{ORIGIN}/other.html")).status_code == 404
