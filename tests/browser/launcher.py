"""Starts the browsers of a journey, one for each person, and closes them.

People come in Chromium, unless a journey asks for Firefox; with PALAVER_BROWSER=firefox everybody comes in that.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Playwright
from tests.browser import chromium as chromiums
from tests.browser import firefox as firefoxes
from tests.browser.visitor import WATCH, Visitor

DESKTOP = {"width": 1280, "height": 800}
IN_FIREFOX = os.environ.get("PALAVER_BROWSER") == "firefox"


class Launcher:
    """The browsers of one journey. `executable` finds one by name, or skips; `new_folder` makes a place for a profile."""

    def __init__(
        self,
        url: str,
        playwright: Playwright,
        executable: Callable[[str], str],
        new_folder: Callable[[str], Path],
    ) -> None:
        self._url = url
        self._playwright = playwright
        self._executable = executable
        self._new_folder = new_folder
        self._everybody: list[Visitor] = []
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
        """Start a browser of its own for one more person; `context` are options of Playwright's browser context.

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

    async def close(self) -> None:
        """End every browser; fail where a console complained of what nobody forgave."""
        for one in self._everybody:
            if one.browser.is_connected():
                await one.browser.close()
        people = enumerate(self._everybody)
        grievances = {one.name or str(number): said for number, one in people if (said := one.grievances())}
        assert not grievances, grievances

    async def _browser(self, more: tuple[str, ...], *, alone: bool, in_firefox: bool, dark: bool) -> Browser:
        # The windows of one Firefox have one focus and one look between them.
        if in_firefox:
            home = self._new_folder("firefox")
            return await firefoxes.launch(self._playwright, self._executable("firefox"), home, dark=dark)
        if alone:
            return await self._chromium(*more)
        if self._shared is None:
            self._shared = asyncio.create_task(self._chromium())
        return await self._shared

    async def _chromium(self, *more: str) -> Browser:
        return await self._playwright.chromium.launch(
            executable_path=self._executable("chromium"),
            args=chromiums.flags(*more),
            ignore_default_args=["--hide-scrollbars"],
        )

    async def _at_home(self, profile: Path, options: dict[str, Any]) -> tuple[Browser, Page]:
        context = await self._playwright.chromium.launch_persistent_context(
            profile, executable_path=self._executable("chromium"), args=chromiums.flags(), **options
        )
        assert context.browser is not None
        return context.browser, context.pages[0]
