"""People kept at hand, and videos that a message links to."""

from __future__ import annotations

import re

from playwright.async_api import Route, expect
from tests.browser.test_shapes import judged
from tests.browser.visitor import Open, meet

VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


async def test_contacts_are_at_hand_in_every_room(visitor: Open) -> None:
    """Kept across visits, told of when they come, and written to without being looked for."""
    ana, bob = await meet(visitor, "company", "Ana", "Bob", alone=False)
    await ana.button("More about Bob").click()
    await ana.page.get_by_role("menuitem", name="Keep as a contact").click()
    contacts = ana.page.get_by_role("list", name="Contacts")
    await ana.sees(contacts.get_by_role("button", name=re.compile("^Bob.*, here")))
    await bob.enter("Bob", "elsewhere-company")
    await ana.sees(contacts.get_by_role("button", name=re.compile("^Bob.*, not here")))
    await judged(ana, "a contact who is not here")
    await ana.enter("Ana", "elsewhere-company")
    await contacts.get_by_role("button", name=re.compile("^Bob.*, here")).click()
    await ana.say("found you")
    await bob.sees(bob.page.get_by_role("button", name=re.compile("^Ana.*1 unread message")))
    await ana.picture("contacts")
    await contacts.get_by_role("listitem").hover()
    await ana.button("Remove Bob from contacts").click()
    await ana.misses(contacts)


async def test_a_video_is_loaded_only_when_asked_for(visitor: Open) -> None:
    """Its site hears nothing of readers who do not play it, and frames of other sites are shown nowhere."""
    ana = await visitor(alone=False)
    asked: list[str] = []

    async def elsewhere(route: Route) -> None:
        asked.append(route.request.url)
        await route.fulfill(body="<p>the video</p>", content_type="text/html")

    await ana.page.route(re.compile("youtube"), elsewhere)
    await ana.enter("Ana", "cinema")
    await ana.say(f"see {VIDEO} and <iframe src='https://example.org/'></iframe>")
    play = ana.button("Play the video here (YouTube)")
    await ana.sees(play)
    assert asked == []
    await expect(ana.page.locator("iframe")).to_have_count(0)
    await play.click()
    await ana.sees(ana.page.frame_locator("iframe[title='Video from YouTube']").get_by_text("the video"))
    assert asked == ["https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1"]
    await judged(ana, "a video")
    await ana.picture("video")
