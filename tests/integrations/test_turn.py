import base64
import hashlib

import msgspec
import pytest

from palaver.integrations.turn import IceServer, credentials, ice_servers

NOW = 1_700_000_000.0
STUN = "stun:stun.example:3478"
TURN = "turn:turn.example:3478?transport=udp"
TURNS = "turns:turn.example:5349"


def test_the_published_vector_of_the_spreed_dialect() -> None:
    label = base64.b64encode(hashlib.sha256(b"EXAMPLE-SESSION-ID").digest()).decode()

    minted = credentials("vector-turn-secret", label=label, ttl_s=3600, now=NOW)

    assert minted.username == "1700003600:ZGjQSZisic/7MOz5kSP92Phnou3er9Pe/GawltT1uxs="
    assert minted.credential == "TVUlgyGKXK/8CIEC2IABAzpjwLw="
    assert minted.expires_at == 1_700_003_600


def test_credentials_stand_on_both_kinds_of_relay_and_never_on_stun() -> None:
    answer = ice_servers([TURN, STUN, TURNS], secret="s3cret", ttl_s=60, label="x", now=NOW)

    stun, relay = answer.servers
    assert stun == IceServer(urls=(STUN,))
    assert relay.urls == (TURN, TURNS)
    assert relay.username == "1700000060:x"
    assert relay.credential == credentials("s3cret", label="x", ttl_s=60, now=NOW).credential
    assert answer.expires_at == 1_700_000_060


def test_static_credentials_do_not_end() -> None:
    answer = ice_servers([TURNS], username="ana", credential="pw", now=NOW)

    assert answer.servers == (IceServer(urls=(TURNS,), username="ana", credential="pw"),)
    assert answer.expires_at is None


def test_a_secret_wins_over_static_credentials() -> None:
    answer = ice_servers([TURN], username="ana", credential="pw", secret="s", label="x", now=NOW)

    assert answer.servers[0].username == "1700003600:x"


@pytest.mark.parametrize("half", [{}, {"username": "ana"}, {"credential": "pw"}])
def test_a_relay_without_credentials_is_kept_from_browsers_that_would_choke_on_it(half: dict[str, str]) -> None:
    assert ice_servers([STUN, TURN], now=NOW, **half).servers == (IceServer(urls=(STUN,)),)


def test_no_urls_give_no_servers() -> None:
    answer = ice_servers([], secret="s", now=NOW)
    assert answer.servers == ()
    assert answer.expires_at is None


def test_a_plain_server_is_written_without_empty_credentials() -> None:
    assert msgspec.to_builtins(IceServer(urls=(STUN,))) == {"urls": (STUN,)}


def test_a_scheme_counts_in_any_case() -> None:
    assert ice_servers(["TURN:t.example"], secret="s", label="x", now=NOW).servers[0].credential


@pytest.mark.parametrize("url", ["http://turn.example", "turn.example:3478", "", "turnip:x"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="stun:"):
        ice_servers([url], now=NOW)


def test_useless_credentials_are_refused() -> None:
    with pytest.raises(ValueError, match="secret"):
        credentials("", label="x", ttl_s=60, now=NOW)
    with pytest.raises(ValueError, match="lifetime"):
        credentials("s", label="x", ttl_s=0, now=NOW)
