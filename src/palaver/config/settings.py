"""Knows the root of `settings.toml` and what follows from several options at once; leaves reading it to `reading`."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from palaver.config.checks import network, origin, path_prefix, room_name, web_url
from palaver.config.dialects import BareRTC, Beep, Conference
from palaver.config.options import Effect, Option, OptionTable, file_name
from palaver.config.spreed import Spreed
from palaver.config.tables import (
    JWT,
    TLS,
    TURN,
    VIP,
    Cluster,
    DirectMessageHistory,
    DMLinkSpamProtection,
    Limits,
    Logging,
    MessageFilter,
    ModerationRule,
    PublicChannel,
    Storage,
    Strings,
    Webhook,
)

FILE_VERSION = 17
"""BareRTC's count of the file's formats, at the newest that is read here."""
_USUAL_PORT = re.compile(r"(https://.+):443$|(http://.+):80$")

_CHANNELS = (
    PublicChannel(
        id="lobby",
        name="Lobby",
        icon="fa fa-gavel",
        welcome_messages=("Welcome to the chat!",),
        permit_photos=True,
        echo_messages_on_join=10,
    ),
    PublicChannel(
        id="offtopic",
        name="Off Topic",
        icon="fa fa-comment",
        welcome_messages=("Talk of anything.",),
        permit_photos=True,
    ),
)


class Settings(OptionTable, frozen=True, rename=file_name):
    """Every option, read and sound. Paths in it are below the data directory unless absolute."""

    version: Annotated[int, Option("Format of the file, in BareRTC's count; any is read.", effect=Effect.NEVER)] = (
        FILE_VERSION
    )
    title: Annotated[str, Option("The page's title.")] = "Palaver"
    branding: Annotated[str, Option("A line about the site at its page's entrance; of HTML the text alone.")] = (
        "Palaver"
    )
    website_url: Annotated[str, Option("Base of relative picture and profile addresses in tokens.", check=web_url)] = (
        "https://www.example.com"
    )
    cors_hosts: Annotated[
        tuple[str, ...], Option("Origins of other sites whose pages may connect and call the API.", check=origin)
    ] = ()
    framed_by: Annotated[
        tuple[str, ...], Option("Origins of other sites that may show the page in a frame.", check=origin)
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...], Option("Networks whose forwarded addresses and identity headers count.", check=network)
    ] = ("127.0.0.1/32", "::1/128")
    path_prefix: Annotated[
        str,
        Option(
            'Path such as "/chat" below which a proxy shows the server, and which it takes off; empty for the root.',
            check=path_prefix,
            effect=Effect.RESTART,
        ),
    ] = ""
    default_room: Annotated[str, Option("The room of whoever names none.", check=room_name, effect=Effect.RESTART)] = (
        "lobby"
    )
    admin_api_key: Annotated[
        str, Option("Key of the site's API and of its webhooks; an empty one admits nobody.", secret=True)
    ] = ""
    server_secret: Annotated[
        str, Option("Signs what only this server reads: picture addresses, ids.", effect=Effect.RESTART, secret=True)
    ] = ""
    permit_nsfw: Annotated[bool, Option("Whether people may mark their own cameras explicit.")] = False
    blockable_admins: Annotated[
        bool, Option("Whether a block also meets operators; to ignore them is everybody's right.")
    ] = False
    use_x_forwarded_for: Annotated[
        bool, Option("BareRTC's switch; here TrustedProxies says whose header counts.", effect=Effect.NEVER)
    ] = False
    websocket_read_limit: Annotated[int, Option("Largest frame of somebody logged in; 0 is off.", "bytes")] = 41_943_040
    websocket_send_timeout: Annotated[
        int,
        Option(
            "BareRTC's limit on one write; here `[Limits] OutboxBytes` ends who reads too slowly.", "s", Effect.NEVER
        ),
    ] = 10
    max_image_width: Annotated[
        int, Option("Longest side of a shared picture; 0 never scales.", "px", effect=Effect.RESTART)
    ] = 1280
    preview_image_width: Annotated[
        int, Option("Longest side of its preview for BareRTC's clients; 0 never scales.", "px")
    ] = 360
    jwt: JWT = JWT()
    turn: TURN = TURN()
    public_channels: Annotated[tuple[PublicChannel, ...], Option("The channels of every room.")] = _CHANNELS
    webhook_urls: Annotated[tuple[Webhook, ...], Option("Calls to the website.")] = ()
    vip: VIP = VIP()
    message_filters: Annotated[tuple[MessageFilter, ...], Option("Rules on words.")] = ()
    moderation_rule: Annotated[tuple[ModerationRule, ...], Option("Rules on users.")] = ()
    direct_message_history: DirectMessageHistory = DirectMessageHistory()
    dm_link_spam_protection: DMLinkSpamProtection = DMLinkSpamProtection()
    strings: Strings = Strings()
    logging: Logging = Logging()
    storage: Storage = Storage()
    cluster: Cluster = Cluster()
    limits: Limits = Limits()
    tls: TLS = TLS()
    barertc: BareRTC = BareRTC()
    spreed: Spreed = Spreed()
    beep: Beep = Beep()
    conference: Conference = Conference()

    @property
    def guests_allowed(self) -> bool:
        """Whether somebody without a token may enter."""
        return not (self.jwt.enabled and self.jwt.strict)

    @property
    def allowed_origins(self) -> frozenset[str]:
        """`CORSHosts` as a browser writes origins: lower case, no slash at the end, no port that goes without saying."""
        return frozenset(_USUAL_PORT.sub(r"\1\2", host.rstrip("/").lower()) for host in self.cors_hosts)

    @property
    def trusted_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """`TrustedProxies` as networks."""
        return tuple(ip_network(network) for network in self.trusted_proxies)
