"""A hub behind the real routes, asked over HTTP without a socket; time stands still until a test moves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
from tests.fakes import LOBBY, World

from palaver.web.barertc.site import BareRTCSite
from palaver.web.pages import Site
from palaver.web.routes import SiteAccess, Surroundings, web_application

KEY = "the key of the site, which nobody guesses"
STRANGER = "198.51.100.7"
TRUSTED = (ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8"))


class Desk:
    """Asks one server as whoever a test says. `access` may be replaced while it runs, as a reload does."""

    def __init__(self, world: World | None = None, **surroundings: Any) -> None:
        self.world = world or World()
        self.access = SiteAccess(title="The Site", admin_key=KEY, token_key="k" * 32, trusted=TRUSTED)
        self.barertc = BareRTCSite(LOBBY, sign_key="k" * 32, history_days=90)
        self.restarts = 0
        self.rebuild(**surroundings)

    def rebuild(self, **surroundings: Any) -> None:
        """Set the server up anew, with parts that it did not have."""
        self.surroundings = Surroundings(
            hub=self.world.hub,
            site=Site,
            websocket_paths=("/ws",),
            restart=self._restart,
            access=lambda: self.access,
            barertc=lambda: self.barertc,
            **surroundings,
        )
        self.app = web_application(self.surroundings)

    def _restart(self) -> None:
        self.restarts += 1

    def change(self, **access: Any) -> None:
        self.access = replace(self.access, **access)

    async def asks(
        self,
        method: str,
        path: str,
        *,
        bearer: str = KEY,
        address: str = STRANGER,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> httpx.Response:
        """Ask as the site, unless `bearer` says otherwise; nobody in particular with an empty one."""
        transport = httpx.ASGITransport(self.app, client=(address, 50_000))
        named = {**({"Authorization": f"Bearer {bearer}"} if bearer else {}), **(headers or {})}
        sent = {name: value.encode() for name, value in named.items()}
        async with httpx.AsyncClient(transport=transport, base_url="http://chat.example") as client:
            answer = await client.request(method, path, headers=sent, **options)
        self.world.clock.settle()
        return answer


@pytest.fixture
def desk() -> Desk:
    return Desk()


NewDesk = Callable[..., Desk]


@pytest.fixture
def new_desk() -> NewDesk:
    return Desk


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Return the problem that an answer must be."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem: dict[str, Any] = answer.json()
    assert problem.keys() == {"type", "title", "status", "detail", "code", "params"}
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, f"/docs#problem-{code}")
    assert problem["detail"]
    assert problem["title"]
    return problem
