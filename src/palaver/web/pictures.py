"""Pictures: taken from somebody in the chat, shown at an address that cannot be guessed and ends.

What is in a picture and where it lies is `integrations.pictures`'s business; who may share one is the core's.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator

import msgspec
from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Message

from palaver.core import errors, policy
from palaver.core.media import forbidden
from palaver.core.participants import Rule
from palaver.hub import seats
from palaver.hub.limits import Buckets
from palaver.hub.sessions import Session
from palaver.integrations.attachments import ADDRESS, DAY_S, expiry
from palaver.integrations.pictures import SENTENCES, PictureRefused, PictureStore
from palaver.web.bodies import media_type, read_body
from palaver.web.operations import Auth, Call, Media, Operation
from palaver.web.problems import PictureRefusal, UnsupportedMediaType

PICTURE_BYTES = 8 * 1024 * 1024
FORM_BYTES = 16 * 1024
"""What a form may hold beside the picture."""

RECEIVE_WITHIN_S = 300.0
AT_ONCE_EACH = 4
"""Pictures that one person may be sending at a time. What all send together is bounded in bytes (`bodies`), not in number:
a few who send slowly would keep everybody else from it."""

_FORM = "multipart/form-data"
_STATUS = {
    "too_large": 413,
    "not_a_picture": 415,
    "unsupported_type": 415,
    "busy": 503,
    "no_such_picture": 404,
    "expired": 410,
}
"""Where a picture cannot be kept for another reason, the request was right and its content is not: 422."""


class StoredPicture(msgspec.Struct, frozen=True):
    """A picture as it was kept: turned upright, shrunk where it was larger than the site wants, without metadata.

    Attributes:
        url: below the server's root; goes into the attachment of a message.
        bytes: size of the file as it is served.
    """

    url: str
    mime: str
    width: int
    height: int
    bytes: int


class Uploads:
    """How many pictures each person shares, and is sending at the moment."""

    def __init__(self) -> None:
        self._per_minute = 0.0
        self._buckets = Buckets(0, 0)
        self._held: Counter[str] = Counter()

    @contextlib.contextmanager
    def one(self, person: str, *, per_minute: float, now: float) -> Iterator[None]:
        """Count one picture, for as long as it is being taken. Raises Limited."""
        if per_minute != self._per_minute:
            self._per_minute, self._buckets = per_minute, Buckets(per_minute / 60, per_minute)
        if self._held[person] >= AT_ONCE_EACH:
            raise errors.Limited(wait_ms=1000)
        wait_s = self._buckets.take(person, now)
        if wait_s:
            raise errors.Limited(wait_ms=int(wait_s * 1000) + 1)
        self._held[person] += 1
        try:
            yield
        finally:
            self._held[person] -= 1
            if not self._held[person]:
                del self._held[person]


class Pictures:
    """The operations on pictures."""

    def __init__(self) -> None:
        self._uploads = Uploads()

    async def share_picture(self, call: Call[None, None]) -> StoredPicture:
        """Keep a picture and return the address for a message that shows it."""
        store, now = _store(call), call.hub.clock.now()
        if not policy.may_share_pictures(seats.rules_of(call.hub, call.session)):
            raise forbidden(Rule.NO_IMAGE, call.hub.admission.rule_texts)
        per_minute = call.surroundings.access().uploads_per_minute
        with self._uploads.one(_person(call.session), per_minute=per_minute, now=now):
            data, name = await _received(call.request)
            try:
                kept = await store.store(data, declared_name=name, now=now)
            except PictureRefused as refused:
                raise _refusal(refused.reason_code, refused.sentence) from None
        token = store.url_token(kept.content_hash, expires_at=expiry(now))
        return StoredPicture(ADDRESS + token, kept.mime, kept.width, kept.height, kept.size_bytes)

    async def show_picture(self, call: Call[None, None]) -> Response:
        """Return a picture to whoever knows its address."""
        now = call.hub.clock.now()
        try:
            path, mime = _store(call).open(call.path["token"], now=now)
        except PictureRefused as refused:
            raise _refusal(refused.reason_code, refused.sentence) from None
        foreign = bool(call.surroundings.access().origins)
        headers = {
            # Opened by itself, a picture is a page: it may neither run nor load anything.
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "cross-origin" if foreign else "same-origin",
            "Cache-Control": f"private, max-age={DAY_S}",
        }
        return FileResponse(path, headers=headers, media_type=mime)


def _store(call: Call[None, None]) -> PictureStore:
    store = call.surroundings.pictures
    if store is None:
        raise errors.NotAllowed(action="share pictures here")
    return store


def _person(session: Session) -> str:
    """Return whose limit counts: the user's; a guest's is the address's, since a new session costs nothing."""
    identity = session.identity
    return identity.user or identity.address or session.session


async def _received(request: Request) -> tuple[bytes, str]:
    """Return the bytes of a picture and the name that it came with, out of a bare body or a form."""
    kind = media_type(request)
    if kind == _FORM:
        return await _out_of_form(request)
    if kind.startswith("image/") or kind in ("application/octet-stream", ""):
        return await read_body(request, limit=PICTURE_BYTES, within_s=RECEIVE_WITHIN_S), ""
    raise UnsupportedMediaType(expected=f"image/*, application/octet-stream or {_FORM}")


async def _out_of_form(request: Request) -> tuple[bytes, str]:
    body = await read_body(request, limit=PICTURE_BYTES + FORM_BYTES, within_s=RECEIVE_WITHIN_S)

    async def again() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        async with Request(request.scope, again).form(max_files=1, max_fields=20, max_part_size=FORM_BYTES) as form:
            for value in form.values():
                if isinstance(value, UploadFile):
                    return await value.read(), value.filename or ""
    except (MultiPartException, FormParserError, HTTPException, ValueError):
        raise errors.Malformed(problem="this is not a form, or it holds too much beside the picture") from None
    raise errors.Malformed(problem="there is no file in the form")


def picture_refusals() -> Iterator[PictureRefusal]:
    """Yield every reason why a picture is not kept or shown, with the words in its sentence that are filled in left open."""
    for code, sentence in SENTENCES.items():
        yield _refusal(code, sentence)


def _refusal(code: str, sentence: str) -> PictureRefusal:
    return PictureRefusal(code, sentence, _STATUS.get(code, 422))


def picture_operations() -> tuple[Operation, ...]:
    """Return the operations on pictures of one server."""
    pictures = Pictures()
    return (
        Operation(
            "POST",
            "/v1/pictures",
            "Share a picture",
            pictures.share_picture,
            auth=Auth.SESSION,
            takes=Media(("image/*", "application/octet-stream", _FORM), "the picture; in a form, its first file"),
            returns=StoredPicture,
            status=201,
            foreign_pages=True,
        ),
        Operation(
            "GET",
            "/v1/pictures/{token}",
            "Show a picture",
            pictures.show_picture,
            auth=Auth.OPEN,
            returns=Media(("image/jpeg", "image/png", "image/gif", "image/webp"), "the picture"),
        ),
    )
