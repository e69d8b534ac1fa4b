"""Addresses of the original client's pages and files, below `/spreed` and the base path (§1.2 to §1.5)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from palaver.core.errors import Refusal
from palaver.dialects.base import Answer, Call, Endpoint, Kind
from palaver.dialects.spreed.options import Options
from palaver.dialects.spreed.pages import ForeignOrigin, Slots, filled, main_page, sandbox_page
from palaver.transports.address import TrustedProxies, is_trusted
from palaver.transports.connection import PeerInfo
from palaver.web.spreed.files import Folder

PAGE = Endpoint("/{room:path}", kind=Kind.ANSWER)
EVERY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_SLASHES = re.compile("/+")
MAX_SLOT_BYTES = 256 * 1024


@dataclass(frozen=True)
class OriginalClient:
    """The original client at one site.

    Attributes:
        options: as they stand with every request.
        root: the folder that holds `static`; None where the site has none, and then our own page is served instead.
        extra: a folder of `extra-head.html`, `extra-body.html` and `static`.
        extra_d: a folder of such folders, whose files are called `head.html` and `body.html`.
        now: Unix seconds.
    """

    options: Callable[[], Options]
    now: Callable[[], float]
    root: Path | None = None
    extra: Path | None = None
    extra_d: Path | None = None


def spreed_page_routes(client: OriginalClient, trusted: Callable[[], TrustedProxies]) -> list[BaseRoute]:
    """Return the routes of pages and files. Those of the API go before them, since any other path is a room."""
    pages = _Pages(client, trusted)
    prefixes = dict.fromkeys(("/spreed", client.options().base_path.rstrip("/")))
    return [route for prefix in prefixes if prefix for route in pages.routes(prefix)]


class _Pages:
    def __init__(self, client: OriginalClient, trusted: Callable[[], TrustedProxies]) -> None:
        self._client = client
        self._trusted = trusted
        self._static = Folder(client.root / "static") if client.root else None
        self._extra = Folder(client.extra / "static") if client.extra else None
        self._slots = _slots(client)

    def routes(self, prefix: str) -> list[BaseRoute]:
        """Return the routes below one prefix, in the order of §1.2."""
        if self._static is None:
            return [Route(prefix, self._to_base), Route(prefix + "/{room:path}", self._to_our_page)]
        return [
            Route(prefix, self._to_base),
            Route(prefix + "/", self._page, methods=EVERY_METHOD),
            Route(prefix + "/static/{path:path}", self._file),
            Route(prefix + "/robots.txt", self._named_file("robots.txt")),
            Route(prefix + "/favicon.ico", self._named_file("favicon.ico")),
            Route(prefix + "/sandbox/{scheme}/{host}/{name}.html", self._sandbox),
            Route(prefix + "/extra/static/{path:path}", self._extra_file),
            Route(prefix + "/extra.d/static/{version}/{folder}/{path:path}", self._extra_d_file),
            Route(prefix + "/{room}", self._page, methods=EVERY_METHOD),
            Route(prefix + "/{room:path}", self._page, methods=EVERY_METHOD),
        ]

    async def _to_base(self, request: Request) -> Response:
        return RedirectResponse(f"{request.url.path}/", 301)

    async def _to_our_page(self, request: Request) -> Response:
        room = request.path_params["room"].strip("/")
        if room.partition("/")[0] == "api":
            return _nothing()
        root = request.scope.get("root_path", "")
        return RedirectResponse(f"{root}/r/{quote(room, safe='')}" if room else f"{root}/", 303)

    async def _page(self, request: Request) -> Response:
        room = request.path_params.get("room", "")
        if room.endswith("/") or "//" in f"/{room}":
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(quote(_SLASHES.sub("/", request.url.path).rstrip("/")) + query, 301)
        if room.partition("/")[0] == "api" or ("/" in room and request.method not in ("GET", "HEAD")):
            return _nothing()
        options, call = self._client.options(), self._call(request)
        return _response(main_page(options, call, room, self._slots))

    async def _sandbox(self, request: Request) -> Response:
        given = request.path_params
        try:
            return _response(
                sandbox_page(self._client.options(), self._call(request), given["scheme"], given["host"], given["name"])
            )
        except Refusal as refusal:
            return PlainTextResponse(f"{refusal.text}\n", 403 if isinstance(refusal, ForeignOrigin) else 404)

    async def _file(self, request: Request) -> Response:
        assert self._static is not None
        return await self._static.serve(request, request.path_params["path"], now=self._client.now())

    def _named_file(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        """Return what serves one file of the folder at an address of its own."""

        async def serve(request: Request) -> Response:
            assert self._static is not None
            return await self._static.serve(request, name, now=self._client.now())

        return serve

    async def _extra_file(self, request: Request) -> Response:
        if self._extra is None:
            return _nothing()
        return await self._extra.serve(request, request.path_params["path"], now=self._client.now())

    async def _extra_d_file(self, request: Request) -> Response:
        given = request.path_params
        folder = self._client.extra_d
        if folder is None or given["folder"] in (".", "..") or "/" in given["folder"]:
            return _nothing()
        files = Folder(folder / given["folder"] / "static")
        return await files.serve(request, f"{given['version']}/{given['path']}", now=self._client.now())

    def _call(self, request: Request) -> Call:
        """Return a request as the pure pages read it."""
        peer = PeerInfo.from_scope(request.scope)
        path = peer.path
        prefix = next(
            each
            for each in ("/spreed", self._client.options().base_path.rstrip("/"))
            if each and (path == each or path.startswith(f"{each}/"))
        )
        return Call(
            PAGE,
            headers=peer.headers(),
            query=peer.parameters(),
            vouched=is_trusted(peer.remote, self._trusted()),
            prefix=peer.root + prefix,
            secure=peer.secure,
        )


def _slots(client: OriginalClient) -> Slots:
    """Return the site's additions, in the order in which the original wrote them: its own, then those of each folder."""
    options = client.options()
    head, body = [], []
    if client.extra is not None:
        head.append(_read(client.extra / "extra-head.html"))
        body.append(_read(client.extra / "extra-body.html"))
    if client.extra_d is not None and client.extra_d.is_dir():
        for folder in sorted(each for each in client.extra_d.iterdir() if each.is_dir()):
            static = f"extra.d/static/ver={options.static_path.partition('=')[2]}/{folder.name}"
            for found, name in ((head, "head.html"), (body, "body.html")):
                found.append(filled(_read(folder / name), options, options.base_path, static))
    return Slots("\n".join(filter(None, head)), "\n".join(filter(None, body)))


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_SLOT_BYTES).decode(errors="replace")
    except OSError:
        return ""


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))


def _nothing() -> Response:
    return PlainTextResponse("404 page not found\n", 404)
