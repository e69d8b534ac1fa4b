"""Lets the people of one journey in, each in a browser of their own, and closes behind them.

People come in Chromium, unless a journey asks for Firefox; with PALAVER_BROWSER=firefox everybody comes in that.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page
from tests.browser.browsers import Browsers
from tests.browser.visitor import WATCH, Visitor

DESKTOP = {"width": 1280, "height": 800}
IN_FIREFOX = os.environ.get("PALAVER_BROWSER") == "firefox"


class Launcher:
    """The people of one journey to the server at `url`, and the browsers that they came in."""

    def __init__(self, url: str, browsers: Browsers) -> None:
        self._url = url
        self._browsers = browsers
        self._everybody: list[Visitor] = []
        self._lent: list[Browser] = []
        self._own: list[Browser] = []
        self._shared: asyncio.Task[Browser] | None = None

    async def open(
        self,
        *more: str,
        url: str = "",
        alone: bool = True,
        in_firefox: bool = IN_FIREFOX,
        profile: Path | None = None,
        **context: Any,
    ) -> Visitor:
        """Let one more person in, in a browser process of their own; `context` are options of Playwright's context.

        With `alone=False` people share one process, each in a window that knows nothing of the others: enough for words.
        With a `profile`, the browser keeps there what pages keep, and finds it again when it is started there once more.
        """
        options = {"viewport": DESKTOP, "locale": "en-GB", "reduced_motion": "reduce", **context}
        if profile is not None:
            browser, page = await self._at_home(profile, options)
        else:
            dark = context.get("color_scheme") == "dark"
            browser = await self._browser(more, alone=alone, in_firefox=in_firefox, dark=dark)
            page = await (await browser.new_context(**options)).new_page()
        await page.add_init_script(WATCH)
        one = Visitor(browser, page, url or self._url)
        self._everybody.append(one)
        return one

    async def pictures(self, name: str) -> None:
        """Keep a screenshot of everybody whose browser is still there."""
        for number, one in enumerate(self._everybody):
            if one.browser.is_connected():
                await one.picture(f"{name}-{number}")

    async def close(self, *, failed: bool) -> None:
        """Close what was opened, and of a journey that failed for good; fail where a console complained unforgiven."""
        for browser in self._own:
            await browser.close()
        for browser in self._lent:
            await self._browsers.take_back(browser, keep=not failed)
        people = enumerate(self._everybody)
        grievances = {one.name or str(number): said for number, one in people if (said := one.grievances())}
        assert not grievances, grievances

    async def _browser(self, more: tuple[str, ...], *, alone: bool, in_firefox: bool, dark: bool) -> Browser:
        if in_firefox:
            return self._owned(await self._browsers.firefox(dark=dark))
        if more:
            return self._owned(await self._browsers.chromium(*more))
        if alone:
            return await self._borrowed()
        if self._shared is None:
            self._shared = asyncio.create_task(self._borrowed())
        return await self._shared

    async def _at_home(self, profile: Path, options: dict[str, Any]) -> tuple[Browser, Page]:
        context = await self._browsers.chromium_at_home(profile, **options)
        assert context.browser is not None
        return self._owned(context.browser), context.pages[0]

    async def _borrowed(self) -> Browser:
        browser = await self._browsers.lend()
        self._lent.append(browser)
        return browser

    def _owned(self, browser: Browser) -> Browser:
        self._own.append(browser)
        return browser
