"""The bot's own folder: `chatbot.toml` with BareBot's names, the brain, and what it learned of people (§8.1)."""

from __future__ import annotations

import re
import shutil
import tomllib
import uuid
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

FILE = "chatbot.toml"
VERSION = 1

_TEMPLATE = """\
# Settings of a Palaver bot. AdminAPIKey is the server's (settings.toml there); URL is where people open the chat.
Version = {version}
WebSocketReadLimit = 41943040  # bytes

[BareRTC]
  AdminAPIKey = "{key}"
  URL = "http://localhost:9000"

[Profile]
  Username = "barebot"
  Nickname = "BareBOT"
  ProfileURL = ""
  AvatarURL = ""
  Emoji = "🤖"
  Gender = ""
  IsAdmin = false
"""


class BotSettingsError(Exception):
    """The folder cannot be used; the sentence says why."""


def _file_name(name: str) -> str:
    words = {"url": "URL", "api": "API"}
    return "".join(words.get(word, word.capitalize()) for word in name.split("_"))


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename=_file_name):
    """Which server, and the key with which it signs the bot in."""

    admin_api_key: str = msgspec.field(default="", name="AdminAPIKey")
    url: str = "http://localhost:9000"


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename=_file_name):
    """Who the bot is in the chat; becomes the claims of its token (docs/dialects/barertc.md §2.1)."""

    username: str = "barebot"
    display_name: str = msgspec.field(default="BareBOT", name="Nickname")
    profile_url: str = msgspec.field(default="", name="ProfileURL")
    avatar_url: str = msgspec.field(default="", name="AvatarURL")
    emoji: str = "🤖"
    gender: str = ""
    is_admin: bool = False

    @property
    def claims(self) -> dict[str, Any]:
        """The claims that the server is asked to sign."""
        return {
            "sub": self.username,
            "nick": self.display_name,
            "url": self.profile_url,
            "img": self.avatar_url,
            "emoji": self.emoji,
            "gender": self.gender,
            "op": self.is_admin,
        }


class BotSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename=_file_name):
    """What stands in `chatbot.toml`. `web_socket_read_limit` is in bytes; 0 is no limit."""

    version: int = -1
    web_socket_read_limit: int = 41_943_040
    server: Server = msgspec.field(default=Server(), name="BareRTC")
    profile: Profile = Profile()


def first_run(folder: Path) -> bool:
    """Make what the folder lacks; return whether the settings were made now and have to be edited first.

    Raises BotSettingsError where the folder cannot be written.
    """
    file, brain = folder / FILE, folder / "brain"
    try:
        for part in (folder, folder / "logs", folder / "userdata"):
            part.mkdir(parents=True, exist_ok=True)
        if not brain.exists():
            with resources.as_file(resources.files("palaver.bot") / "brain") as ours:
                shutil.copytree(ours, brain)
        if file.exists():
            return False
        file.touch(mode=0o600)
        file.write_text(_TEMPLATE.format(version=VERSION, key=uuid.uuid4()), encoding="utf-8")
    except OSError as error:
        raise BotSettingsError(f"{folder} cannot be used: {error}") from error
    return True


def load(folder: Path) -> BotSettings:
    """Return the settings of a bot. Raises BotSettingsError with the file and what is wrong with it."""
    file = folder / FILE
    try:
        held = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), BotSettings)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BotSettingsError(f"{file}: {error}") from error
    if not held.server.admin_api_key or not held.profile.username:
        raise BotSettingsError(f"{file}: [BareRTC] AdminAPIKey and [Profile] Username must not be empty")
    if not _is_web_url(held.server.url):
        raise BotSettingsError(f"{file}: [BareRTC] URL is not a web address; write such as http://localhost:9000")
    return held


def _is_web_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises when it is no number below 65536
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not re.search(r"\s", url)
