"""Profiles: what the website answers, and how often it is asked."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.integrations.test_webhooks import KEY, URL, Desk, Website

from palaver.core.errors import Unavailable
from palaver.integrations.profiles import GOOD_FOR_S, Profiles

FIELDS = [{"Name": "Age", "Value": "30yo"}]


def profiles(website: Website) -> tuple[Profiles, Desk]:
    desk = Desk(website)
    desk.webhooks.set_up({"profile": URL}, KEY)
    return Profiles(desk.webhooks, desk.clock), desk


def website_that_says(answer: Any, *statuses: int) -> Website:
    website = Website(*statuses)
    website.body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return website


async def test_the_website_is_asked_by_name_and_its_fields_are_passed_on() -> None:
    website = website_that_says({"StatusCode": 200, "Data": {"OK": True, "ProfileFields": FIELDS, "Headline": "Hi"}})
    asked, _ = profiles(website)
    assert await asked.of("soandso") == (200, {"OK": True, "Headline": "Hi", "ProfileFields": FIELDS})
    assert json.loads(website.heard[0].content) == {"Action": "profile", "APIKey": KEY, "Username": "soandso"}


async def test_what_the_website_finds_wrong_is_passed_on() -> None:
    website = website_that_says({"StatusCode": 404, "Data": {"OK": False, "Error": "no such user"}})
    assert await profiles(website)[0].of("x") == (500, {"OK": False, "Error": "no such user"})


async def test_null_is_what_the_website_does_not_say() -> None:
    """As sites in PHP and Go write it; the original's parser took it so."""
    fields = [{"Name": "Age", "Value": None}]
    website = website_that_says({"StatusCode": 200, "Data": {"OK": True, "Error": None, "ProfileFields": fields}})
    assert await profiles(website)[0].of("a") == (200, {"OK": True, "ProfileFields": [{"Name": "Age", "Value": ""}]})
    website = website_that_says({"StatusCode": 200, "Data": {"OK": True, "Headline": None, "ProfileFields": None}})
    assert await profiles(website)[0].of("a") == (200, {"OK": True})
    assert await profiles(website_that_says({"StatusCode": 404, "Data": None}))[0].of("a") == (500, {"OK": False})


@pytest.mark.parametrize("nonsense", [b"", b"<html>", b"[]", b'{"StatusCode":"200"}', b'{"Data":{"ProfileFields":7}}'])
async def test_an_answer_that_makes_no_sense_is_none(nonsense: bytes) -> None:
    with pytest.raises(Unavailable):
        await profiles(website_that_says(nonsense))[0].of("x")


async def test_several_ask_as_one_and_an_answer_is_good_for_a_minute() -> None:
    website = website_that_says({"StatusCode": 200, "Data": {"OK": True}})
    asked, desk = profiles(website)
    await asyncio.gather(*(asked.of("ana") for _ in range(5)))
    await asked.of("ana")
    assert len(website.heard) == 1
    await asked.of("bob")
    desk.clock.advance(GOOD_FOR_S)
    await asked.of("ana")
    assert len(website.heard) == 3
