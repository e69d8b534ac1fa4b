"""Names and texts that pretend, mislead or overflow."""

from __future__ import annotations

import pytest
from tests.abuse.conftest import Enter

BAD_NAMES = {
    "nothing": "",
    "spaces": "   ",
    "markup": "<b>ana</b>",
    "an image": "<img src=x onerror=alert(1)>",
    "right-to-left override": "ana\u202egpj",
    "isolate": "ana\u2066x",
    "zero-width space": "an\u200ba",
    "zero-width joiner": "an\u200da",
    "byte order mark": "\ufeffana",
    "soft hyphen": "an\u00ada",
    "tag characters": "ana\U000e0041",
    "Hangul filler": "\u3164",
    "Braille blank": "\u2800",
    "line break": "ana\nben",
    "carriage return": "ana\r\nben",
    "NUL": "ana\0",
    "escape": "\x1b[31mana",
    "private use": "ana\ue000",
    "10 KB": "a" * 10_240,
    "33 characters": "a" * 33,
    "Zalgo": "a" + "\u0301" * 20,
    "leading at": "@ana",
    "wide at": "\uff20ana",
}
RESERVED = ["Palaver", "PALAVER", "palaver ", "Ｐalaver", "system", "ChatServer", "everyone", "he\u00adre", "ｈｅｒｅ"]


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES.keys())
async def test_a_name_that_could_mislead_is_refused_everywhere(dial: Enter, enter: Enter, name: str) -> None:
    assert (await (await dial()).ask("identify", name=name))["code"] == "bad_name"
    ana = await enter("ana")
    if name:
        assert (await ana.ask("join_room", room="names", create=True, handle=name))["code"] == "bad_name"
    if name.strip() and not name.startswith(("<", "@", "\uff20")) and len(name) != 33:
        assert (await ana.ask("rename", display_name=name))["code"] == "bad_name"


@pytest.mark.parametrize("name", RESERVED)
async def test_nobody_bears_a_name_of_the_server(dial: Enter, enter: Enter, name: str) -> None:
    assert (await (await dial()).ask("identify", name=name))["code"] == "bad_name"
    ana = await enter("ana")
    assert (await ana.ask("rename", display_name=name))["code"] == "bad_name"


@pytest.mark.parametrize("name", ["ANA", "ａｎａ", "ana ", " ana", "𝐚𝐧𝐚"])
async def test_nobody_bears_the_name_of_another_in_disguise(enter: Enter, name: str) -> None:
    room = f"masks of {name!r}"
    first, second = await enter("ana", room), await enter("ben")
    snapshot = await second.join(room, handle=name)
    handles = {seat["handle"] for seat in snapshot["participants"]}
    assert len(handles) == 2
    assert snapshot["you"]["handle"].endswith("2")
    assert first.code is None


@pytest.mark.parametrize(
    "room",
    ["", " ", "a\nb", "a\0b", "\u202elobby", "r" * 129, "r" * 10_240, "\u200b"],
    ids=lambda room: repr(room)[:12],
)
async def test_a_room_cannot_be_called_so(enter: Enter, room: str) -> None:
    ana = await enter("ana")
    assert (await ana.ask("join_room", room=room, create=True))["code"] in {"bad_name", "no_such_room"}
    made = await ana.ask("create_room", room=room)
    if room:
        assert made["code"] == "bad_name"
    else:
        assert len(made["room"]) == 14, "without a name the server makes one that cannot be guessed"


async def test_status_and_titles_cannot_turn_the_writing(enter: Enter) -> None:
    host = await enter("host")
    await host.ask("create_room", room="titled")
    await host.join("titled")
    for text in ("a\u202eb", "a\nb", "a\0b"):
        assert (await host.ask("set_status", text=text))["code"] == "bad_text"
        assert (await host.ask("update_room", room="titled", title=text))["code"] == "bad_text"
        assert (await host.ask("add_channel", room="titled", channel="c", title=text))["code"] == "bad_text"
        assert (await host.ask("add_channel", room="titled", channel=text))["code"] == "bad_name"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//evil.example/x",
        "/v1/picturesX",
        "\thttps://x",
        "http",
        "",
        "https://" + "x" * 2050,
    ],
)
async def test_an_attachment_points_to_the_web_and_nowhere_else(enter: Enter, address: str) -> None:
    ana = await enter("ana", "gallery")
    answer = await ana.post("gallery", "look", attachments=[{"url": address}])
    assert answer["code"] == "bad_text"


async def test_a_text_is_told_as_it_was_written_and_without_controls(enter: Enter) -> None:
    ana, ben = await enter("ana", "plain"), await enter("ben", "plain")
    await ana.post("plain", "<script>alert(1)</script> \x00\x07\x1b[31m \u202e")
    await ben.hears("<script>alert(1)</script> [31m \u202e")


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "\0\0"])
async def test_a_text_says_something(enter: Enter, text: str) -> None:
    assert (await (await enter("ana", "mute")).post("mute", text))["code"] == "bad_text"


async def test_ten_kilobytes_of_text_pass_and_more_do_not(enter: Enter) -> None:
    ana = await enter("ana", "essay")
    assert (await ana.post("essay", "x" * 10_000))["type"] == "posted"
    assert (await ana.post("essay", "x" * 10_001))["code"] == "too_large"
    assert (await ana.post("essay", "x" * 900_000))["code"] == "too_large"
    assert (await ana.post("essay", "ok", nonce="n" * 65))["code"] == "too_large"
