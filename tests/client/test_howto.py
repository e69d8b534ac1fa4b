"""The example of the guide runs as it is printed."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from tests.client.serving import Server

from palaver.client import Client
from palaver.core.chat import InChannel, MessagePosted, PostMessage
from palaver.core.ids import RoomId
from palaver.core.rooms import JoinRoom

GUIDE = Path(__file__).parents[2] / "docs" / "howto" / "use-the-python-client.md"


async def test_bot_of_the_guide_answers(server: Server, tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    script = tmp_path / "echo.py"
    script.write_text(example)
    bot = await asyncio.create_subprocess_exec(
        sys.executable, str(script), server.url, "guide", stdout=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(30), Client(server.url, name="ana") as ana:
            assert bot.stdout is not None
            assert await bot.stdout.readline() == b"echo is here\n"
            await ana.ask(JoinRoom(RoomId("guide")))
            posted = await ana.ask(PostMessage(InChannel(RoomId("guide")), "anybody here?"))
            async for news in ana.events():
                if isinstance(news, MessagePosted) and news.message.author.handle == "echo":
                    assert (news.message.text, news.message.reply_to) == ("> anybody here?", posted.message)
                    break
    finally:
        bot.terminate()
        await bot.wait()
