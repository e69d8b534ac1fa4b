"""Each option of the tables about what people may say and show, changed, and what that does to people."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.fakes import LOBBY, FakeSiteCalls, Person, World

from palaver.app import values
from palaver.config import Settings
from palaver.config.tables import DMLinkSpamProtection, MessageFilter, Webhook
from palaver.core import errors
from palaver.core.chat import InChannel, PostMessage, ToPerson
from palaver.core.participants import ByHandle

DARN = MessageFilter(
    enabled=True, public_channels=True, private_channels=True, keyword_phrases=("darn",), forward_message=True
)


class Talk:
    """Ana and Bob under some settings."""

    def __init__(self, settings: Settings) -> None:
        self.calls = FakeSiteCalls("report")
        self.world = World(admission=values.admission(settings), site_calls=self.calls)
        self.ana, self.bob = self.world.open("ana", "lobby"), self.world.open("bob", "lobby")
        self.ana.hears()

    def said(self, text: str = "oh darn", *, to: str = "") -> tuple[list[str], list[str]]:
        """Return what Ana and Bob hear of something that Ana says."""
        place = ToPerson(ByHandle(to)) if to else InChannel(LOBBY)
        self.ana.ask(PostMessage(place, text))
        return _heard(self.ana), _heard(self.bob)


def _heard(person: Person) -> list[str]:
    words = {"message_posted": lambda event: event["message"]["text"], "notice": lambda event: event["text"]}
    return [words[event["type"]](event) for event in person.hears() if event["type"] in words]


def filtered(**options: Any) -> Talk:
    return Talk(Settings(message_filters=(msgspec.structs.replace(DARN, **options),)))


def test_a_filter_that_is_not_enabled_finds_nothing() -> None:
    assert filtered(censor_message=True).said()[1] == ["oh ****"]
    assert filtered(censor_message=True, enabled=False).said()[1] == ["oh darn"]


@pytest.mark.parametrize(("option", "to"), [("public_channels", ""), ("private_channels", "bob")])
def test_a_filter_reads_channels_and_direct_messages_where_it_is_told_to(option: str, to: str) -> None:
    assert filtered(censor_message=True).said(to=to)[1] == ["oh ****"]
    assert filtered(censor_message=True, **{option: False}).said(to=to)[1] == ["oh darn"]


def test_phrases_decide_what_is_found() -> None:
    talk = filtered(censor_message=True, keyword_phrases=("(?i)heck",))
    assert talk.said()[1] == ["oh darn"]
    assert talk.said("oh HECK")[1] == ["oh ****"]


def test_what_is_not_forwarded_stays_with_its_author() -> None:
    assert filtered(forward_message=False).said() == (["oh darn"], [])


def test_a_response_is_for_the_author() -> None:
    assert filtered(chat_server_response="Mind your words.").said() == (["oh darn", "Mind your words."], ["oh darn"])


def test_what_is_to_be_reported_is() -> None:
    for wanted in (False, True):
        talk = filtered(report_message=wanted)
        talk.said()
        assert len(talk.calls.calls) == wanted


def spam(**options: Any) -> Talk:
    return Talk(Settings(dm_link_spam_protection=DMLinkSpamProtection(**options)))


def sends_to(talk: Talk, people: int) -> None:
    for at in range(people):
        talk.world.open(f"reader {at}", "lobby")
        talk.said("https://shop.test/", to=f"reader {at}")


def test_one_link_may_be_sent_to_as_many_people_as_it_says() -> None:
    sends_to(spam(), 5)
    with pytest.raises(errors.Kicked):
        sends_to(spam(), 6)
    with pytest.raises(errors.Kicked):
        sends_to(spam(max_threads=1), 2)


@pytest.mark.parametrize("off", [{"enabled": False}, {"max_threads": 0}])
def test_the_rule_against_spam_may_be_off(off: dict[str, Any]) -> None:
    sends_to(spam(**off), 7)


def test_a_link_is_forgotten_after_its_time() -> None:
    talk = spam(max_threads=1, time_limit=60)
    sends_to(talk, 1)
    talk.world.clock.advance(61)
    talk.said("https://shop.test/", to="bob")


def test_who_goes_on_is_banned_for_so_many_hours() -> None:
    talk = spam(max_threads=1, ban_hours=2)
    with pytest.raises(errors.Kicked):
        sends_to(talk, 2)
    talk.world.clock.advance(61)
    talk.ana = talk.world.open("ana", "lobby")
    with pytest.raises(errors.Banned):
        talk.said("https://shop.test/", to="bob")
    (ban,) = talk.world.hub.bans
    assert ban.until_ms == int((talk.world.clock.now() + 2 * 3600) * 1000)


def test_a_webhook_is_called_where_it_is_enabled_and_the_first_of_a_name_counts() -> None:
    url = "https://site.test/hook"
    tables = (Webhook("report", enabled=False, url=url), Webhook("report", enabled=True, url=url))
    assert values.webhook_addresses(Settings(webhook_urls=tables)) == {}
    assert values.webhook_addresses(Settings(webhook_urls=tables[::-1])) == {"report": url}
    assert values.webhook_addresses(Settings(webhook_urls=(Webhook("profile", enabled=True, url=url),))) == {
        "profile": url
    }
