"""Rules that protect people hold whichever wire somebody speaks, and whichever the others read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from tests.bridges.visitors import VISITORS, OnBareRTC, OnNative, OnSpreed, met
from tests.client.serving import Server, serving

SETTINGS = """
[[MessageFilters]]
Enabled = true
PublicChannels = true
PrivateChannels = true
KeywordPhrases = ["(?i)darn(ed)?"]
CensorMessage = true
ForwardMessage = true

[[MessageFilters]]
Enabled = true
PublicChannels = true
PrivateChannels = true
KeywordPhrases = ["buy now"]

[DMLinkSpamProtection]
MaxThreads = 2

[[ModerationRule]]
Username = "watched"
NoBroadcast = true
"""

WIRES = sorted(VISITORS)
of_every_wire = pytest.mark.parametrize("wire", WIRES)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("rules") / "data", after=SETTINGS) as running:
        yield running


class OnNativeWithToken(OnNative):
    """One who runs the site."""

    token = ""

    async def come(self, url: str) -> None:
        await super(OnNative, self).come(url)
        await self.ask(type="identify", name=self.name, token=self.token)
        joined = await self.ask(type="join_room", room="lobby")
        for seat in joined["snapshot"]["participants"]:
            self._meet(seat)


@of_every_wire
async def test_what_a_filter_censors_is_censored_on_every_wire(server: Server, wire: str) -> None:
    async with met(server, wire, *WIRES) as (speaker, *readers):
        await speaker.say("that Darned cat")
        for reader in readers:
            await reader.hears_said("that ****** cat", speaker.name)
            assert "Darned" not in str(reader.inbox)


@of_every_wire
async def test_what_a_filter_keeps_to_its_author_is_heard_on_no_wire(server: Server, wire: str) -> None:
    async with met(server, wire, *WIRES) as (speaker, *readers):
        await speaker.write_to(readers[0].name, "buy now, only for you")
        await speaker.say("buy now")
        await speaker.say("and this is heard")
        for reader in readers:
            await reader.hears_said("and this is heard", speaker.name)
            assert "buy now" not in str(reader.inbox)


async def test_the_name_of_a_file_is_censored_on_spreed(server: Server) -> None:
    async with met(server, "spreed", "spreed") as (speaker, reader):
        assert isinstance(speaker, OnSpreed)
        file = {"id": "f", "name": "darned.pdf"}
        said = {"Message": "File", "NoEcho": True, "Status": {"FileInfo": file}}
        await speaker.send({"Type": "Chat", "Chat": {"To": "", "Type": "Chat", "Chat": said}})
        await reader.hears_said("File", speaker.name)
        assert "darned" not in str(reader.inbox)
        assert "******.pdf" in str(reader.inbox)


@of_every_wire
async def test_one_link_to_too_many_people_ends_the_stay_on_every_wire(server: Server, wire: str) -> None:
    async with met(server, wire, "native", "native", "native") as (spammer, *readers):
        for reader in readers[:2]:
            await spammer.write_to(reader.name, "https://shop.test/")
            await reader.hears_written("https://shop.test/", spammer.name)
        once_more = asyncio.create_task(spammer.write_to(readers[2].name, "https://shop.test/"))
        for reader in readers:
            await reader.misses(spammer.name)
        once_more.cancel()
        await asyncio.gather(once_more, return_exceptions=True)
        assert "https://shop.test/" not in str(readers[2].inbox)


@of_every_wire
async def test_whoever_is_removed_and_banned_is_gone_and_kept_out_of_every_wire(server: Server, wire: str) -> None:
    OnNativeWithToken.token = server.token("olga", op=True)
    async with met(server, wire, "native") as (guest, other):
        olga = OnNativeWithToken("olga")
        await olga.come(server.url)
        await olga.sees(guest.name)
        await olga.ask(type="ban_person", room="lobby", target={"by": "handle", "handle": guest.name}, hours=1)
        await other.misses(guest.name)
        heard = len(other.inbox)
        again = VISITORS["native"](guest.name)
        with pytest.raises(AssertionError, match="banned"):
            await again.come(server.url)
        await again.leave()
        assert "participant_joined" not in str(other.inbox[heard:])
        await olga.leave()


SENDING = "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendrecv\r\n"


@pytest.mark.parametrize("wire", ["native", "conference", "conference-object"])
async def test_whom_the_site_keeps_from_showing_video_sends_none_on_any_wire(server: Server, wire: str) -> None:
    async with met(server, "native") as (other,):
        watched = VISITORS[wire]("watched")
        await watched.come(server.url)
        await other.sees("watched")
        refused = asyncio.create_task(watched.signal(other.name, "offer", SENDING))
        await watched.find("a refusal or nothing", lambda _: True)
        await watched.say("and now")
        await other.hears_said("and now", "watched")
        assert "m=video" not in str(other.inbox)
        refused.cancel()
        await asyncio.gather(refused, return_exceptions=True)
        await watched.leave()


@of_every_wire
async def test_one_who_hides_is_seen_on_no_wire(server: Server, wire: str) -> None:
    OnNativeWithToken.token = server.token("otto", op=True)
    otto = OnNativeWithToken("otto")
    await otto.come(server.url)
    await otto.ask(type="set_status", status="hidden")
    async with met(server, wire, "native") as (viewer, other):
        await other.say("somebody there?")
        await viewer.hears_said("somebody there?", other.name)
        assert "otto" not in str(viewer.inbox)
        heard = len(viewer.inbox)
        await otto.leave()
        await other.say("gone, or never here")
        await viewer.hears_said("gone, or never here", other.name)
        assert "otto" not in str(viewer.inbox[heard:])


@of_every_wire
async def test_a_block_parts_two_people_whatever_wire_the_other_speaks(server: Server, wire: str) -> None:
    async with met(server, wire, "native", "native") as (other, ana, witness):
        assert isinstance(ana, OnNative)
        await ana.ask(type="block", room="lobby", names=[other.name])
        at = len(ana.inbox), len(other.inbox)
        await other.say("from the blocked one")
        place = {"in": "channel", "room": "lobby"}
        said = (await ana.ask(type="post_message", place=place, text="from the one who blocks"))["message"]
        await witness.hears_said("from the blocked one", other.name)
        await witness.hears_said("from the one who blocks", ana.name)
        await ana.ask(type="edit_message", message=said, text="in other words")
        assert isinstance(witness, OnNative)
        await witness.ask(type="react", message=said, emoji="👍")
        await ana.ask(type="retract_message", message=said)
        await witness.say("to both")
        await ana.hears_said("to both", witness.name)
        await other.hears_said("to both", witness.name)
        assert "from the blocked one" not in str(ana.inbox[at[0] :])
        for told in (
            "from the one who blocks",
            "in other words",
            "👍",
            "takeback",
            "took a message",
            "retracted",
            "delete-",
        ):
            assert told not in str(other.inbox[at[1] :])


class OnBareRTCWithToken(OnBareRTC):
    """A user of the site."""

    token = ""

    async def come(self, url: str) -> None:
        await super(OnBareRTC, self).come(url)
        await self.send({"action": "login", "username": self.name, "jwt": self.token})
        await self._hears("me", username=self.name)


async def test_a_user_has_direct_messages_in_the_windows_of_all_wires(server: Server) -> None:
    OnNativeWithToken.token = OnBareRTCWithToken.token = server.token("wanda")
    desk, phone = OnBareRTCWithToken("wanda"), OnNativeWithToken("wanda 2")
    await desk.come(server.url)
    await phone.come(server.url)
    async with met(server, *WIRES) as others:
        for other in others:
            await other.sees("wanda")
            await phone.sees(other.name)
            await other.write_to("wanda", f"psst from {other.wire}")
            await desk.hears_written(f"psst from {other.wire}", other.name)
            await phone.hears_written(f"psst from {other.wire}", other.name)
            await phone.write_to(other.name, f"yes, {other.wire}?")
            await other.hears_written(f"yes, {other.wire}?", "wanda 2")
            await desk.find(
                "the own copy", lambda frame, text=f"<p>yes, {other.wire}?</p>": frame.get("message") == text
            )
    await desk.leave()
    await phone.leave()
