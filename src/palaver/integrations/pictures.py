"""Knows where uploaded pictures lie and the addresses under which they are shown; who may send one is left to core."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import os
import signal
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path, PurePath
from typing import Final

import msgspec
import structlog

from palaver.core.errors import Unavailable
from palaver.integrations.pixels import (
    Clean,
    Limits,
    Unfit,
    clean_json_picture,
    clean_picture,
    start_worker,
    worker_pid,
)

log = structlog.get_logger()

MAC_BYTES: Final = 16
MAX_WAITING: Final = 32
START_TIMEOUT_S: Final = 60
_DIGEST_BYTES: Final = 32
_JSON_TIMES: Final = 5
"""A byte is at most so many characters of a JSON list: three digits, a comma, a space."""
_SUFFIXES: Final = {"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp"}
_MIMES: Final = {suffix: mime for mime, suffix in _SUFFIXES.items()}
# What people do send, taking it for a picture that everybody can see.
_OTHER_PICTURES: Final = {".heic", ".heif", ".avif", ".bmp", ".tif", ".tiff", ".svg", ".ico", ".jxl", ".psd", ".raw"}

SENTENCES: Final = {
    "empty": "That file is empty.",
    "too_large": "That picture is too large: {limit} MB is the most.",
    "not_a_picture": "That file is not a picture. JPEG, PNG, GIF and WebP can be shared.",
    "unsupported_type": "Pictures of the type {suffix} cannot be shared. Please save it as JPEG or PNG first.",
    "damaged": "That picture is damaged and cannot be read.",
    "too_many_pixels": "That picture has too many pixels. Please make it smaller first.",
    "too_many_frames": "That animation is too long. Please make it shorter or smaller first.",
    "took_too_long": "That picture took too long to read. Please try a simpler one.",
    "busy": "Too many pictures are being sent at the moment. Please try again shortly.",
    "no_such_picture": "That picture is not here, or no longer.",
    "expired": "The address of that picture has expired.",
}


class PictureRefused(Exception):  # noqa: N818
    """No picture: a stable `reason_code`, and a `sentence` for the person who sent or asked for it."""

    def __init__(self, reason_code: str, **facts: object) -> None:
        self.reason_code = reason_code
        self.sentence = SENTENCES[reason_code].format(**facts)
        super().__init__(self.sentence)


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A stored picture; `content_hash` is the SHA-256, in hexadecimal, of the file as it is served."""

    content_hash: str
    mime: str
    width: int
    height: int
    size_bytes: int


class PictureStore:
    """Pictures below `directory`/pictures, named by their content.

    Reading a stranger's picture happens in one process of its own, started with the first upload and replaced when it
    dies; one that works for longer than `timeout_s` is ended. Close the store to end it.
    """

    def __init__(
        self,
        directory: Path,
        secret: bytes,
        *,
        max_bytes: int = 8 * 1024 * 1024,
        max_pixels: int = 40_000_000,
        max_side: int = 1_280,
        max_frames: int = 500,
        max_total_pixels: int = 60_000_000,
        timeout_s: float = 15,
        max_memory_bytes: int = 2 * 1024**3,
    ) -> None:
        """Raises ValueError for an empty `secret`, with which anybody could make addresses."""
        if not secret:
            raise ValueError("the addresses of pictures need a secret")
        self._root = directory / "pictures"
        self._mac_key = hmac.digest(secret, b"palaver picture address", "sha256")
        self._max_bytes = max_bytes
        self._limits = Limits(
            max_pixels=max_pixels,
            max_total_pixels=max_total_pixels,
            max_frames=max_frames,
            max_side=max_side,
            max_memory_bytes=max_memory_bytes,
        )
        self._worker = _Worker(self._limits, timeout_s)

    async def store(self, data: bytes, *, declared_name: str = "", now: float) -> Picture:
        """Clean and keep a picture; the same picture twice is kept once, as of `now`.

        Raises PictureRefused for what is no good, and Unavailable where it could not be written.
        What it is, its bytes tell; `declared_name` only helps to say what was wrong with it.
        """
        if not data:
            raise PictureRefused("empty")
        if len(data) > self._max_bytes:
            raise self._too_large()
        return await self._keep(await self._worker.clean(clean_picture, data, self._limits), declared_name, now)

    async def store_json(self, spelled: bytes, *, declared_name: str = "", now: float) -> Picture:
        """Do the same with a picture that is a JSON list of numbers, or a JSON string in base64."""
        if len(spelled) > _JSON_TIMES * self._max_bytes:
            raise self._too_large()
        cleaned = await self._worker.clean(clean_json_picture, spelled, self._max_bytes, self._limits)
        return await self._keep(cleaned, declared_name, now)

    def _too_large(self) -> PictureRefused:
        return PictureRefused("too_large", limit=f"{self._max_bytes / 1024**2:g}")

    async def _keep(self, result: Clean | Unfit, declared_name: str, now: float) -> Picture:
        if isinstance(result, Unfit):
            if result.code == "too_large":
                raise self._too_large()
            suffix = PurePath(declared_name).suffix.lower()
            if result.code == "not_a_picture" and suffix in _OTHER_PICTURES:
                raise PictureRefused("unsupported_type", suffix=suffix)
            raise PictureRefused(result.code)
        content_hash = hashlib.sha256(result.encoded).hexdigest()
        path = self._path(content_hash, _SUFFIXES[result.mime])
        try:
            await asyncio.to_thread(_write, path, result.encoded, now)
        except OSError as problem:
            log.error("picture_not_kept", problem=problem.strerror)  # noqa: TRY400 - the disk is full, not the code wrong
            raise Unavailable from None
        return Picture(
            content_hash=content_hash,
            mime=result.mime,
            width=result.width,
            height=result.height,
            size_bytes=len(result.encoded),
        )

    def url_token(self, content_hash: str, *, expires_at: int) -> str:
        """The last part of an address under which this picture can be had until `expires_at` (seconds since 1970).

        Nobody can make one, or make one last longer, without the secret. Raises ValueError for what is no hash.
        """
        digest = bytes.fromhex(content_hash)
        if len(digest) != _DIGEST_BYTES:
            raise ValueError("this is not the hash of a picture")
        body = digest + int(expires_at).to_bytes(8, "big")
        return base64.urlsafe_b64encode(body + self._mac(body)).rstrip(b"=").decode()

    def open(self, token: str, *, now: float) -> tuple[Path, str]:
        """The file and the media type behind a token from `url_token`. Raises PictureRefused: no_such_picture, expired."""
        signed = _decoded(token)
        body, mac = signed[: _DIGEST_BYTES + 8], signed[_DIGEST_BYTES + 8 :]
        if not hmac.compare_digest(mac, self._mac(body)):
            raise PictureRefused("no_such_picture")
        if now >= int.from_bytes(body[_DIGEST_BYTES:], "big"):
            raise PictureRefused("expired")
        return self.find(body[:_DIGEST_BYTES].hex())

    def find(self, content_hash: str) -> tuple[Path, str]:
        """The file and media type of a stored picture, for a caller that may see it. Raises PictureRefused."""
        if len(content_hash) == 2 * _DIGEST_BYTES and content_hash.isascii() and content_hash.isalnum():
            for suffix, mime in _MIMES.items():
                path = self._path(content_hash, suffix)
                if path.is_file():
                    return path, mime
        raise PictureRefused("no_such_picture")

    async def purge(self, older_than: float) -> int:
        """Delete the pictures last stored before `older_than` (seconds since 1970); tells how many there were."""
        return await asyncio.to_thread(_purge, self._root, older_than)

    async def close(self) -> None:
        """End the process; pictures that wait for it are refused as busy."""
        await self._worker.close()

    def _path(self, content_hash: str, suffix: str) -> Path:
        return self._root / content_hash[:2] / content_hash[2:4] / f"{content_hash}{suffix}"

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._mac_key, body, "sha256")[:MAC_BYTES]


