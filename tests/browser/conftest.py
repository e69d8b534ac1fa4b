"""A real server, and as many browsers as a journey has people. Every complaint of a console fails its journey."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from playwright.async_api import Playwright, async_playwright
from tests.browser import chromium as chromiums
from tests.browser import firefox as firefoxes
from tests.browser.launcher import Launcher
from tests.browser.visitor import Open
from tests.client.serving import Server, Wire, serving
from tests.needs import do_without


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The system's Chromium; where there is none, skip, or fail in CI."""
    path = chromiums.executable()
    if not path:
        do_without("no Chromium here (install chromium or google-chrome)")
    return path


@pytest.fixture(scope="session")
def firefox() -> str:
    """The system's Firefox; where there is none, skip, or fail in CI."""
    path = firefoxes.executable()
    if not path:
        do_without("no Firefox here (install firefox or firefox-esr)")
    return path


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


@pytest.fixture
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as running:
        yield running


@pytest.fixture
async def visitor(
    server: Server, playwright: Playwright, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Open]:
    """Start a browser of its own for one more person: see `Launcher.open`."""
    launcher = Launcher(server.url, playwright, request.getfixturevalue, tmp_path_factory.mktemp)
    yield launcher.open
    if getattr(request.node, "failed", False):
        await launcher.pictures(f"failed-{request.node.name}")
    await launcher.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    report = yield
    if report.when == "call":
        item.failed = report.failed  # type: ignore[attr-defined] - read when the journey's browsers are closed
    return report
