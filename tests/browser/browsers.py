"""Starts browsers, and lends those that are like any other to one journey after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Playwright
from tests.browser import chromium, firefox
from tests.needs import do_without


class Browsers:
    """Every browser of a run.

    A Chromium without wishes of its own is lent: whoever comes in it has a context that knows nothing of others, and what
    is left of them goes with that. One with flags or a profile of its own, and each Firefox, ends with its journey.
    """

    def __init__(self, playwright: Playwright, folders: pytest.TempPathFactory) -> None:
        self._playwright = playwright
        self._folders = folders
        self._idle: list[Browser] = []

    async def lend(self) -> Browser:
        """Return a Chromium process that nobody else is in, until it is handed back."""
        while self._idle:
            if (browser := self._idle.pop()).is_connected():
                return browser
        return await self.chromium()

    async def take_back(self, browser: Browser, *, keep: bool) -> None:
        """Take one that was lent; after trouble nobody else should come in it, so `keep` is false then."""
        if not keep or not browser.is_connected():
            await browser.close()
            return
        for context in browser.contexts:
            await context.close()
        self._idle.append(browser)

    async def chromium(self, *flags: str) -> Browser:
        """Start one that is nobody else's; its owner closes it."""
        return await self._playwright.chromium.launch(
            executable_path=_chromium(), args=chromium.flags(*flags), ignore_default_args=["--hide-scrollbars"]
        )

    async def chromium_at_home(self, profile: Path, **context: Any) -> BrowserContext:
        """Start one that keeps in `profile` what pages keep, and finds it again when it is started there once more."""
        return await self._playwright.chromium.launch_persistent_context(
            profile, executable_path=_chromium(), args=chromium.flags(), **context
        )

    async def firefox(self, *, dark: bool) -> Browser:
        """Start a Firefox: the windows of one have one focus and one look between them, so none is shared."""
        path = firefox.executable()
        if not path:
            do_without("no Firefox here (install firefox or firefox-esr)")
        return await firefox.launch(self._playwright, path, self._folders.mktemp("firefox"), dark=dark)

    async def close(self) -> None:
        """End those that nobody has."""
        for browser in self._idle:
            await browser.close()


def _chromium() -> str:
    path = chromium.executable()
    if not path:
        do_without("no Chromium here (install chromium or google-chrome)")
    return path
