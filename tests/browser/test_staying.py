"""A page that is loaded anew goes on with its session; one that is closed, or goes elsewhere, does not."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Dialog, expect
from tests.browser.visitor import Open, meet
from tests.client.serving import Server


async def test_reload_keeps_the_session(visitor: Open) -> None:
    """The same seat, conversation, drafts and camera rules, and nobody hears of a departure; the call is left behind."""
    ana, bob = await meet(visitor, "stay", "Ana", "Bob", alone=False)
    await bob.say("think about it")
    await ana.button("Message Bob").click()
    await ana.say("a secret")
    await ana.button("main").click()
    await ana.message("think about it").hover()
    await ana.message("think about it").get_by_role("button", name="Reply").click()
    await ana.box.fill("half a thought")
    await ana.join_call()
    await ana.button("Bob").click()
    await bob.sees(bob.page.get_by_role("list", name="In the call"))
    await ana.page.reload()
    await ana.is_in()
    await ana.sees(ana.message("a secret"))
    await ana.sees(ana.page.get_by_role("heading", name="Bob"))
    await bob.sees(bob.person("Ana"))
    await bob.misses(bob.page.get_by_role("list", name="In the call"))
    await expect(bob.page.get_by_role("list", name="Here").get_by_text("Ana 2")).to_have_count(0)
    await bob.say("still there?")
    await ana.button(re.compile("^main")).click()
    await ana.sees(ana.message("still there?"))
    await ana.sees(ana.page.get_by_text("Replying to Bob"))
    await expect(ana.box).to_have_value("half a thought")
    await expect(ana.toasts).to_have_count(0)

    await ana.page.close()
    await bob.misses(bob.person("Ana"))


async def test_a_page_that_stays_after_all(visitor: Open) -> None:
    """An address that leads nowhere costs nobody anything; in a call one is asked first."""
    ana, bob = await meet(visitor, "nowhere", "Ana", "Bob", alone=False)
    questions: list[str] = []

    async def stay(question: Dialog) -> None:
        questions.append(question.type)
        await question.dismiss()

    ana.page.on("dialog", stay)
    await ana.page.route("**/nowhere", lambda route: route.fulfill(status=204))
    await ana.page.evaluate("location.href = '/nowhere'")
    await ana.say("still here")
    await bob.sees(bob.message("still here"))
    await expect(ana.page.locator(".banner")).to_have_count(0)
    assert not questions

    await asyncio.gather(ana.join_call(), bob.join_call())
    await asyncio.gather(ana.watches("Bob's camera"), bob.watches("Ana's camera"))
    await ana.page.evaluate("location.href = '/nowhere'")
    await ana.say("still in the call")
    await bob.sees(bob.message("still in the call"))
    assert questions == ["beforeunload"]
    assert await ana.page.evaluate("window[Symbol.for('tests.connections')].length") == 1
    await bob.watches("Ana's camera")
    await expect(ana.toasts).to_have_count(0)
    await ana.button("Leave call").click()
    await ana.sees(ana.button(re.compile("^Join call")))
    await ana.page.evaluate("location.href = '/nowhere'")
    await ana.say("out of it again")
    await bob.sees(bob.message("out of it again"))
    assert len(questions) == 1


async def test_going_elsewhere_ends_the_session(visitor: Open, server: Server) -> None:
    """Another address in the same window is an entrance, and the name is free again at once; a site's user stays."""
    ana, bob = await meet(visitor, "elsewhere", "Ana", "Bob", alone=False)
    await ana.enter("Ana", "elsewhere")
    await expect(bob.page.get_by_role("list", name="Here").get_by_text("Ana", exact=True)).to_have_count(1)
    token = server.token("alice")
    alice = await visitor(alone=False)
    await alice.page.goto(f"{server.url}/r/elsewhere?jwt={token}")
    await alice.is_in()
    await alice.page.reload()
    await alice.is_in()
    await alice.say("me again")
    await bob.sees(bob.message("me again"))
