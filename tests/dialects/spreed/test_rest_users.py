"""Logging in and registering over REST, in each mode (docs/dialects/spreed.md §1.11, §1.12, §2.6)."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from tests.dialects.spreed.rest_town import Town
from tests.fakes import NOW

from palaver.core.disconnects import LEFT
from palaver.core.ids import UserId
from palaver.core.rooms import LeaveReason
from palaver.dialects.base import Call
from palaver.dialects.spreed.exchange import OPERATIONS
from palaver.dialects.spreed.users import combo_secret, user_of
from palaver.dialects.spreed.vouching import vouched_user

KEY = "vector-shared-secret"
SHARED = {"users": True, "registration": True, "mode": "sharedsecret", "shared_secret": KEY}
HEADER = {"users": True, "registration": True, "mode": "httpheader", "identity_header": "x-users"}
CERTIFIED = {
    "users": True,
    "registration": True,
    "mode": "certificate",
    "verified_header": "x-verified",
    "verified_value": "SUCCESS",
    "certificate_header": "x-certificate",
}
COMBO = f"{int(NOW) + 60}:alice@local"
GOOD = {"useridcombo": COMBO, "secret": combo_secret(COMBO, KEY)}
STRANGER = {"X-Forwarded-For": "203.0.113.9"}


class Lobby(Town):
    """A site with somebody connected."""

    def __init__(self, options: dict[str, Any], **around: Any) -> None:
        super().__init__(options, **around)
        self.ana = self.world.open("ana", "lobby")
        ids = self.site.proofs.ids
        self.id, self.sid = ids.id_of(self.ana.id), ids.sid_of(self.ana.id)

    def patch(self, path_id: str = "", headers: dict[str, str] | None = None, **body: Any) -> tuple[int, Any]:
        line = {"json": {"id": self.id, "sid": self.sid, **body}, "headers": headers or {}}
        return self.says(f"/api/v1/sessions/{path_id or self.id}/", "PATCH", **line)

    def register(self, **body: Any) -> tuple[int, Any]:
        return self.says("/api/v1/users", "POST", json={"id": self.id, "sid": self.sid, **body})

    def accepts(self, userid: str, nonce: str) -> None:
        """Check what the WebSocket checks of a login."""
        user = user_of(userid, self.site.options().mode)
        self.site.proofs.tokens.check_nonce(self.ana.id, user, nonce, now=self.world.clock.now())


def test_a_shared_secret_becomes_a_nonce_for_the_session() -> None:
    lobby = Lobby(SHARED)
    status, found = lobby.patch(**GOOD)
    assert (status, found) == (200, {"success": True, "userid": "alice@local", "nonce": found["nonce"]})
    lobby.accepts("alice@local", found["nonce"])


FAILURES: list[dict[str, Any]] = [
    {"secret": "wrong"},
    {"secret": ""},
    {"secret": None},
    {"useridcombo": None},
    {"sid": ""},
    {"sid": "x" * 32},
    {"id": "x" * 32},
    {"id": 7},
    {"useridcombo": f"{int(NOW) - 1}:alice", "secret": combo_secret(f"{int(NOW) - 1}:alice", KEY)},
    {"useridcombo": f"{int(NOW) + 9}:", "secret": combo_secret(f"{int(NOW) + 9}:", KEY)},
]


@pytest.mark.parametrize("wrong", FAILURES)
def test_every_failure_to_log_in_is_answered_alike(wrong: dict[str, Any]) -> None:
    status, body = Lobby(SHARED).patch(**{**GOOD, **wrong})
    assert (status, body["code"], body["success"]) == (403, "session_patch_failed", False)


def test_a_login_for_another_session_than_the_path_names_fails() -> None:
    lobby = Lobby(SHARED)
    bob = lobby.world.open("bob", "lobby")
    assert lobby.patch(lobby.site.proofs.ids.id_of(bob.id), **GOOD)[0] == 403


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 5000, '"x"', "null"])
def test_a_login_that_cannot_be_read_fails_likewise(text: str) -> None:
    lobby = Lobby(SHARED)
    found = lobby.says(f"/api/v1/sessions/{lobby.id}/", "PATCH", text=text, type="application/json")
    assert (found[0], found[1]["code"]) == (403, "session_patch_failed")


def test_a_session_that_ended_or_is_somebodys_cannot_log_in() -> None:
    lobby = Lobby(SHARED)
    carl = lobby.world.open("carl", "lobby", verified=True)
    ids = lobby.site.proofs.ids
    made = {"id": ids.id_of(carl.id), "sid": ids.sid_of(carl.id)}
    assert lobby.patch(made["id"], **GOOD, **made)[0] == 403
    lobby.world.hub.end(lobby.ana.session, LEFT, LeaveReason.LEFT)
    assert lobby.patch(**GOOD)[0] == 403


# -- registration (§1.12) ---------------------------------------------------------------------------------------------


def test_a_new_account_has_everything_to_come_back_with() -> None:
    lobby = Lobby(SHARED)
    status, found = lobby.register()
    assert status == 200
    assert found.keys() == {"success", "userid", "useridcombo", "timestamp", "secret", "nonce"}
    userid = found["userid"]
    assert uuid.UUID(userid.removesuffix("@local")).version == 4
    assert found["timestamp"] == int(NOW) + 372 * 86_400
    assert found["useridcombo"] == f"{found['timestamp']}:{userid}"
    assert found["secret"] == combo_secret(found["useridcombo"], KEY)
    lobby.accepts(userid, found["nonce"])


def test_a_form_registers_too() -> None:
    lobby = Lobby(SHARED)
    assert lobby.says("/api/v1/users", "POST", form=f"id={lobby.id}&sid={lobby.sid}")[0] == 200


@pytest.mark.parametrize(
    ("line", "status", "code"),
    [
        ({"text": "{", "type": "application/json"}, 400, "users_bad_request"),
        ({"json": {}}, 400, "users_bad_request"),
        ({"json": {"id": "x"}}, 400, "users_bad_request"),
        ({"text": "id=x", "type": "text/plain"}, 400, "users_invalid_request"),
        ({}, 400, "users_invalid_request"),
        ({"json": {"id": "x" * 32, "sid": "y" * 32}}, 403, "users_invalid_session"),
        ({"form": "id=%FF"}, 400, "malformed"),
    ],
)
def test_what_is_wrong_with_a_registration_is_said(line: dict[str, Any], status: int, code: str) -> None:
    found, body = Lobby(SHARED).says("/api/v1/users", "POST", **line)
    assert (found, body["code"], body["success"]) == (status, code, False)


def test_somebody_who_is_not_connected_gets_no_account() -> None:
    lobby = Lobby(SHARED)
    lobby.world.hub.end(lobby.ana.session, LEFT, LeaveReason.LEFT)
    assert lobby.register()[1]["code"] == "users_request_failed"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({**SHARED, "users": False}, "404 page not found\n"),
        ({**SHARED, "registration": False}, "404 page not found\n"),
        ({**SHARED, "shared_secret": ""}, "No handler found\n"),
    ],
)
def test_switched_off_calls_are_a_text(options: dict[str, Any], text: str) -> None:
    answered = Lobby(options).ask("/api/v1/users", "POST", json={})
    assert (answered.status, answered.body.decode()) == (404, text)
    assert answered.headers["content-type"] == "text/plain; charset=utf-8"


# -- proxies (§2.6, §7.3) ---------------------------------------------------------------------------------------------


def test_a_header_of_our_proxy_logs_in_a_user_of_the_site() -> None:
    lobby = Lobby(HEADER)
    status, found = lobby.patch(headers={"X-Users": "alice"})
    assert (status, found["userid"]) == (200, "alice")
    lobby.accepts("alice", found["nonce"])
    assert lobby.patch()[0] == lobby.patch(headers={"X-Users": "a:b"})[0] == 403
    assert lobby.register()[1]["code"] == "users_create_failed"


def call(headers: dict[str, str], *, vouched: bool = True) -> Call:
    return Call(next(iter(OPERATIONS)), headers=headers, vouched=vouched)


def test_identity_headers_are_not_trusted_from_anyone() -> None:
    site = Town(HEADER).site
    assert vouched_user(call({"x-users": "alice"}), site) == UserId("site:alice")
    assert vouched_user(call({"x-users": "alice"}, vouched=False), site) is None
    assert vouched_user(call({"x-users": "alice"}), Town({**HEADER, "users": False}).site) is None
    assert vouched_user(call({"x-users": "alice"}), Town(SHARED).site) is None
    assert vouched_user(call({"x-users": "Zoë".encode().decode("latin-1")}), site) == UserId("site:Zoë")


def test_a_checked_certificate_names_its_user() -> None:
    def named(pem: str) -> str:
        begin, *inside, end = pem.split()[:3] and pem.strip().split("\n")
        return f"cn {inside[0]}" if "BEGIN" in begin and "END" in end else ""

    site = Town(CERTIFIED, named=named).site
    pem = "-----BEGIN CERTIFICATE----- QUJD REVG -----END CERTIFICATE-----"
    good = {"x-verified": "SUCCESS", "x-certificate": pem}
    assert vouched_user(call(good), site) == UserId("spreed:cn QUJD")
    assert vouched_user(call({**good, "x-certificate": pem.replace(" ", "%20")}), site) == UserId("spreed:cn QUJD")
    assert vouched_user(call({**good, "x-verified": "FAILED"}), site) is None
    assert vouched_user(call({"x-certificate": pem}), site) is None
    assert vouched_user(call(good, vouched=False), site) is None
    assert vouched_user(call({**good, "x-certificate": "x" * 100_000}), site) is None
    without = Town({**CERTIFIED, "certificate_header": ""}, named=named).site
    assert vouched_user(call(good), without) is None


class Authority:
    def signed(self, public_key: str, userid: str) -> bytes:
        if public_key != "the key":
            raise ValueError("that is no key")
        return b"DER of " + userid.encode()


def test_a_certificate_is_the_answer_where_a_browser_made_a_key() -> None:
    lobby = Lobby(CERTIFIED, authority=Authority())
    form = f"id={lobby.id}&sid={lobby.sid}&pubkey="
    answered = lobby.ask("/api/v1/users", "POST", form=form + "the+key")
    assert answered.headers["content-type"] == "application/x-x509-user-cert"
    assert answered.body.startswith(b"DER of ")
    assert answered.body.endswith(b"@local")
    for without in ("", "another"):
        assert lobby.says("/api/v1/users", "POST", form=form + without)[1]["code"] == "users_create_failed"
    assert Lobby(CERTIFIED).register(pubkey="the key")[1]["code"] == "users_create_failed"
