"""Python client of the native dialect: one session with a server, kept through losses of its connection.

    async with Client("https://chat.example.org", name="clock") as client:
        async for news in client.events():
            ...

It says and hears the core's own words (`palaver.core`), in the frames of `palaver.dialects.native.wire`; it knows no server
code. `docs/howto/use-the-python-client.md` is the way in.
"""

from palaver.client.client import Client, Missed, News
from palaver.client.endings import ClientError, Ended, Lost
from palaver.client.tokens import Clock, FreshToken

__all__ = ["Client", "ClientError", "Clock", "Ended", "FreshToken", "Lost", "Missed", "News"]
