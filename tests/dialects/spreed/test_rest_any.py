"""Whatever is asked of the REST API, it answers in JSON and goes on (docs/dialects/spreed.md §1.7)."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dialects.spreed.rest_town import Town

ONE = "call.a.b"
PATHS = (
    "/api/v1/config",
    "/api/v1/tokens",
    "/api/v1/rooms",
    "/api/v1/sessions/x/",
    "/api/v1/users",
    "/api/v1/stats",
    f"/api/v1/pipelines/{ONE}",
    "/spreed/.well-known/spreed-configuration",
)
KINDS = ("", "application/json", "application/x-www-form-urlencoded", "Application/JSON; charset=x", "text/plain", "/")
HEADERS = ("X-Forwarded-For", "X-Forwarded-Proto", "Host", "X-Users", "X-Verified", "X-Cert", "If-None-Match")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["id", "sid", "useridcombo", "secret", "pubkey", "a", "Type", "Offer", "To"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)
BODIES = (
    st.text(max_size=40)
    | st.builds(json.dumps, VALUES)
    | st.builds("{}={}".format, st.sampled_from("abid"), st.text("%zfF+&=\x00ü", max_size=20))
    | st.sampled_from(["[" * 3000, "a=" + "b" * 70_000, '{"id":"x","sid":"x"}', "id=x&sid=x&pubkey=MIIB"])
)
MODES: tuple[dict[str, Any], ...] = (
    {"mode": "sharedsecret", "shared_secret": "s"},
    {"mode": "httpheader"},
    {"mode": "certificate", "verified_header": "x-verified", "verified_value": "1", "certificate_header": "x-cert"},
)
TOWNS = [Town({"users": True, "registration": True, "stats": True, "pipelines": True, **mode}) for mode in MODES]


@settings(max_examples=300)
@given(
    town=st.sampled_from(TOWNS),
    path=st.sampled_from(PATHS),
    method=st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]),
    query=st.sampled_from(["", "?details=1", "?since=9", "?limit=-1", "?a=%zz", "?a=%ff&a=b"]),
    kind=st.sampled_from(KINDS),
    headers=st.dictionaries(
        st.sampled_from(HEADERS), st.text(st.characters(codec="ascii", min_codepoint=33), max_size=12)
    ),
    body=BODIES,
)
def test_whatever_is_asked_is_answered_in_json(
    town: Town, path: str, method: str, query: str, kind: str, headers: dict[str, str], body: str
) -> None:
    town.world.clock.advance(1)
    answered = town.ask(path + query, method, text=body, type=kind, headers=headers)
    if path.endswith(ONE) and answered.status == 200 and method == "GET":
        return  # lines of JSON, of which there are none
    found = json.loads(answered.body)
    assert "\n  " in answered.body.decode()
    assert answered.status < 500
    assert answered.headers["content-type"].startswith("application/json")
    if answered.status >= 400:
        assert found.keys() == {"code", "message", "success"}
        assert found["success"] is False
        assert found["message"]


def test_no_secret_of_the_site_is_in_any_answer() -> None:
    for town in TOWNS:
        secrets = town.site.proofs.secrets
        for path in PATHS:
            for method in ("GET", "POST", "PATCH"):
                body = town.ask(path, method, json={"id": "x", "sid": "x"}).body
                assert secrets.session not in body
                assert secrets.encryption not in body
                assert secrets.session.hex().encode() not in body
