"""Outcomes and refusals as answers: a status is how this wire acknowledges."""

from __future__ import annotations

import pytest

from palaver.core import errors
from palaver.core.devices import Devices
from palaver.core.errors import Refusal
from palaver.core.ids import DeviceId, UserId
from palaver.core.participants import Identity
from palaver.dialects.base import Call
from palaver.dialects.beep.interpret import ForSomebodyElse
from palaver.dialects.beep.surface import ENDPOINTS, preflight
from palaver.dialects.beep.translator import BeepExchange
from palaver.dialects.beep.wire import COMMENT, STREAM_HEAD, Options

STREAM, BY_PATH, LIST, POST = ENDPOINTS


def every(kind: type[Refusal] = Refusal) -> list[type[Refusal]]:
    below = [each for each in kind.__subclasses__() if each.__module__ == errors.__name__]
    return below + [deeper for each in below for deeper in every(each)]


@pytest.mark.parametrize(
    ("refusal", "status", "body"),
    [
        (errors.Malformed(problem="x"), 400, b"Bad Request"),
        (errors.BadText(problem="x"), 400, b"Bad Request"),
        (errors.NotIdentified(), 401, b"Unauthorized"),
        (errors.TokenInvalid(problem="x"), 401, b"Unauthorized"),
        (errors.Banned(until="x"), 403, b"Forbidden"),
        (ForSomebodyElse(), 403, b"Forbidden"),
        (errors.NoSuchDevice(user="u", device="d"), 404, b"Not Found"),
        (errors.TooLarge(limit=1, unit="bytes"), 413, b"Payload Too Large"),
        (errors.Limited(wait_ms=1001), 429, b"Too Many Requests"),
        (errors.ServerFault(), 500, b"Internal Server Error"),
        (errors.Unavailable(), 503, b"Service Unavailable"),
    ],
)
def test_a_refusal_is_a_status_with_its_words(refusal: Refusal, status: int, body: bytes) -> None:
    answer = BeepExchange(Options()).refuse(refusal)
    assert (answer.status, answer.body) == (status, body)
    assert answer.headers[0] == ("Content-Type", "text/plain; charset=utf-8")


def test_who_must_wait_is_told_how_long_in_whole_seconds() -> None:
    assert ("Retry-After", "2") in BeepExchange(Options()).refuse(errors.Limited(wait_ms=1001)).headers


@pytest.mark.parametrize("kind", every(), ids=lambda kind: kind.code)
def test_every_refusal_has_a_status(kind: type[Refusal]) -> None:
    assert BeepExchange(Options()).refuse(kind()).status in {400, 401, 403, 404, 413, 429, 500, 503}


def test_answers() -> None:
    exchange = BeepExchange(Options())
    listed = exchange.answer(None, None)
    assert listed is STREAM_HEAD
    (request,) = exchange.interpret(Call(LIST, {"user": "u"}))
    answer = exchange.answer(request, Devices((DeviceId("a"), DeviceId("ü"))))
    assert (answer.status, answer.body.decode()) == (200, '["a","ü"]')
    assert exchange.greet() == [COMMENT] == [b":\n\n"]


def test_a_stream_by_path_is_for_who_the_path_names() -> None:
    exchange = BeepExchange(Options(claimless=True))
    list(exchange.interpret(Call(BY_PATH, {"user": "u", "device": "d"})))
    with pytest.raises(ForSomebodyElse):
        exchange.admit(Identity("u", UserId("site:u"), device=DeviceId("other")))


def test_a_post_is_from_anybody_with_a_claim() -> None:
    exchange = BeepExchange(Options())
    exchange.interpret(Call(POST, {"user": "u", "device": "d"}))
    exchange.admit(Identity("x", UserId("site:x"), device=DeviceId("y")))


def test_a_preflight_allows_what_browsers_ask_for() -> None:
    answer = preflight(("GET",))
    headers = dict(answer.headers)
    assert (answer.body, headers["Allow"]) == (b"GET,HEAD", "GET,HEAD")
    assert "Authorization" in headers["Access-Control-Allow-Headers"]
