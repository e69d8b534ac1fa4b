"""Refusals as HTTP answers: problem documents (RFC 9457) with the core's code, sentence and parameters."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from starlette.responses import Response
from starlette.types import Scope

from palaver.core import errors
from palaver.core.errors import Refusal
from palaver.dialects.base import http_status
from palaver.hub.spoken import KeyReused

MEDIA_TYPE = "application/problem+json"
PREFIX = "/v1"
"""Where the site API is, below where the server is mounted."""


class KeyRefused(errors.Denied):
    """The request does not prove that the site makes it."""

    code = "key_refused"
    sentence = "This is for the site alone, by its key: Authorization: Bearer KEY."


class NoSuchAddress(errors.Missing):
    """No operation has this path."""

    code = "no_such_address"
    sentence = "There is nothing at this address."


class MethodNotAllowed(errors.Invalid):
    """The path has operations, but none by this method."""

    code = "method_not_allowed"
    sentence = "This address takes {allow}."


class UnsupportedMediaType(errors.Invalid):
    """The body is not of a type that the operation reads."""

    code = "unsupported_media_type"
    sentence = "The body must be {expected}."


class TooSlow(errors.Invalid):
    """The body did not come in time."""

    code = "too_slow"
    sentence = "The request took too long to arrive."


class TokensIgnored(errors.Conflict):
    """A token would be of no use."""

    code = "tokens_ignored"
    sentence = "Tokens are ignored here: [JWT] Enabled is false."


class PictureRefusal(Refusal):
    """A picture that cannot be kept or shown; what `PictureRefused` says, under its own code and status."""

    def __init__(self, code: str, sentence: str, status: int) -> None:
        super().__init__()
        self.code, self.sentence, self.status = code, sentence.replace("{", "{{").replace("}", "}}"), status


STATUS: dict[type[Refusal], int] = {
    MethodNotAllowed: 405,
    TooSlow: 408,
    UnsupportedMediaType: 415,
    KeyRefused: 401,
    KeyReused: 422,
    errors.NotIdentified: 401,
    errors.NoSuchSession: 401,
}
"""The statuses of those that differ from their family."""


class Problem(msgspec.Struct, frozen=True):
    """Why a request was refused (RFC 9457).

    Attributes:
        type: where this kind of problem is explained.
        title: the kind, in words.
        status: the HTTP status, once more.
        detail: a sentence for a person, in English.
        code: stable, for programs.
        params: what the sentence was filled with.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    params: dict[str, str | int]


def status_of(refusal: Refusal) -> int:
    """Return the status of a refusal."""
    if isinstance(refusal, PictureRefusal):
        return refusal.status
    return http_status(refusal, STATUS)


def problem_of(refusal: Refusal, root: str = "") -> Problem:
    """Return what is said of a refusal by a server that is mounted at `root`."""
    return Problem(
        type=f"{root}/docs#problem-{refusal.code}",
        title=refusal.code.replace("_", " ").capitalize(),
        status=status_of(refusal),
        detail=refusal.text,
        code=refusal.code,
        params=refusal.params,
    )


def root_of(scope: Scope) -> str:
    """Return the path below which the server is mounted, without a slash at its end, for a request to the site API."""
    root: str = scope.get("root_path", "")
    return root.removesuffix(PREFIX).rstrip("/")


def problem_response(refusal: Refusal, scope: Scope) -> Response:
    """Return the answer to a request that is refused."""
    problem = problem_of(refusal, root_of(scope))
    headers = {"Cache-Control": "no-store"}
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(refusal, MethodNotAllowed):
        headers["Allow"] = str(refusal.params["allow"])
    wait_ms = refusal.params.get("wait_ms")
    if isinstance(wait_ms, int):
        headers["Retry-After"] = str(-(-wait_ms // 1000))
    return Response(msgspec.json.encode(problem), problem.status, headers, MEDIA_TYPE)
