"""A real server, and as many browsers as a journey has people. Every complaint of a console fails its journey."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright
from tests.browser.browsers import Browsers
from tests.browser.launcher import Launcher
from tests.browser.visitor import Open
from tests.client.serving import Server, Wire, serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("browser") / "data") as running:
        yield running


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    """A way to the server that can be cut."""
    wire = Wire(server.url)
    yield wire
    wire.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browsers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browsers]:
    async with async_playwright() as playwright:
        browsers = Browsers(playwright, tmp_path_factory)
        yield browsers
        await browsers.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(server: Server, browsers: Browsers, request: pytest.FixtureRequest) -> AsyncIterator[Open]:
    """Let one more person in: see `Launcher.open`."""
    launcher = Launcher(server.url, browsers)
    yield launcher.open
    failed = getattr(request.node, "failed", False)
    if failed:
        await launcher.pictures(f"failed-{request.node.name}")
    await launcher.close(failed=failed)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    report = yield
    if report.when == "call":
        item.failed = report.failed  # type: ignore[attr-defined] - read when the journey's browsers are closed
    return report
