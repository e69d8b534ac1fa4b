"""Whatever comes in is an ask or a refusal; nothing else leaves the reader of frames."""

from __future__ import annotations

import json
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.core import errors
from palaver.core.base import Done, Event
from palaver.core.rooms import RoomClosed
from palaver.core.sessions import Keepalive, Position
from palaver.dialects.base import Request
from palaver.dialects.native.render import render
from palaver.dialects.native.translator import NativeTranslator
from palaver.dialects.native.wire import Ask

WORDS = sorted(str(kind.__struct_config__.tag) for kind in get_args(Ask))
Json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
Frames = st.one_of(
    st.binary(max_size=200),
    Json.map(lambda value: json.dumps(value).encode()),
    st.builds(
        lambda word, fields, id_: json.dumps({"id": id_, "ask": {**fields, "type": word}}).encode(),
        st.sampled_from(WORDS) | st.text(max_size=10),
        st.dictionaries(st.sampled_from(["room", "place", "to", "text", "target", "names", "message", "signal"]), Json),
        Json,
    ),
)


@given(Frames)
def test_any_bytes_are_an_ask_or_are_refused(payload: bytes) -> None:
    translator = NativeTranslator()
    try:
        (request,) = translator.interpret(payload)
    except errors.Invalid as refusal:
        (frame,) = translator.refuse(None, refusal)
        assert msgspec.json.decode(frame)["refusal"]["code"] in ("malformed", "unknown_word")
    else:
        assert isinstance(request, Request)


@pytest.mark.parametrize("depth", [500, 5_000, 100_000])
@pytest.mark.parametrize("around", [b"%b", b'{"ask":%b}', b'{"id":1,"ask":{"type":"post_to_device","payload":%b}}'])
def test_deep_frames_are_refused_and_harm_nobody(depth: int, around: bytes) -> None:
    with pytest.raises(errors.Invalid):
        NativeTranslator().interpret(around % (b"[" * depth))


def test_the_id_of_an_unread_frame_is_told_once() -> None:
    translator = NativeTranslator()
    with pytest.raises(errors.Malformed) as refused:
        translator.interpret(b'{"id": 7, "ask": {"type": "join_room"}}')
    replies = [msgspec.json.decode(translator.refuse(None, refused.value)[0])["reply"] for _ in range(2)]
    assert replies == [7, None]


def test_an_unknown_word_is_cut_to_size() -> None:
    with pytest.raises(errors.UnknownWord) as refused:
        NativeTranslator().interpret(json.dumps({"ask": {"type": "x" * 10_000}}).encode())
    assert refused.value.params == {"word": "x" * 64}


def test_an_ask_without_an_id_is_not_answered() -> None:
    translator = NativeTranslator()
    assert translator.acknowledge(Request(Keepalive()), Done()) == []
    assert translator.acknowledge(Request(Keepalive(), 0), Done()) == [b'{"reply":0,"outcome":{"type":"done"}}']


class Unsaid(Event, frozen=True):
    """An event that this wire has no word for."""


def test_an_event_without_a_word_is_not_told() -> None:
    assert render(Unsaid(), Position("e", 1)) is None
    assert render(RoomClosed("x"), Position("e", 1))  # type: ignore[arg-type]
