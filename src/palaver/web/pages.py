"""The page of the browser client: its constants, its policy, and the addresses at which it answers.

What the constants mean to the client stands in `webclient/app.js`. Who may enter is decided by the hub; a token that
comes with the request is only passed on to the page, which then takes it out of the address bar.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from string import Template
from typing import Protocol

from python_multipart.exceptions import FormParserError
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Message

from palaver.core import errors
from palaver.core.errors import Refusal
from palaver.core.names import NameProblem, room_name
from palaver.web.bodies import READ_WITHIN_S, read_body
from palaver.web.problems import status_of
from palaver.web.static import WEBCLIENT, StaticFiles

VIDEO_ORIGIN = "https://www.youtube-nocookie.com"
"""The one other origin of which the page may show a frame: a video, once somebody asks for it (BareRTC §3.6.7)."""

MAX_FORM_BYTES = 64 * 1024
MAX_FORM_FIELDS = 20
MODULES = {
    "preact": "vendor/preact.module.js",
    "preact/hooks": "vendor/hooks.module.js",
    "htm": "vendor/htm.module.js",
    "marked": "vendor/marked.module.js",
}
"""Bare names that our modules import, and what each stands for."""

_HOST = re.compile(r"[A-Za-z0-9.\-_]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")
_FIRST_STYLES = ("styles/tokens.css", "styles/base.css")
_FEATURES = tuple(
    f"{name}=(self)" for name in ("camera", "microphone", "display-capture", "speaker-selection", "geolocation")
)
_WITHOUT = ("payment=()", "usb=()", "serial=()", "midi=()", "browsing-topics=()")


@dataclass(frozen=True, slots=True)
class Site:
    """What a page must know of the site that serves it.

    Attributes:
        title: name of the site, shown in the tab and at the entrance.
        branding: more about it, as plain text.
        website_url: the site's own address; pictures of profiles may come from its origin, and links lead there.
        default_room: where newcomers go who name no room.
        ws_path: where the native dialect is spoken, from the root of the app.
        guests: people without a token are let in.
        features: names of optional parts that are on, for example `pictures`.
        max_upload_bytes: how large a picture may be; 0 where pictures are off.
        frame_ancestors: which origins may embed the page, as CSP sources.
        language: BCP 47 tag of the texts.
    """

    title: str = "Palaver"
    branding: str = ""
    website_url: str = ""
    default_room: str = "lobby"
    ws_path: str = "/native/ws"
    guests: bool = True
    features: tuple[str, ...] = ()
    max_upload_bytes: int = 0
    frame_ancestors: tuple[str, ...] = ("'self'",)
    language: str = "en"
    extra: dict[str, str] = field(default_factory=dict)


class Page:
    """The client's page, for any room and any visitor of one site."""

    def __init__(self, site: Callable[[], Site], static: StaticFiles) -> None:
        """`site` returns what the settings say now; it is asked for each answer."""
        self._site = site
        self._static = static
        self._template = Template((WEBCLIENT / "index.html").read_text("utf-8"))

    def answer(
        self, request: Request, *, room: str = "", token: str = "", extra: Mapping[str, object] | None = None
    ) -> Response:
        """Return the page, with everything in it that depends on the request."""
        site = self._site()
        root = request.scope.get("root_path", "").rstrip("/")
        base = f"{root}/static/{self._static.version}/"
        import_map = _import_map(base)
        text = self._template.substitute(
            language=html.escape(site.language),
            title=html.escape(site.title),
            base=html.escape(base),
            import_map=import_map,
            constants=_json_block(_constants(site, root, room, token) | dict(extra or {})),
            styles="\n".join(f'  <link rel="stylesheet" href="{html.escape(base + path)}">' for path in self._styles()),
            preloads="\n".join(
                f'  <link rel="modulepreload" href="{html.escape(base + path)}">' for path in self._static.paths(".js")
            ),
        )
        headers = {
            "Content-Security-Policy": policy(site, import_map, request.headers.get("host", "")),
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": ", ".join(_FEATURES + _WITHOUT),
            "Cross-Origin-Opener-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            # The page may hold a token.
            "Cache-Control": "no-store",
        }
        return Response(text, headers=headers, media_type="text/html")

    def _styles(self) -> list[str]:
        return [*_FIRST_STYLES, *(path for path in self._static.paths(".css") if path not in _FIRST_STYLES)]


