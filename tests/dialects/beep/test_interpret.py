"""What a request asks for, in the order in which it is answered."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.core import errors
from palaver.core.base import Command
from palaver.core.devices import FindDevice, ListDevices, PostToDevice
from palaver.core.ids import DeviceId, UserId
from palaver.core.participants import Identity
from palaver.core.sessions import Identify, Vouch
from palaver.dialects.base import Call, Endpoint
from palaver.dialects.beep.forms import MAX_FIELDS, read_form
from palaver.dialects.beep.interpret import READINGS, check_claim
from palaver.dialects.beep.surface import ENDPOINTS
from palaver.dialects.beep.wire import Options

STREAM, BY_PATH, LIST, POST = ENDPOINTS
GATEWAY = Options(trust_claim_header=True)
CLAIM = {"x-user-claim": '{"userid":"u-1","clientid":"web"}'}
JSON = {"content-type": "application/json"}
TO = {"user": "u-2", "device": "phone"}


def asked(endpoint: Endpoint, options: Options = GATEWAY, **call: Any) -> list[Command | type[errors.Refusal]]:
    """Return the commands of a call, and the refusal that ends them."""
    found: list[Command | type[errors.Refusal]] = []
    try:
        reading = READINGS[endpoint.path](Call(endpoint, **{"vouched": True, **call}), options)
        # What was found before a refusal counts.
        found.extend(request.command for request in reading)
    except errors.Refusal as refusal:
        found.append(type(refusal))
    return found


def post(body: bytes, options: Options = GATEWAY, **headers: str) -> list[Command | type[errors.Refusal]]:
    return asked(POST, options, segments=TO, body=body, headers={**CLAIM, **JSON, **headers})


FIND = FindDevice(UserId("site:u-2"), DeviceId("phone"))
WHO = Vouch("u-1", DeviceId("web"))


def test_every_endpoint_is_read() -> None:
    assert READINGS.keys() == {endpoint.path for endpoint in ENDPOINTS}


def test_a_post_is_found_then_read_then_identified() -> None:
    found = post(b'{"event":"offer","data":"v=0"}')
    assert found[:2] == [FIND, WHO]
    assert isinstance(found[2], PostToDevice)
    assert (found[2].word, bytes(found[2].payload)) == ("offer", b'"v=0"')


def test_where_the_site_is_strict_identity_comes_first() -> None:
    strict = Options(trust_claim_header=True, strict=True)
    assert post(b'{"data":"v=0"}', strict)[:2] == [WHO, FIND]
    assert asked(POST, strict, segments=TO, body=None) == [errors.NotIdentified]
    assert asked(LIST, strict, segments={"user": "u"}) == [errors.NotIdentified]


@pytest.mark.parametrize("body", [b"{", b"5", b"null", b'"x"', b"[" * 5000, b'{"data":"\\ud800"}', b"{}x"])
def test_a_body_that_cannot_be_read_is_found_before_anything(body: bytes) -> None:
    assert post(body) == [errors.Malformed]


@pytest.mark.parametrize(
    "body", [b"", b"  ", b"{}", b"[1]", b'{"data":0}', b'{"data":-0.0}', b'{"data":""}', b'{"event":"x"}']
)
def test_a_body_without_data_is_found_before_the_claim(body: bytes) -> None:
    assert post(body, **{"x-user-claim": ""}) == [FIND, errors.BadText]


def test_an_event_that_cannot_be_said_is_found_before_the_claim() -> None:
    assert post(b'{"event":"a\\nb","data":"x"}', **{"x-user-claim": ""}) == [FIND, errors.BadText]


@pytest.mark.parametrize("data", [b"[]", b"{}", b'"0"', b"1", b"true"])
def test_what_a_script_takes_for_true_is_data(data: bytes) -> None:
    assert isinstance(post(b'{"data":' + data + b"}")[-1], PostToDevice)


@pytest.mark.parametrize(
    ("event", "word"), [("null", ""), ("7", "7"), ("true", "true"), ('["a","b"]', "a,b"), ("{}", "[object Object]")]
)
def test_an_event_of_any_type_becomes_text(event: str, word: str) -> None:
    found = post(b'{"data":"x","event":' + event.encode() + b"}")[-1]
    assert isinstance(found, PostToDevice)
    assert found.word == word


def test_bytes_that_are_no_text_are_replaced_as_the_original_did() -> None:
    found = post(b'{"data":{"x":"\xff"}}')[-1]
    assert isinstance(found, PostToDevice)
    assert bytes(found.payload).decode() == '{"x":"�"}'


def test_the_claim_header_counts_only_by_setting_and_from_a_proxy_of_ours() -> None:
    assert asked(STREAM, headers=CLAIM) == [WHO]
    assert asked(STREAM, headers=CLAIM, vouched=False) == [errors.NotIdentified]
    assert asked(STREAM, Options(), headers=CLAIM) == [errors.NotIdentified]


def test_of_two_tokens_that_of_the_header_wins_and_the_gateway_over_both() -> None:
    tokens: dict[str, Any] = {"query": {"token": "theirs"}}
    assert asked(STREAM, **tokens) == [Identify(token="theirs")]
    assert asked(STREAM, headers={"authorization": "bearer mine"}, **tokens) == [Identify(token="mine")]
    assert asked(STREAM, headers={"authorization": "Basic mine"}, **tokens) == [Identify(token="theirs")]
    assert asked(STREAM, headers={"authorization": "Bearer mine", **CLAIM}, **tokens) == [WHO]


@pytest.mark.parametrize("header", ["null", "5", "{", '{"userid":7,"clientid":"x"}', "[" * 5000])
def test_a_claim_that_cannot_be_read_is_none(header: str) -> None:
    assert asked(STREAM, headers={"x-user-claim": header}) == [errors.NotIdentified]


def test_a_claim_beyond_latin_1_is_read_as_utf_8() -> None:
    header = '{"userid":"ü","clientid":"web"}'.encode().decode("latin-1")
    assert asked(STREAM, headers={"x-user-claim": header}) == [Vouch("ü", DeviceId("web"))]


def test_a_path_is_believed_only_where_the_site_says_so() -> None:
    assert asked(BY_PATH, segments=TO) == [errors.NotIdentified]
    dev = Options(claimless=True)
    assert asked(BY_PATH, dev, segments=TO) == [Vouch("u-2", DeviceId("phone"))]
    assert asked(BY_PATH, dev, segments=TO, query={"token": "t"}) == [Identify(token="t")]


def test_the_list_is_for_everybody_by_default() -> None:
    assert asked(LIST, segments={"user": "u-2"}) == [ListDevices(UserId("site:u-2"))]


@pytest.mark.parametrize(
    ("user", "device"),
    [("", "x"), ("u", ""), ("u", None), ("a:b", "x"), ("a\n", "x"), ("a", "x\r"), ("a" * 129, "x"), ("a", "\0")],
)
def test_a_claim_that_would_break_a_line_or_names_nobody_is_none(user: str, device: str | None) -> None:
    held = DeviceId(device) if device is not None else None
    with pytest.raises(errors.NotIdentified):
        check_claim(Identity(user, UserId(f"site:{user}"), device=held))
    check_claim(Identity("u", UserId("site:u"), device=DeviceId("00:1b:44:11:3a:b7")))


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("a=1&b=x+y%26", {"a": "1", "b": "x y&"}),
        ("a=1&a=2&a=3", {"a": ["1", "2", "3"]}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[1]=y&a[0]=x", {"a": ["x", "y"]}),
        ("a[100]=x", {"a": {"100": "x"}}),
        ("a[b][c]=x&a[b][d]=y", {"a": {"b": {"c": "x", "d": "y"}}}),
        ("a=1&a[b]=2", {"a": {"0": "1", "b": "2"}}),
        ("a[b][c][d][e][f][g]=x", {"a": {"b": {"c": {"d": {"e": {"f": {"[g]": "x"}}}}}}}),
        ("a[=x&[b]=y&=z", {"a": {"[": "x"}, "[b]": "y", "": "z"}),
        ("__proto__[x]=1&constructor=y", {"__proto__": {"x": "1"}, "constructor": "y"}),
        ("", {}),
    ],
)
def test_forms_are_read_with_nested_keys(text: str, fields: dict[str, Any]) -> None:
    assert read_form(text) == fields


def test_a_form_has_a_bounded_number_of_fields() -> None:
    assert len(read_form("&".join(f"k{n}=v" for n in range(MAX_FIELDS)))) == MAX_FIELDS
    with pytest.raises(errors.TooLarge):
        read_form("&".join(f"k{n}=v" for n in range(MAX_FIELDS + 1)))


@given(st.binary(max_size=300), st.sampled_from(["application/json", "application/x-www-form-urlencoded", "x/y"]))
def test_any_body_is_read_or_refused(body: bytes, kind: str) -> None:
    found = asked(POST, segments=TO, body=body, headers={**CLAIM, "content-type": kind})
    assert isinstance(found[-1], PostToDevice) or found[-1] in (errors.Malformed, errors.BadText, errors.TooLarge)


@given(st.text(st.sampled_from("ab[]=&0%51"), max_size=60))
def test_any_form_is_read(text: str) -> None:
    read_form(text)
