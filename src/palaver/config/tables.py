"""Knows the tables of `settings.toml` that serve every dialect; leaves the others to `settings` and `dialects`."""

from __future__ import annotations

from typing import Annotated, Literal

from palaver.config.checks import (
    channel_id,
    cluster_url,
    filter_pattern,
    ice_url,
    key_set_url,
    not_empty,
    shared_key,
    stall_limit,
    storage_url,
    web_url,
    web_url_or_path,
)
from palaver.config.options import Effect, Names, Option, OptionTable, file_name


class JWT(OptionTable, frozen=True, rename=file_name):
    enabled: Annotated[bool, Option("Whether signed tokens of the website are honoured.")] = False
    strict: Annotated[bool, Option("Whether nobody enters without a token; matters only when Enabled.")] = True
    secret_key: Annotated[
        str, Option("The key that the website signs tokens with (HS256).", check=shared_key, secret=True)
    ] = ""
    public_key: Annotated[
        str,
        Option(
            "PEM file of public keys with which the website signs as well (RS256, ES256, EdDSA), below the data directory.",
            names=Names.FILE,
        ),
    ] = ""
    key_set_url: Annotated[
        str,
        Option("Address of the keys that the website publishes (JWKS), fetched every ten minutes.", check=key_set_url),
    ] = ""
    audience: Annotated[
        str,
        Option(
            "What a token that is signed with such a key must name in `aud`; empty where they sign for the chat alone."
        ),
    ] = ""
    landing_page_url: Annotated[
        str,
        Option("Where visitors without a token are sent in strict mode.", check=web_url_or_path),
    ] = ""


class TURN(OptionTable, frozen=True, rename=file_name):
    urls: Annotated[
        tuple[str, ...], Option("STUN and TURN servers (ICE servers) that clients are told.", check=ice_url)
    ] = ("stun:stun.l.google.com:19302",)
    username: Annotated[str, Option("Fixed user name at the TURN servers, when Secret is empty.")] = ""
    credential: Annotated[str, Option("Fixed password at the TURN servers, when Secret is empty.")] = ""
    secret: Annotated[
        str, Option("Secret shared with the TURN servers (coturn's static-auth-secret): short-lived credentials.")
    ] = ""
    ttl: Annotated[int, Option("How long short-lived TURN credentials last.", unit="s", minimum=60)] = 3600


class PublicChannel(OptionTable, frozen=True, rename=file_name):
    id: Annotated[str, Option("The channel's name on the wire; the first channel is the main one.", check=channel_id)]
    name: Annotated[str, Option("The name that people see; the ID when empty.")] = ""
    icon: Annotated[str, Option("A Font Awesome class, told to clients; our own page shows none.")] = ""
    welcome_messages: Annotated[tuple[str, ...], Option("Lines of Markdown told to each newcomer.")] = ()
    vip: Annotated[bool, Option("Whether only VIPs and operators see the channel.")] = False
    permit_photos: Annotated[bool, Option("Whether pictures may be posted.")] = False
    echo_messages_on_join: Annotated[int, Option("How many recent messages a newcomer is shown.", unit="messages")] = 0
    history: Annotated[
        Literal["off", "memory", "durable"],
        Option("What is kept of the channel: nothing, the last 100 messages until a restart, or all in the database."),
    ] = "memory"


class Webhook(OptionTable, frozen=True, rename=file_name):
    name: Annotated[str, Option("`report` or `profile`.", check=not_empty)]
    enabled: Annotated[bool, Option("Whether it is called.")] = False
    url: Annotated[str, Option("Where it is posted to.", check=web_url)] = ""


class VIP(OptionTable, frozen=True, rename=file_name):
    name: Annotated[str, Option("What VIPs are called, on the page.")] = "VIP"
    branding: Annotated[
        str, Option("The same as HTML, for BareRTC's own page, which is not served.", effect=Effect.NEVER)
    ] = "<em>VIP</em>"
    icon: Annotated[str, Option("A Font Awesome class for that page.", effect=Effect.NEVER)] = "fa fa-circle"
    mutually_secret: Annotated[bool, Option("Whether only VIPs see who is a VIP.")] = False


class MessageFilter(OptionTable, frozen=True, rename=file_name):
    enabled: Annotated[bool, Option("Whether the filter is used.")] = False
    public_channels: Annotated[bool, Option("Whether it reads public channels.")] = False
    private_channels: Annotated[bool, Option("Whether it reads direct messages.")] = False
    keyword_phrases: Annotated[
        tuple[str, ...],
        Option("Regular expressions; `(?i)` in front ignores case.", check=filter_pattern),
    ] = ()
    censor_message: Annotated[bool, Option("Whether what matched is replaced by asterisks.")] = False
    forward_message: Annotated[bool, Option("Whether others than the author get the message.")] = False
    report_message: Annotated[bool, Option("Whether the report webhook is called.")] = False
    chat_server_response: Annotated[str, Option("A notice to the author; none when empty.")] = ""


class ModerationRule(OptionTable, frozen=True, rename=file_name):
    username: Annotated[str, Option("Whom the rule binds.", check=not_empty)]
    camera_always_nsfw: Annotated[bool, Option("Their camera is always marked explicit.")] = False
    no_broadcast: Annotated[bool, Option("They may not turn a camera on.")] = False
    no_video: Annotated[bool, Option("They may neither show nor watch a camera.")] = False
    no_image: Annotated[bool, Option("They may not share pictures.")] = False
    no_dark_video: Annotated[bool, Option("BareRTC's page lets their dark video pass.")] = False


