"""Files of the original client as they lie in a site's folders: which file an address means, and how long it may be kept.

The files are the site's; what an address may name is bounded to the folder, links that lead out of it included.
"""

from __future__ import annotations

import mimetypes
from email.utils import formatdate
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

KEPT_S = 365 * 24 * 3600

for _suffix, _type in (
    (".js", "text/javascript"),
    (".json", "application/json"),
    (".css", "text/css"),
    (".svg", "image/svg+xml"),
    (".woff", "font/woff"),
    (".woff2", "font/woff2"),
    (".ogg", "audio/ogg"),
    (".mp3", "audio/mpeg"),
):
    # What a system thinks of these differs, and a versioned file carries `nosniff`.
    mimetypes.add_type(_type, _suffix)


class Folder:
    """One folder whose files are served."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._files = StaticFiles(directory=path, check_dir=False, follow_symlink=False)

    async def serve(self, request: Request, path: str, *, now: float) -> Response:
        """Answer a request for a path below the folder; one whose first part is `ver=…` may be kept for a year (§1.4)."""
        version, _, rest = path.partition("/")
        lasting = version.startswith("ver=") and rest != ""
        wanted = rest if lasting else path
        try:
            response = await self._files.get_response(
                self._files.get_path({**request.scope, "path": wanted, "root_path": ""}), request.scope
            )
        except HTTPException as problem:
            return self._missing(wanted, problem.status_code)
        if lasting:
            response.headers["Expires"] = formatdate(now + KEPT_S, usegmt=True)
            response.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
            response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _missing(self, path: str, status: int) -> Response:
        if status == 404 and self._is_folder(path):
            return PlainTextResponse("403 Forbidden\n", 403)
        return PlainTextResponse("404 Not Found\n", 404)

    def _is_folder(self, path: str) -> bool:
        try:
            found = (self._path / path).resolve()
            return found.is_relative_to(self._path.resolve()) and found.is_dir()
        except (OSError, ValueError):
            return False
