"""Knows the words of the command line and their options; leaves what they do to the modules beside it."""

from __future__ import annotations

import enum
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from palaver.cli import bot, config, token
from palaver.core.ids import SITE_REALM

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
config_app = typer.Typer(help="Look at the settings.", no_args_is_help=True)
token_app = typer.Typer(help="Tokens with which the website vouches for a user.", no_args_is_help=True)
app.add_typer(config_app, name="config")
app.add_typer(token_app, name="token")
webhooks_app = typer.Typer(help="Calls of the website that could not be delivered.", no_args_is_help=True)
app.add_typer(webhooks_app, name="webhooks")
user_app = typer.Typer(help="What is stored about one user.", no_args_is_help=True)
app.add_typer(user_app, name="user")
history_app = typer.Typer(help="What was said in durable channels.", no_args_is_help=True)
app.add_typer(history_app, name="history")

DataDir = Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder of settings, database and pictures.")]
DEFAULT_DATA_DIR = Path("palaver-data")


def _text(value: str) -> str:
    if not value.isprintable():  # bytes that are no UTF-8 among them
        raise typer.BadParameter("it holds what cannot be printed.")
    return value


Subject = Annotated[str, typer.Argument(metavar="SUB", help="The user, as tokens name them.", callback=_text)]
Realm = Annotated[str, typer.Option(help="Who vouches for the user: site, or the realm of Spreed's accounts.")]
BotDir = Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder of the bot's settings and brain.")]
DEFAULT_BOT_DIR = Path("palaver-bot")


class Tls(enum.StrEnum):
    SELF_SIGNED = "self-signed"


def _say_version(wanted: bool) -> None:
    if wanted:
        print(f"palaver {version('palaver')}, Python {platform.python_version()}")
        raise typer.Exit


@app.callback()
def begin(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Chat, presence and call signalling for the web."""


@app.command()
def serve(
    data: DataDir = DEFAULT_DATA_DIR,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 is every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 picks a free one.")] = 9000,
    tls: Annotated[Tls | None, typer.Option(help="Make a certificate, for trying a phone on the LAN.")] = None,
) -> None:
    """Run the server until SIGTERM; SIGHUP reads the settings anew."""
    server = [
        sys.executable,
        "-P",
        "-m",
        "palaver.cli.serve",
        str(data),
        host,
        str(port),
        *([tls.value] if tls else []),
    ]
    # The watchdog takes this process's place, so that it keeps the id and none of the memory.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "palaver.cli.watchdog", *server])  # noqa: S606


@app.command("bot")
def bot_run(data: BotDir = DEFAULT_BOT_DIR) -> None:
    """Run a chat bot at this server or another one that speaks BareRTC's wire; its folder is made on first run."""
    raise typer.Exit(bot.run(data))


@config_app.command("check")
def config_check(data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Explain every problem of settings.toml with its line; exit code 2 if there is one."""
    raise typer.Exit(config.check(data))


@config_app.command("import")
def config_import(
    file: Annotated[Path, typer.Argument(metavar="SERVER.CONF", help="Settings of a Spreed WebRTC server.")],
) -> None:
    """Print a Spreed server's settings as settings.toml, and on standard error what could not be carried over."""
    raise typer.Exit(config.convert(file))


@token_app.command("mint")
def token_mint(
    sub: Annotated[str, typer.Option(help="The user's name on the website.", callback=_text)],
    data: DataDir = DEFAULT_DATA_DIR,
    op: Annotated[bool, typer.Option("--op", help="The user moderates.")] = False,
    vip: Annotated[bool, typer.Option("--vip", help="The user is a VIP.")] = False,
    nick: Annotated[str, typer.Option(help="Name to show.")] = "",
    img: Annotated[str, typer.Option(help="Address of a square picture.")] = "",
    url: Annotated[str, typer.Option(help="Address of the profile page.")] = "",
    emoji: Annotated[str, typer.Option(help="Shown beside the name.")] = "",
    gender: Annotated[str, typer.Option(help="m, f or o.")] = "",
    device: Annotated[
        str, typer.Option(help="Label of the one device that it is for, as Beep's clients need it.")
    ] = "",
    ttl: Annotated[int, typer.Option(min=1, max=token.LONGEST_TTL_MIN, help="Minutes that it is good for.")] = 60,
) -> None:
    """Print a token signed with [JWT] SecretKey; send the user to /?jwt=TOKEN."""
    profile = {"nick": nick, "img": img, "url": url, "emoji": emoji, "gender": gender}
    claims = {"sub": sub, "op": op, "vip": vip, "device": device, **profile}
    raise typer.Exit(token.mint(data, claims, ttl_min=ttl, now=time.time()))


@webhooks_app.command("list")
def webhooks_list(data: DataDir = DEFAULT_DATA_DIR) -> None:
    """Print every call of the website that waits for its next try, or failed for good."""
    from palaver.cli import webhooks

    raise typer.Exit(webhooks.show(data))


@webhooks_app.command("replay")
def webhooks_replay(
    calls: Annotated[
        list[str] | None, typer.Argument(help="Ids as listed; all that failed when none is given.")
    ] = None,
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Call the website again, now; exit code 1 if it still does not answer."""
    from palaver.cli import webhooks
    from palaver.integrations.logs import shape_logs

    shape_logs()
    raise typer.Exit(webhooks.replay(data, calls or []))


@user_app.command("export")
def user_export(sub: Subject, data: DataDir = DEFAULT_DATA_DIR, realm: Realm = SITE_REALM) -> None:
    """Print everything that is stored about a user, as JSON."""
    from palaver.cli import holdings

    raise typer.Exit(holdings.export(data, sub, realm))


@user_app.command("erase")
def user_erase(sub: Subject, data: DataDir = DEFAULT_DATA_DIR, realm: Realm = SITE_REALM) -> None:
    """Delete a user's messages and lists of people; bans and reports stay."""
    from palaver.cli import holdings

    raise typer.Exit(holdings.erase(data, sub, realm))


@history_app.command("forget")
def history_forget(
    days: Annotated[float, typer.Option(min=0, help="Keep what was said in the latest so many days.")],
    room: Annotated[str, typer.Option(help="Of this room alone; of every room when empty.")] = "",
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Delete what was said in durable channels before; direct messages follow [DirectMessageHistory]."""
    from palaver.cli import holdings

    raise typer.Exit(holdings.forget(data, days, room))


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder, from which a server can be started.")],
    data: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Copy the data directory, database and all, while the server runs."""
    from palaver.cli.backup import back_up

    raise typer.Exit(back_up(data, target))
