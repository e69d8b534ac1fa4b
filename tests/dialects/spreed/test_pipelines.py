"""What is kept of calls to somebody who is not there: for how long, how much, and for whom."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dialects.spreed.rest_town import Town

from palaver.core.calls import MAX_SIGNAL_BYTES, Offer, SendSignal
from palaver.core.errors import Refusal
from palaver.core.ids import SessionId
from palaver.core.participants import BySession
from palaver.dialects.spreed import bus
from palaver.dialects.spreed.agents import Agents
from palaver.dialects.spreed.documents import Voice
from palaver.dialects.spreed.pipelines import (
    LIFE_S,
    MAX_KEPT,
    MAX_KEPT_BYTES,
    MAX_PIPELINES,
    Pipelines,
    UnknownPipeline,
)
from palaver.dialects.spreed.site import plain_site

KEYS = st.sampled_from(["Id", "Session", "Userid", "Status", "Room", "Name", "Credentials", "path", "type"])
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
ANN, BOB = SessionId("1" * 32), SessionId("2" * 32)


REFUSED = "Pipelines are for this machine and networks of the site."


def pipelines_of(town: Town) -> Pipelines:
    agents = town.site.agents
    assert agents is not None
    assert agents.pipelines is not None
    return agents.pipelines


class Bus:
    """Remembers what was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, subject: str, payload: bytes) -> None:
        self.told.append(subject)


class Time:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_pipeline_lives_for_a_minute_after_its_last_use() -> None:
    time = Time()
    pipelines = Pipelines(time)
    pipelines.use("call", ANN, BOB)
    time.now_s += LIFE_S - 1
    pipelines.keep("call", b"offer")
    assert pipelines.find("call").kept == [b"offer"]
    time.now_s += LIFE_S - 1
    assert pipelines.find("call").receiver == BOB
    time.now_s += LIFE_S
    with pytest.raises(UnknownPipeline):
        pipelines.find("call")


def test_pipelines_are_bounded_in_number_length_and_bytes() -> None:
    pipelines = Pipelines(Time())
    for number in range(MAX_PIPELINES + 1):
        pipelines.use(str(number), ANN, BOB)
    with pytest.raises(UnknownPipeline):
        pipelines.find("0")
    for _ in range(MAX_KEPT + 1):
        pipelines.keep("1", b"x")
    assert len(pipelines.find("1").kept) == MAX_KEPT
    pipelines.keep("2", b"x" * (MAX_SIGNAL_BYTES + 5000))
    assert not pipelines.find("2").kept
    for number in range(3, 3 + MAX_KEPT_BYTES // MAX_SIGNAL_BYTES):
        pipelines.keep(str(number), b"x" * MAX_SIGNAL_BYTES)
    assert sum(each.size for each in pipelines._by_id.values()) <= MAX_KEPT_BYTES


def test_a_call_that_was_ended_is_kept_no_more() -> None:
    pipelines = Pipelines(Time())
    pipelines.use("call", ANN, BOB)
    pipelines.close("call")
    pipelines.close("call")
    with pytest.raises(UnknownPipeline):
        pipelines.find("call")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pipelines_without_authentication_are_only_for_this_network(method: str) -> None:
    town = Town({"pipelines": True})
    pipelines_of(town).use("call.a.b", ANN, BOB)
    path = "/api/v1/pipelines/call.a.b"
    near = town.ask(path, method, text='{"Type":"Users"}')
    assert near.status == (200 if method == "GET" else 404)
    far = {"X-Forwarded-For": "198.51.100.7"}
    assert town.says(path, method, text="{}", headers=far) == (
        403,
        {"code": "pipelines_refused", "message": REFUSED, "success": False},
    )


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pipelines_that_are_switched_off_say_so_in_json(method: str) -> None:
    status, body = Town().says("/api/v1/pipelines/call.a.b", method, text="{}")
    assert (status, body["code"]) == (404, "not_found")


def test_pipelines_since_beyond_the_end_is_nothing_and_no_crash() -> None:
    town = Town({"pipelines": True})
    pipelines_of(town).use("call.a.b", ANN, BOB)
    pipelines_of(town).keep("call.a.b", b'{"Data":{}}')
    assert town.ask("/api/v1/pipelines/call.a.b").body == b'{"Seq":0,"Msg":{"Data":{}}}\n'
    for since, limit in (("1", "0"), ("999999999", "1"), ("1", "")):
        answered = town.ask(f"/api/v1/pipelines/call.a.b?since={since}&limit={limit}")
        assert (answered.status, answered.body) == (200, b"")


@pytest.mark.parametrize("number", ["-1", "x", "1.5", "9999999999", "%EF%BC%91"])
def test_what_is_no_number_is_refused(number: str) -> None:
    town = Town({"pipelines": True})
    pipelines_of(town).use("call.a.b", ANN, BOB)
    for name in ("since", "limit"):
        assert (
            town.says(f"/api/v1/pipelines/call.a.b?{name}={number.encode().hex() if not number.isascii() else number}")[
                0
            ]
            == 400
        )


def test_a_connection_for_a_file_is_no_call() -> None:
    found = Bus()
    site = plain_site()
    agents = Agents(site.proofs.ids, Pipelines(Time()), found)
    voice = Voice(site.proofs, site.options, site.now)
    for description in (b'{"_token":"t"}', b'{"_token":""}', b'{"sdp":"\\"_token\\""}', b'{"_token":7}', b'{"_token":'):
        command = SendSignal(BySession(BOB), Offer(msgspec.Raw(description)))
        agents.signalled(voice, ANN, "Offer", command, reached=True)
    assert found.told == ["channelling.trigger.offer"] * 3


def _raw(text: bytes) -> Any:
    import msgspec

    return msgspec.Raw(text)


@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=3).map(repr).map(str.encode)
)
def test_whatever_stands_on_the_bus_is_read_or_refused(payload: bytes) -> None:
    site = plain_site()
    agents = Agents(site.proofs.ids, None, Bus())
    for read in (
        lambda: bus.opening(payload, site, agents),
        lambda: bus.closing(payload),
        lambda: bus.room_type(payload, {}),
    ):
        try:
            read()
        except Refusal:
            continue


def test_a_session_of_the_bus_is_nobody_elses_and_the_same_by_its_name() -> None:
    site = plain_site()
    agents = Agents(site.proofs.ids, None, Bus())
    first, again, other = (bus.opening(b'{"Id":"%s"}' % name, site, agents) for name in (b"a", b"a", b"b"))
    assert first.session == again.session != other.session
    assert site.proofs.ids.session_of(first.subjects.Id) == first.session


def test_secrets_of_a_session_are_not_said_on_the_bus() -> None:
    site = plain_site()
    agents = Agents(site.proofs.ids, None, Bus())
    opened = bus.opening(b'{"Id":"a"}', site, agents)
    myself = b'{"Data":{"Type":"Self","Sid":"s","Token":"t"}}'
    assert bus.outgoing(myself, opened, site, agents, lambda _: None) is None


def test_room_types_that_programs_set_are_bounded() -> None:
    types = {str(number): "Room" for number in range(bus.MAX_ROOM_TYPES)}
    bus.room_type(b'{"path":"more","type":"Conference"}', types)
    bus.room_type(b'{"path":"7","type":"Conference"}', types)
    assert ("more" in types, types["7"]) == (False, "Conference")
    bus.room_type(b'{"path":"7"}', types)
    assert "7" not in types
