"""A real server, and as many browsers as a journey has people. Every complaint of a console fails its journey.

People come in Chromium, unless a journey asks for Firefox; with PALAVER_BROWSER=firefox everybody comes in that.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Playwright, async_playwright
from tests.browser import chromium as chromiums
from tests.browser import firefox as firefoxes
from tests.browser.visitor import WATCH, Open, Visitor
from tests.client.serving import Server, Wire, serving
from tests.needs import do_without

DESKTOP = {"width": 1280, "height": 800}
IN_FIREFOX = os.environ.get("PALAVER_BROWSER") == "firefox"


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
    """Start a browser of its own for one more person; `context` are options of Playwright's browser context.

    With `alone=False` people share one process, each in a window that knows nothing of the others: enough for words.
    With a `profile`, the browser keeps there what pages keep, and finds it again when it is started there once more.
    """
    everybody: list[Visitor] = []
    shared: list[asyncio.Task[Browser]] = []

    async def launch(*more: str, in_firefox: bool = False, dark: bool = False) -> Browser:
        if in_firefox:
            path, home = request.getfixturevalue("firefox"), tmp_path_factory.mktemp("firefox")
            return await firefoxes.launch(playwright, path, home, dark=dark)
        return await playwright.chromium.launch(
            executable_path=request.getfixturevalue("chromium"),
            args=chromiums.flags(*more),
            ignore_default_args=["--hide-scrollbars"],
        )

    async def at_home(profile: Path, options: dict[str, Any]) -> tuple[Browser, Page]:
        context = await playwright.chromium.launch_persistent_context(
            profile, executable_path=request.getfixturevalue("chromium"), args=chromiums.flags(), **options
        )
        assert context.browser is not None
        return context.browser, context.pages[0]

    async def start(
        *more: str,
        url: str = "",
        alone: bool = True,
        in_firefox: bool = IN_FIREFOX,
        profile: Path | None = None,
        **context: Any,
    ) -> Visitor:
        options = {"viewport": DESKTOP, "locale": "en-GB", "reduced_motion": "reduce", **context}
        # The windows of one Firefox have one focus and one look between them.
        if profile is not None:
            browser, page = await at_home(profile, options)
        elif in_firefox:
            browser = await launch(in_firefox=True, dark=context.get("color_scheme") == "dark")
        elif alone:
            browser = await launch(*more)
        else:
            if not shared:
                shared.append(asyncio.create_task(launch()))
            browser = await shared[0]
        if profile is None:
            page = await (await browser.new_context(**options)).new_page()
        await page.add_init_script(WATCH)
        one = Visitor(browser, page, url or server.url)
        everybody.append(one)
        return one

    yield start
    open_ones = [(number, one) for number, one in enumerate(everybody) if one.browser.is_connected()]
    if getattr(request.node, "failed", False):
        for number, one in open_ones:
            await one.picture(f"failed-{request.node.name}-{number}")
    for _, one in open_ones:
        await one.browser.close()
    grievances = {one.name or str(number): said for number, one in enumerate(everybody) if (said := one.grievances())}
    assert not grievances, grievances


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Any:
    report = yield
    if report.when == "call":
        item.failed = report.failed  # type: ignore[attr-defined] - read when the journey's browsers are closed
    return report
