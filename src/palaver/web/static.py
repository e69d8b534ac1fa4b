"""The files of the browser client, read once: their types, their hashes and how long a browser may keep them.

An address with the hash of the whole tree (`/static/v-<hash>/app.js`) never changes its content and may be kept for
good; a plain one is checked by ETag each time. Nothing outside the tree can be named: only what was read is served.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

WEBCLIENT = Path(__file__).resolve().parent.parent / "webclient"
VERSION_CHARS = 16

_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
"""What is served, and as what. A file of another kind (a template, a configuration, notes) stays private."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    # An SVG that is opened by itself is a page; it must not run anything.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its bytes, its type, and its ETag."""

    body: bytes
    media_type: str
    etag: str


class StaticFiles:
    """Every public file below a folder, by its path from there."""

    def __init__(self, root: Path = WEBCLIENT) -> None:
        self.assets = assets_of(root)
        digest = hashlib.sha256()
        for path, asset in self.assets.items():
            digest.update(path.encode() + b"\0" + asset.etag.encode())
        self.version = f"v-{digest.hexdigest()[:VERSION_CHARS]}"

    def paths(self, suffix: str) -> list[str]:
        """Return the paths that end so, in order."""
        return [path for path in self.assets if path.endswith(suffix)]

    async def serve(self, request: Request) -> Response:
        """Answer one request for `{path}`."""
        path: str = request.path_params["path"]
        first, _, rest = path.partition("/")
        versioned = first.startswith("v-") and rest != ""
        asset = self.assets.get(rest if versioned else path)
        if asset is None:
            return PlainTextResponse("Not found.", 404, {**_HEADERS, "Cache-Control": "no-store"})
        # While a site is being upgraded, the page of another node may ask here: it gets our file, but must not keep it.
        lasting = first == self.version
        kept = "public, max-age=31536000, immutable" if lasting else "no-cache"
        return given(request, asset, {**_HEADERS, "Cache-Control": kept})


def given(request: Request, asset: Asset, headers: Mapping[str, str]) -> Response:
    """Return a file, or that the browser has it already."""
    headers = {**headers, "ETag": asset.etag}
    if _matches(request.headers.get("if-none-match", ""), asset.etag):
        return Response(status_code=304, headers=headers)
    return Response(asset.body, headers=headers, media_type=asset.media_type)


@functools.cache
def assets_of(root: Path) -> Mapping[str, Asset]:
    """Return the public files below a folder, which are read once, however many servers a process has."""
    found = {}
    for file in sorted(root.rglob("*")):
        media_type = _TYPES.get(file.suffix)
        if media_type is None or not file.is_file() or file.name in {"tsconfig.json", "package.json"}:
            continue
        body = file.read_bytes()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        found[file.relative_to(root).as_posix()] = Asset(body, media_type, etag)
    return MappingProxyType(found)


def _matches(if_none_match: str, etag: str) -> bool:
    wanted = (candidate.strip().removeprefix("W/") for candidate in if_none_match.split(","))
    return any(candidate in (etag, "*") for candidate in wanted)
