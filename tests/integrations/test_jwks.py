"""Key sets that a site publishes: which keys of them count, and what it takes to fetch them."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from palaver.integrations.jwks import KeysUnavailable, fetch_keys, may_be_believed, read_keys
from palaver.integrations.jwt import TokenVerifier

NOW = 1_700_000_000.0
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
P256 = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
URL = "https://site.example/.well-known/jwks.json"


def entry(private: object, **members: object) -> dict[str, object]:
    algorithms = jwt.algorithms
    kind = {RSA: algorithms.RSAAlgorithm, P256: algorithms.ECAlgorithm, ED25519: algorithms.OKPAlgorithm}[private]
    return {**kind.to_jwk(private.public_key(), as_dict=True), "key_ops": ["verify"], **members}  # type: ignore[attr-defined]


DOCUMENT = {"keys": [entry(RSA, kid="r", use="sig"), entry(P256, kid="e", alg="ES256"), entry(ED25519, kid="d")]}


def site(*answers: httpx.Response | Exception) -> tuple[httpx.AsyncClient, list[httpx.Request]]:
    """A client for a site that gives these answers in turn, and the list of what it was asked."""
    left, asked = list(answers), []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    return httpx.AsyncClient(transport=httpx.MockTransport(answer), follow_redirects=True), asked


@pytest.mark.parametrize(
    ("private", "algorithm", "kid"), [(RSA, "RS256", "r"), (P256, "ES256", "e"), (ED25519, "EdDSA", "d")]
)
def test_a_published_key_checks_what_its_private_key_signed(private: object, algorithm: str, kid: str) -> None:
    body = json.dumps({"sub": "ana", "exp": NOW + 9}).encode()
    token = jwt.PyJWS().encode(body, private, algorithm=algorithm, headers={"kid": kid})  # type: ignore[arg-type]

    for document in (DOCUMENT, json.dumps(DOCUMENT), json.dumps(DOCUMENT).encode()):
        assert TokenVerifier(read_keys(document)).verify(token, now=NOW).sub == "ana"


@pytest.mark.parametrize(
    "unfit",
    [
        {"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "kid": "x"},
        {"kty": "XYZ"},
        {},
        entry(RSA, use="enc"),
        entry(RSA, alg="RS512"),
        entry(RSA, alg="HS256"),
        {"kty": "RSA", "n": "AQAB", "e": "!!"},
    ],
    ids=["symmetric", "unknown", "empty", "encryption", "other algorithm", "confused", "damaged"],
)
def test_other_keys_are_passed_over(unfit: dict[str, object]) -> None:
    kept = read_keys({"keys": [unfit, entry(P256, kid="e")]})

    assert [(key.kid, key.algorithm) for key in kept] == [("e", "ES256")]
    with pytest.raises(ValueError, match="no key"):
        read_keys({"keys": [unfit]})


@pytest.mark.parametrize("document", ["", "[]", "{}", '{"keys": 7}', '{"keys": [7]}', "[" * 5_000, b"\xff"])
def test_what_is_no_key_set_is_refused(document: str | bytes) -> None:
    with pytest.raises(ValueError, match="key set"):
        read_keys(document)


def test_a_published_private_key_is_an_alarm() -> None:
    leaked = jwt.algorithms.ECAlgorithm.to_jwk(P256, as_dict=True)

    with pytest.raises(ValueError, match="private"):
        read_keys({"keys": [entry(RSA), leaked]})


def test_a_flood_of_keys_is_refused() -> None:
    with pytest.raises(ValueError, match="more than"):
        read_keys({"keys": [entry(ED25519)] * 33})


async def test_keys_are_fetched() -> None:
    client, asked = site(httpx.Response(200, json=DOCUMENT))
    assert len(await fetch_keys(client, URL)) == 3
    assert [str(request.url) for request in asked] == [URL]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(302, headers={"location": "https://elsewhere.example/keys"}),
        httpx.Response(404),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, text=" " * 70_000 + json.dumps(DOCUMENT)),
        httpx.ReadTimeout("slow"),
        httpx.InvalidURL("no address"),
    ],
    ids=["redirect", "missing", "page", "too long", "slow", "no address"],
)
async def test_a_bad_answer_gives_no_keys(answer: httpx.Response | Exception) -> None:
    client, asked = site(answer)

    with pytest.raises(KeysUnavailable):
        await fetch_keys(client, URL)
    assert len(asked) == 1


async def test_a_site_that_never_comes_to_an_end_is_not_waited_for() -> None:
    class Drips(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                await asyncio.sleep(0)
                yield b""

    client, _ = site(httpx.Response(200, stream=Drips()))
    with pytest.raises(KeysUnavailable, match="TimeoutError"):
        await fetch_keys(client, URL, timeout_s=0.01)


@pytest.mark.parametrize("url", ["http://site.example/keys", "file:///etc/passwd", "ftp://site.example", ""])
def test_keys_come_over_https_only(url: str) -> None:
    assert not may_be_believed(url)


@pytest.mark.parametrize("url", [URL, "http://127.0.0.1:8080/keys"])
def test_plain_http_is_allowed_to_this_machine(url: str) -> None:
    assert may_be_believed(url)