def policy(site: Site, import_map: str, host: str) -> str:
    """Return the Content-Security-Policy: our own files, our own socket, nothing else."""
    digest = base64.b64encode(hashlib.sha256(import_map.encode()).digest()).decode()
    # CSP 3 says that 'self' covers a WebSocket to the same host. Older Safari and Firefox read it as the page's own
    # scheme only, so the two addresses are named as well.
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    origin = _origin(site.website_url)
    pictures = f" {origin}" if origin else ""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'sha256-{digest}'",
            "style-src 'self'",
            f"img-src 'self' data: blob:{pictures}",
            "font-src 'self'",
            "media-src 'self' blob:",
            f"frame-src {VIDEO_ORIGIN}",
            f"connect-src 'self'{sockets}",
            "base-uri 'none'",
            "form-action 'self'",
            f"frame-ancestors {' '.join(site.frame_ancestors)}",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _constants(site: Site, root: str, room: str, token: str) -> dict[str, object]:
    return {
        "title": site.title,
        "branding": site.branding,
        "websiteUrl": site.website_url,
        "pictureOrigin": _origin(site.website_url),
        "root": root,
        "room": room,
        "defaultRoom": site.default_room,
        "wsPath": root + site.ws_path,
        "guests": site.guests,
        "token": token,
        "features": list(site.features),
        "maxUploadBytes": site.max_upload_bytes,
        "language": site.language,
        **site.extra,
    }


class Entry(Protocol):
    """Judges who is shown the page, and knows what of the site concerns this visitor."""

    def refusal(self, token: str, request: Request) -> Response | None:
        """Return what somebody is answered who is not shown the page."""
        ...

    def constants(self, token: str) -> Mapping[str, object]:
        """Return what the page is told beside the facts of `Site`."""
        ...


class OpenEntry:
    """Everybody is shown the page."""

    def refusal(self, _token: str, _request: Request) -> Response | None:
        """Refuse nobody."""
        return None

    def constants(self, _token: str) -> Mapping[str, object]:
        """Tell nothing more."""
        return {}


def page_routes(
    site: Callable[[], Site], static: StaticFiles | None = None, entry: Entry | None = None
) -> list[BaseRoute]:
    """Return the routes of the browser client. The last one takes any single word, so they go below all others.

    `/r/{room}` is for those who are in already, and for people who are sent there with a token: somebody without one
    reads on the page what to do, so that a reload resumes. At the other addresses `entry` judges (BareRTC §1.2).
    """
    files = static or StaticFiles()
    judge = entry or OpenEntry()
    page = Page(site, files)

    async def home(request: Request) -> Response:
        token = request.query_params.get("jwt", "")
        if request.method == "POST":
            try:
                token = await _posted_token(request) or token
            except Refusal as refusal:
                return PlainTextResponse(refusal.text, status_of(refusal), {"X-Content-Type-Options": "nosniff"})
        return judge.refusal(token, request) or page.answer(request, token=token, extra=judge.constants(token))

    async def in_room(request: Request) -> Response:
        try:
            room = room_name(request.path_params["room"])
        except NameProblem:
            return PlainTextResponse("There can be no room of that name.", 404, {"X-Content-Type-Options": "nosniff"})
        token = request.query_params.get("jwt", "")
        is_inside = request.url.path.startswith(request.scope.get("root_path", "") + "/r/")
        refused = None if is_inside else judge.refusal(token, request)
        return refused or page.answer(request, room=room, token=token, extra=judge.constants(token))

    async def icon(request: Request) -> Response:
        request.path_params["path"] = "icon.svg"
        return await files.serve(request)

    async def robots(_request: Request) -> Response:
        return PlainTextResponse("User-agent: *\nDisallow: /\n")

    return [
        Route("/", home, methods=["GET", "POST"]),
        # The base path of old clients of BareRTC.
        Route("/barertc/", home, methods=["GET", "POST"]),
        Route("/favicon.ico", icon),
        Route("/robots.txt", robots),
        Route("/static/{path:path}", files.serve),
        Route("/r/{room}", in_room),
        Route("/{room}", in_room),
    ]


def _import_map(base: str) -> str:
    return _json_block({"imports": {name: base + path for name, path in MODULES.items()}})


def _json_block(value: object) -> str:
    """Return JSON that no text inside can lead out of a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _origin(url: str) -> str:
    """Return the origin of a site's address where it can stand in a policy; the empty string otherwise."""
    found = re.match(r"(https?://[A-Za-z0-9.\-]+(?::\d{1,5})?)(?:/|$)", url)
    return found[1] if found else ""


async def _posted_token(request: Request) -> str:
    """Return the form's `jwt`, or the empty string. Raises TooLarge, TooSlow, Malformed."""
    body = await read_body(request, limit=MAX_FORM_BYTES, within_s=READ_WITHIN_S)

    async def again() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        async with Request(request.scope, again).form(max_files=0, max_fields=MAX_FORM_FIELDS) as form:
            token = form.get("jwt", "")
    except (MultiPartException, FormParserError, HTTPException, ValueError):
        raise errors.Malformed(problem="this is no form, or it holds too much") from None
    return token if isinstance(token, str) else ""
