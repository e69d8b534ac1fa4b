"""Cameras that may show explicit scenes, where a site permits them: asked about, hinted at, marked by who runs the site."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest
from playwright.async_api import expect
from tests.browser.test_hosting import choose
from tests.browser.test_shapes import judged
from tests.browser.visitor import Open
from tests.client.serving import Server, serving


@pytest.fixture(scope="module")
def permissive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("permissive") / "data", before="PermitNSFW = true") as running:
        yield running


async def test_explicit_cameras(visitor: Open, permissive: Server) -> None:
    """A hint is given without a name; who runs the site marks; whoever wants to watch is asked first, or never again."""
    token = permissive.token("warden", op=True)
    warden, ana, bob = [await visitor(url=permissive.url, alone=False) for _ in range(3)]
    await warden.page.goto(f"{permissive.url}/r/scenes?jwt={token}")
    await warden.is_in()
    await asyncio.gather(ana.enter("Ana", "scenes"), bob.enter("Bob", "scenes"))
    await ana.button("Turn camera on").click()
    await bob.sees(bob.button("Watch Ana's camera"))
    await choose(bob, "Ana", "Suggest to mark their camera as explicit")
    dialog = ana.page.get_by_role("dialog", name="Mark your camera as explicit?")
    await ana.sees(dialog)
    await judged(ana, "a hint")
    await dialog.get_by_role("button", name="Cancel").click()

    await choose(warden, "Ana", "Mark their camera as explicit")
    await ana.sees(ana.toasts.filter(has_text="warden marked your camera as explicit."))
    await ana.picture("marked-explicit")
    await bob.button("Watch Ana's camera").click()
    dialog = bob.page.get_by_role("dialog", name="Watch Ana's camera?")
    await judged(bob, "before an explicit camera")
    await bob.picture("before-explicit")
    await dialog.get_by_label("Do not ask again").check()
    await dialog.get_by_role("button", name="Watch", exact=True).click()
    await bob.watches("Ana's camera")
    await bob.button("Stop watching Ana's camera").click()
    await bob.button("Watch Ana's camera").click()
    await bob.watches("Ana's camera")

    await choose(warden, "Bob", "Let them run the site")
    await bob.sees(bob.toasts.filter(has_text="You run this site now"))
    await expect(bob.person("Ana").get_by_role("button", name=re.compile("^More about"))).to_have_count(1)
    await choose(bob, "Ana", "Stop their camera")
    await ana.misses(ana.video("Your camera"))