class DirectMessageHistory(OptionTable, frozen=True, rename=file_name):
    enabled: Annotated[bool, Option("Whether direct messages between known users are kept in the database.")] = False
    sqlite_database: Annotated[
        str, Option("BareRTC's own file; here everything is in `[Storage] URL`.", effect=Effect.NEVER)
    ] = "database.sqlite"
    retention_days: Annotated[int, Option("How long they are kept; 0 keeps them for ever.", unit="days")] = 90
    disclaimer_message: Annotated[
        str, Option("A reminder above each direct thread of the page, where they are kept; of HTML the text alone.")
    ] = "Reminder: direct messages may be kept by this site."


class DMLinkSpamProtection(OptionTable, frozen=True, rename=file_name):
    enabled: Annotated[bool, Option("Whether one link sent to many people is stopped.")] = True
    max_threads: Annotated[int, Option("How many people may be sent one link; 0 is off.", unit="people")] = 5
    time_limit: Annotated[int, Option("How long a link is remembered after its last use.", "s")] = 3600
    ban_hours: Annotated[int, Option("How long who goes on is banned.", "h")] = 24


class Strings(OptionTable, frozen=True, rename=file_name):
    mod_rule_error_camera_always_nsfw: Annotated[
        str, Option("Notice to somebody whose camera was marked explicit.")
    ] = "A moderator has set your camera to be always marked explicit."
    mod_rule_error_no_broadcast: Annotated[str, Option("Notice to somebody who may not show a camera.")] = (
        "A moderator has switched your camera off here."
    )
    mod_rule_error_no_video: Annotated[str, Option("Notice to somebody who may not watch cameras.")] = (
        "A moderator has switched video off for you here."
    )
    mod_rule_error_no_image: Annotated[str, Option("Notice to somebody who may not share pictures.")] = (
        "A moderator has switched sharing pictures off for you here."
    )


class Logging(OptionTable, frozen=True, rename=file_name):
    enabled: Annotated[bool, Option("Whether chat is written to text files.")] = False
    directory: Annotated[str, Option("Folder of those files, below the data directory.")] = "./logs"
    channels: Annotated[tuple[str, ...], Option("Public channels to write down.")] = (
        "lobby",
        "offtopic",
    )
    usernames: Annotated[tuple[str, ...], Option("Users whose direct messages are written down.")] = ()


class Storage(OptionTable, frozen=True, rename=file_name):
    url: Annotated[
        str,
        Option(
            "`sqlite:///FILE`, below the data directory unless it starts with a fourth slash, or `postgresql://…`.",
            effect=Effect.RESTART,
            check=storage_url,
        ),
    ] = "sqlite:///palaver.sqlite"


class Cluster(OptionTable, frozen=True, rename=file_name):
    url: Annotated[
        str, Option("The NATS server that joins several nodes; empty for one.", effect=Effect.LATER, check=cluster_url)
    ] = ""


class TLS(OptionTable, frozen=True, rename=file_name):
    certificate: Annotated[
        str,
        Option(
            "PEM file with the chain, below the data directory unless absolute; one that is renewed is read at SIGHUP.",
            effect=Effect.RESTART,
            names=Names.FILE,
        ),
    ] = ""
    key: Annotated[str, Option("PEM file with its private key.", effect=Effect.RESTART, names=Names.FILE)] = ""


class Limits(OptionTable, frozen=True, rename=file_name):
    """Every limit takes 0 for off. Over a limit, frames are delayed and messages refused with the wait."""

    frames_per_second: Annotated[float, Option("Frames that a connection may send.", "frames/s")] = 50.0
    frames_burst: Annotated[int, Option("Frames that it may send at once before that counts.", "frames")] = 400
    messages_per_second: Annotated[
        float,
        Option("Messages that one user may post; guests of one address together four times as many.", "messages/s"),
    ] = 10.0
    messages_burst: Annotated[int, Option("Messages that they may post at once before that counts.", "messages")] = 60
    asks_per_second: Annotated[
        float,
        Option(
            "What else one session may ask for: joins, changes of status, typing, history and the rest; "
            "guests of one address together ten times as much.",
            "asks/s",
        ),
    ] = 10.0
    asks_burst: Annotated[int, Option("What else it may ask for at once before that counts.", "asks")] = 100
    signal_bytes_per_second: Annotated[
        int,
        Option(
            "Offers, answers and candidates that one session may send; four times as much at once. "
            "Off where FramesPerSecond is.",
            "bytes/s",
        ),
    ] = 131_072
    uploads_per_minute: Annotated[float, Option("Pictures that one user may share.", "uploads/min")] = 30.0
    logins_per_minute: Annotated[float, Option("Logins that one address may try.", "logins/min")] = 120.0
    connections_per_address: Annotated[
        int, Option("Connections of one address at a time; loopback is exempt.", "connections")
    ] = 200
    requests_per_second: Annotated[
        float,
        Option(
            "HTTP requests of one address, new WebSockets among them but not the page's files; loopback is exempt.",
            "requests/s",
        ),
    ] = 100.0
    requests_burst: Annotated[int, Option("Requests that it may make at once before that counts.", "requests")] = 3000
    outbox_bytes: Annotated[
        int, Option("What one connection may leave unread before it is closed and may come back.", "bytes")
    ] = 1_048_576
    stall_seconds: Annotated[
        float,
        Option("How long the server may stand still before it is ended with exit code 1.", "s", check=stall_limit),
    ] = 30.0
    resume_seconds: Annotated[
        float, Option("How long a lost connection may come back before others hear that it left.", "s")
    ] = 30.0
    silence_seconds: Annotated[
        float,
        Option("How long a silent client on `/ws` is waited for before it is taken for Spreed's.", "s"),
    ] = 1.0
