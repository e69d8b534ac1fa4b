"""What a site decides about Spreed's wire, and what that makes of the configuration which clients are told (§1.8, §4)."""

from __future__ import annotations

from typing import Any

import msgspec

MODULES = ("screensharing", "youtube", "presentation", "contacts")
CHANGED_TOKEN = "i-did-not-change-the-public-token-boo"  # noqa: S105 - public, the original's


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `[Spreed.*]` that this wire shows or obeys, under the names of §4.2.

    Attributes:
        version: told to clients, who compare that of the page with that of the connection.
        base_path: where clients find everything, from the root of the server; a slash at both ends.
        codes: visitors are asked for an access code.
        identity_header: in mode `httpheader`, the header that holds a Userid; in lower case.
        verified_header, verified_value, certificate_header: in mode `certificate`, what a proxy says of the client's.
        room_types: pattern of room names → type of those rooms, in lower case as the original had them.
        pages: the main page is served, with files of the original client.
    """

    version: str = "0"
    title: str = "Spreed WebRTC"
    ver: str = ""
    base_path: str = "/"
    stun_uris: tuple[str, ...] = ()
    turn_uris: tuple[str, ...] = ()
    turn_secret: str = ""
    turn_ttl_s: int = 3600
    renegotiation: bool = False
    codes: bool = False
    global_room: str = ""
    default_room: str = "lobby"
    default_room_enabled: bool = True
    authorize_room_join: bool = False
    authorize_room_creation: bool = False
    pipelines: bool = False
    server_token: str = CHANGED_TOKEN
    server_realm: str = "local"
    plugin: str = ""
    policy: str = ""
    policy_report_only: str = ""
    modules: tuple[str, ...] = MODULES
    users: bool = False
    registration: bool = False
    mode: str = ""
    shared_secret: str = ""
    identity_header: str = "x-users"
    verified_header: str = ""
    verified_value: str = ""
    certificate_header: str = ""
    stats: bool = False
    room_types: tuple[tuple[str, str], ...] = ()

    @property
    def static_path(self) -> str:
        """Return `S`: where static files are asked for, with a version that makes browsers fetch them anew (§1.4)."""
        return f"static/ver={self.ver}{self.version.replace('.', '')}"

    @property
    def realm(self) -> str:
        """Return what session tokens and nonces are bound to (§2.1)."""
        return f"{self.server_realm}.{self.server_token}"


def told(options: Options, base: str) -> dict[str, Any]:
    """Return `Cfg`, the configuration that clients are told; `base` is where they find everything (§1.8)."""
    return {
        "Title": options.title,
        "S": options.static_path,
        "B": base,
        "Token": options.server_token,
        "Renegotiation": options.renegotiation,
        "StunURIs": options.stun_uris,
        "TurnURIs": options.turn_uris,
        "Tokens": options.codes,
        "Version": options.version,
        "UsersEnabled": options.users,
        "UsersAllowRegistration": options.registration,
        "UsersMode": options.mode,
        "DefaultRoomEnabled": options.default_room_enabled,
        "Plugin": options.plugin,
        "AuthorizeRoomCreation": options.authorize_room_creation,
        "AuthorizeRoomJoin": options.authorize_room_join,
        "Modules": options.modules,
    }
