"""Asks the website what it says of a user; an answer is good for a minute, and several ask as one (BareRTC §5.3)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping

import msgspec

from palaver.core.errors import Unavailable
from palaver.hub.outbox import PROFILE
from palaver.hub.ports.clock import Clock
from palaver.integrations.webhooks import Webhooks

GOOD_FOR_S = 60.0
KEPT = 1_000

OK = 200
FAULT = 500

Answer = tuple[int, Mapping[str, object]]


Text = str | None
"""Sites in PHP and Go write null for what they do not say, which the original took for absent."""


class _Field(msgspec.Struct, frozen=True):
    name: Text = msgspec.field(default="", name="Name")
    value: Text = msgspec.field(default="", name="Value")


class _Data(msgspec.Struct, frozen=True):
    ok: bool | None = msgspec.field(default=False, name="OK")
    error: Text = msgspec.field(default="", name="Error")
    headline: Text = msgspec.field(default="", name="Headline")
    fields: tuple[_Field, ...] | None = msgspec.field(default=(), name="ProfileFields")


class _Envelope(msgspec.Struct, frozen=True):
    status: int | None = msgspec.field(default=0, name="StatusCode")
    data: _Data | None = msgspec.field(default=None, name="Data")


_envelope = msgspec.json.Decoder(_Envelope)


class Profiles:
    """What the website says of its users, through its webhook `profile`."""

    def __init__(self, webhooks: Webhooks, clock: Clock) -> None:
        self._webhooks = webhooks
        self._clock = clock
        self._held: OrderedDict[str, tuple[float, Answer]] = OrderedDict()
        self._asking: dict[str, asyncio.Future[Answer]] = {}

    @property
    def offered(self) -> bool:
        """Return whether the website takes such questions."""
        return self._webhooks.wants(PROFILE)

    async def of(self, name: str) -> Answer:
        """Return a status, 200 or 500, and the object that the asker is given (§1.11).

        Raises Unavailable where the website cannot be asked, or does not answer sensibly.
        """
        held = self._held.get(name)
        if held is not None and self._clock.now() - held[0] < GOOD_FOR_S:
            return held[1]
        under_way = self._asking.get(name)
        if under_way is None:
            under_way = self._asking[name] = asyncio.ensure_future(self._ask(name))
            under_way.add_done_callback(lambda done: self._answered(name, done))
        # Whoever gives up takes the answer from nobody else.
        return await asyncio.shield(under_way)

    async def _ask(self, name: str) -> Answer:
        _, body = await self._webhooks.ask(PROFILE, {"Username": name})
        try:
            envelope = _envelope.decode(body)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            raise Unavailable from None
        data = envelope.data or _Data()
        if envelope.status == OK and not data.error:
            return OK, {"OK": True, **_content(data)}
        return FAULT, {"OK": bool(data.ok), **_content(data)}

    def _answered(self, name: str, done: asyncio.Future[Answer]) -> None:
        del self._asking[name]
        if done.cancelled() or done.exception() is not None or done.result()[0] != OK:
            return
        self._held[name] = (self._clock.now(), done.result())
        self._held.move_to_end(name)
        if len(self._held) > KEPT:
            self._held.popitem(last=False)


def _content(data: _Data) -> dict[str, object]:
    found: dict[str, object] = {}
    if data.error:
        found["Error"] = data.error
    if data.headline:
        found["Headline"] = data.headline
    if data.fields:
        found["ProfileFields"] = [{"Name": field.name or "", "Value": field.value or ""} for field in data.fields]
    return found
