"""JSON that is passed on unread: nobody may hand others what they cannot read."""

from __future__ import annotations

import msgspec
import pytest

from palaver.core import errors, opaque


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize(
    "value",
    [
        "null",
        '""',
        "[]",
        "-1.5e300",
        str(2**64),
        "9" * 307,
        nested(32),
        '{"a":' * 32 + "1" + "}" * 32,
        "[" + ",".join(["[1]"] * 1000) + "]",
        '"' + "[" * 5000 + '"',
        '"' + "9" * 5000 + '"',
        '{"sdp": "v=0\\r\\n", "\\u2028": "</script>"}',
    ],
    ids=lambda value: value[:20],
)
def test_what_everybody_can_read_passes(value: str) -> None:
    opaque.check(msgspec.Raw(value.encode()))


@pytest.mark.parametrize(
    "value",
    [
        "1e999",
        "-1e400",
        "9" * 400,
        "-" + "9" * 4200,
        "9" * 7000,
        "1" * 400 + ".5",
        '{"a": [' + "9" * 1000 + "]}",
        nested(33),
        nested(900),
        nested(50_000),
        '{"a":' * 33 + "1" + "}" * 33,
    ],
    ids=lambda value: value[:20],
)
def test_what_some_could_not_is_refused(value: str) -> None:
    with pytest.raises(errors.Malformed):
        opaque.check(msgspec.Raw(value.encode()))


DESCRIPTION = '{"type":"offer","sdp":"v=0\\r\\n[[[["'


@pytest.mark.parametrize(
    "value",
    [
        DESCRIPTION + "}",
        '{"type":"answer","sdp":"v=0 \\\\"}',
        DESCRIPTION + ',"connection":"c1","streams":{"camera":"s1"}}',
        '{"sdp":""}',
        '{"sdp":"ends with a quotation mark \\""}',
        '{"sdp":"' + "9" * 5000 + '"}',
        '{"candidate":"candidate:1 1 udp 1","sdpMLineIndex":0}',
        '"no JSON"',
        '""',
    ],
    ids=lambda value: value[:20],
)
def test_descriptions_that_everybody_can_read_pass(value: str) -> None:
    opaque.check_object(msgspec.Raw(value.encode()))


@pytest.mark.parametrize(
    "value",
    [
        DESCRIPTION + ',"n":1e999}',
        '{"type":"offer","sdp":"v=0\\"","n":1e999,"m":""}',
        '{"n":1e999,"sdp":"v=0"}',
        '{"sdp":"v=0\\"","n":1e999}',
        '{"sdp":"v=0","sdp":1e999}',
        '{"\\"sdp":"v=0","n":' + "9" * 400 + "}",
        '{"sdp":"\\"sdp\\":\\"","n":1e999}',
        DESCRIPTION + ',"n":' + nested(33) + "}",
        nested(33),
        "null",
        "true",
        "7",
        "[]",
    ],
    ids=lambda value: value[:20],
)
def test_descriptions_that_some_could_not_are_refused(value: str) -> None:
    with pytest.raises(errors.Malformed):
        opaque.check_object(msgspec.Raw(value.encode()))
