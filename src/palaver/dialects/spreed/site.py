"""What Spreed's wire has around it at one site: its options, its proofs, and what only the server beneath can do."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from palaver.dialects.spreed.agents import Agents
from palaver.dialects.spreed.options import Options
from palaver.dialects.spreed.pictures import Pictures
from palaver.dialects.spreed.pipelines import Pipelines
from palaver.dialects.spreed.proofs import Proofs
from palaver.dialects.spreed.seals import Secrets


class Codes(Protocol):
    """The access codes of a site (§1.9)."""

    def holds(self, code: str) -> bool:
        """Return whether a code, in lower case, is one of them."""
        ...


class Authority(Protocol):
    """Signs certificates of users (§2.6)."""

    def signed(self, public_key: str, userid: str) -> bytes:
        """Return a certificate in DER for the key in a base64 SPKAC. Raises ValueError for what is none."""
        ...


class Runtime(msgspec.Struct, frozen=True):
    """Figures of the process (§1.13), under the original's names."""

    goroutines: int = 0
    alloc: int = 0
    mallocs: int = 0
    frees: int = 0
    pauses: int = 0
    heap: int = 0
    stack: int = 0


def _counted(start: int = 1) -> Callable[[], str]:
    numbers = itertools.count(start)
    return lambda: f"{next(numbers):032x}"


@dataclass(frozen=True)
class Site:
    """One site, as its dialect sees it. Made once; what may change while it runs is asked for anew.

    Attributes:
        options: as they stand with every request.
        now: Unix seconds.
        new_hex: 32 random hexadecimal digits.
        codes: None where nobody is asked for an access code.
        authority: None where certificates are not signed here.
        agents: programs beside the server; None where there are none.
        room_types: types of single rooms, which a program on the bus set.
        named: reads the common name out of a PEM certificate; empty where there is none.
    """

    options: Callable[[], Options]
    proofs: Proofs
    now: Callable[[], float]
    new_hex: Callable[[], str] = field(default_factory=_counted)
    runtime: Callable[[], Runtime] = Runtime
    codes: Codes | None = None
    authority: Authority | None = None
    named: Callable[[str], str] = lambda _certificate: ""
    agents: Agents | None = None
    room_types: dict[str, str] = field(default_factory=dict)
    pictures: Pictures = field(default_factory=lambda: Pictures(b""))


def plain_site(options: Options | None = None, secret: str = "", *, now: Callable[[], float] = float) -> Site:
    """Return a site that decides nothing, under a secret that everybody knows: for tests, and to name addresses."""
    held = options or Options()
    proofs = Proofs(Secrets.of_server(secret, held.realm))
    agents = Agents(proofs.ids, Pipelines(now), None) if held.pipelines else None
    return Site(lambda: held, proofs, now, agents=agents, pictures=Pictures(proofs.secrets.session))
