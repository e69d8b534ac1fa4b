"""Files from one browser to another, past the server: offered, accepted, refused, stopped on the way."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

from playwright.async_api import Locator, expect
from tests.browser.test_shapes import PHONE, fits, judged
from tests.browser.visitor import PATIENCE_S, Open, Visitor


def card(one: Visitor, name: str) -> Locator:
    return one.page.get_by_role("list", name="Files").get_by_role("listitem", name=name)


async def offer(one: Visitor, path: Path) -> None:
    await one.button("Send something else").click()
    async with one.page.expect_file_chooser() as chosen:
        await one.page.get_by_role("menuitem", name="Send a file").click()
    await (await chosen.value).set_files(path)


async def test_file_goes_from_one_to_the_other(visitor: Open, tmp_path: Path) -> None:
    """Nothing moves before the other says yes; what is saved is what was sent; either may stop it."""
    ana, bob = await asyncio.gather(visitor(), visitor(color_scheme="dark", **PHONE))
    await asyncio.gather(ana.enter("Ana", "files"), bob.enter("Bob", "files"))
    plan = tmp_path / "plan.bin"
    plan.write_bytes(bytes(at * 7 % 251 for at in range(3_000_001)))
    await ana.button("Message Bob").click()
    await offer(ana, plan)
    await ana.sees(card(ana, "plan.bin").get_by_text("Waiting until Bob accepts"))
    await bob.sees(bob.toasts.filter(has_text="Ana offers you plan.bin (2.9 MB)."))
    await bob.page.get_by_role("navigation", name="Panels").get_by_role("button", name="Rooms").click()
    await bob.page.get_by_role("button", name="Ana A file is offered").click()
    await judged(bob, "an offered file")
    await fits(bob)
    await bob.picture("file-offered-phone")
    await ana.picture("file-offered")

    await card(bob, "plan.bin").get_by_role("button", name="Accept").click()
    await bob.sees(card(bob, "plan.bin").get_by_text("Complete"))
    await ana.sees(card(ana, "plan.bin").get_by_text("Complete"))
    await fits(bob)
    await bob.picture("file-there-phone")
    async with bob.page.expect_download(timeout=PATIENCE_S * 1000) as kept:
        await card(bob, "plan.bin").get_by_role("button", name="Save").click()
    saved = await (await kept.value).path()
    assert (await kept.value).suggested_filename == "plan.bin"
    assert hashlib.sha256(saved.read_bytes()).digest() == hashlib.sha256(plan.read_bytes()).digest()

    for name in ("no.txt", "stop.txt"):
        (tmp_path / name).write_text("words")
        await offer(ana, tmp_path / name)
    await card(bob, "no.txt").get_by_role("button", name="Refuse").click()
    await ana.sees(card(ana, "no.txt").get_by_text("Bob did not take it."))
    await card(ana, "stop.txt").get_by_role("button", name="Cancel").click()
    await bob.sees(card(bob, "stop.txt").get_by_text("Cancelled"))
    await bob.button("Remove stop.txt from the list").click()
    await expect(card(bob, "stop.txt")).to_have_count(0)