class _Worker:
    """The process that reads pictures, one at a time."""

    def __init__(self, limits: Limits, timeout_s: float) -> None:
        self._limits = limits
        self._timeout_s = timeout_s
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._pool: ProcessPoolExecutor | None = None
        self._pid = 0
        self._closed = False

    async def clean(self, read: Callable[..., Clean | Unfit], *given: object) -> Clean | Unfit:
        if self._waiting >= MAX_WAITING:
            raise PictureRefused("busy")
        self._waiting += 1
        try:
            async with self._turn:
                return await self._clean(read, *given)
        finally:
            self._waiting -= 1

    async def _clean(self, read: Callable[..., Clean | Unfit], *given: object) -> Clean | Unfit:
        if self._closed:
            raise PictureRefused("busy")
        loop = asyncio.get_running_loop()
        try:
            if self._pool is None:
                self._pool = self._new_pool()
                starting = loop.run_in_executor(self._pool, worker_pid)
                self._pid = await asyncio.wait_for(starting, START_TIMEOUT_S)
            job = loop.run_in_executor(self._pool, read, *given)
            return await asyncio.wait_for(job, self._timeout_s)
        except TimeoutError:
            await self._end()
            raise PictureRefused("took_too_long") from None
        except BrokenProcessPool:
            # Killed for its memory, or by a fault in a decoder: this picture's doing, and the next gets a new process.
            self._pid = 0  # it has ended, and its number may be another's
            await self._end()
            raise PictureRefused("busy" if self._closed else "damaged") from None
        except asyncio.CancelledError:
            # The job would hold the next one up.
            await self._end()
            raise

    def _new_pool(self) -> ProcessPoolExecutor:
        # Not fork: this process has threads and an event loop.
        return ProcessPoolExecutor(
            max_workers=1, mp_context=get_context("spawn"), initializer=start_worker, initargs=(self._limits,)
        )

    async def close(self) -> None:
        self._closed = True
        await self._end()

    async def _end(self) -> None:
        pool, pid = self._pool, self._pid
        self._pool, self._pid = None, 0
        if pool is None:
            return
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(pool.shutdown, wait=bool(pid), cancel_futures=True)


def _decoded(token: str) -> bytes:
    """The bytes of a token that was written as `url_token` writes it, and in no other way."""
    try:
        signed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise PictureRefused("no_such_picture") from None
    canonical = base64.urlsafe_b64encode(signed).rstrip(b"=").decode()
    if len(signed) != _DIGEST_BYTES + 8 + MAC_BYTES or canonical != token:
        raise PictureRefused("no_such_picture")
    return signed


def _write(path: Path, encoded: bytes, now: float) -> None:
    """Put the whole file in place, or nothing; readable by its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")  # made with 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(encoded)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
    os.utime(path, (now, now))


def _purge(root: Path, older_than: float) -> int:
    purged = 0
    for path in root.glob("??/??/*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < older_than:
                path.unlink()
                purged += path.suffix in _MIMES
    return purged
