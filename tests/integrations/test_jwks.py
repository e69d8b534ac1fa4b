import json

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from palaver.integrations.jwks import KeysUnavailable, RemoteKeys, read_keys
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


async def test_keys_are_fetched_once_and_again_when_old() -> None:
    client, asked = site(httpx.Response(200, json=DOCUMENT), httpx.Response(200, json={"keys": [entry(P256)]}))
    remote = RemoteKeys(URL, refresh_s=600)

    assert len(await remote.fresh(client, now=NOW)) == 3
    assert len(await remote.fresh(client, now=NOW + 599)) == 3
    assert len(asked) == 1
    assert len(await remote.fresh(client, now=NOW + 600)) == 1
    assert len(asked) == 2


async def test_an_unknown_key_id_asks_again_but_not_without_end() -> None:
    client, asked = site(*[httpx.Response(200, json=DOCUMENT) for _ in range(2)])
    remote = RemoteKeys(URL, retry_s=30)

    for second in (0, 1, 29, 30, 31):
        await remote.fresh(client, now=NOW + second, force=True)

    assert len(asked) == 2


async def test_old_keys_outlive_an_outage_of_the_site() -> None:
    client, asked = site(httpx.Response(200, json=DOCUMENT), httpx.ConnectError("down"), httpx.Response(500))
    remote = RemoteKeys(URL, refresh_s=60, retry_s=30)
    first = await remote.fresh(client, now=NOW)

    assert await remote.fresh(client, now=NOW + 60) == first
    assert await remote.fresh(client, now=NOW + 90) == first
    assert len(asked) == 3


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(302, headers={"location": "https://elsewhere.example/keys"}),
        httpx.Response(404),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, text=" " * 70_000 + json.dumps(DOCUMENT)),
        httpx.ReadTimeout("slow"),
    ],
    ids=["redirect", "missing", "page", "too long", "slow"],
)
async def test_a_bad_answer_gives_no_keys(answer: httpx.Response | Exception) -> None:
    client, asked = site(answer)

    with pytest.raises(KeysUnavailable):
        await RemoteKeys(URL).fresh(client, now=NOW)
    assert len(asked) == 1


async def test_after_a_failure_the_site_is_left_in_peace_for_a_while() -> None:
    client, asked = site(httpx.Response(500), httpx.Response(200, json=DOCUMENT))
    remote = RemoteKeys(URL, retry_s=30)

    for second in (0, 10):
        with pytest.raises(KeysUnavailable):
            await remote.fresh(client, now=NOW + second)
    assert len(await remote.fresh(client, now=NOW + 30)) == 3
    assert len(asked) == 2


@pytest.mark.parametrize("url", ["http://site.example/keys", "file:///etc/passwd", "ftp://site.example", ""])
def test_keys_come_over_https_only(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        RemoteKeys(url)


def test_plain_http_is_allowed_to_this_machine() -> None:
    assert RemoteKeys("http://127.0.0.1:8080/keys")
