"""Knows the tables `[Spreed.*]` of `settings.toml`, in the option names of Spreed WebRTC's own `server.conf`."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from palaver.config.checks import (
    base_path,
    encryption_secret,
    header_value,
    ice_urls,
    nats_subject,
    nats_url,
    pattern,
    session_secret,
)
from palaver.config.options import Effect, Names, Option, OptionTable


def _never(meaning: str, unit: str = "") -> Option:
    """Describe an option that only old files need."""
    return Option(meaning, unit, Effect.NEVER)


def _restart(meaning: str, unit: str = "") -> Option:
    """Describe an option of which addresses or keys are made."""
    return Option(meaning, unit, Effect.RESTART)


def _path(names: Names, meaning: str) -> Option:
    """Describe an option that names a file or folder."""
    return Option(meaning, effect=Effect.RESTART, names=names)


class SpreedHTTP(
    OptionTable,
    frozen=True,
    rename={
        "read_timeout": "readtimeout",
        "write_timeout": "writetimeout",
        "base_path": "basePath",
        "max_fd": "maxfd",
        "pprof_listen": "pprofListen",
    },
):
    listen: Annotated[str, _never("Addresses to listen on; here `palaver serve --host --port` says so.")] = ""
    root: Annotated[
        str,
        _path(
            Names.FOLDER,
            "Folder of the original client, with `static` in it; its page is then below /spreed/ and basePath.",
        ),
    ] = ""
    read_timeout: Annotated[int, _never("For reading a request; here 20 s for a head, 60 s for a body.", "s")] = 10
    write_timeout: Annotated[int, _never("For writing an answer; here 60 s without progress.", "s")] = 10
    base_path: Annotated[
        str,
        Option(
            "Path below which Spreed is mounted, besides /spreed/; its API answers at the root, too.",
            effect=Effect.RESTART,
            check=base_path,
        ),
    ] = "/"
    max_fd: Annotated[int, _never("Raises the limit of open files; here it is raised as far as possible.", "files")] = 0
    stats: Annotated[bool, Option("Whether `/api/v1/stats` answers.")] = False
    pprof_listen: Annotated[str, _never("Address of Go's profiler; there is none here.")] = ""


class SpreedApp(
    OptionTable,
    frozen=True,
    rename={
        "stun_uris": "stunURIs",
        "turn_uris": "turnURIs",
        "turn_secret": "turnSecret",
        "session_secret": "sessionSecret",
        "encryption_secret": "encryptionSecret",
        "token_file": "tokenFile",
        "global_room": "globalRoom",
        "default_room_enabled": "defaultRoomEnabled",
        "authorize_room_join": "authorizeRoomJoin",
        "authorize_room_creation": "authorizeRoomCreation",
        "pipelines_enabled": "pipelinesEnabled",
        "server_token": "serverToken",
        "server_realm": "serverRealm",
        "extra_d": "extra.d",
        "content_security_policy": "contentSecurityPolicy",
        "content_security_policy_report_only": "contentSecurityPolicyReportOnly",
    },
):
    title: Annotated[str, Option("Title told to Spreed's clients.")] = "Spreed WebRTC"
    ver: Annotated[str, Option("Prefix that makes browsers fetch files anew.")] = ""
    stun_uris: Annotated[
        str, Option("STUN addresses besides those of `[TURN]`, separated by blanks.", check=ice_urls)
    ] = ""
    turn_uris: Annotated[
        str, Option("TURN addresses besides those of `[TURN]`, separated by blanks.", check=ice_urls)
    ] = ""
    turn_secret: Annotated[str, Option("Secret shared with the TURN servers, when `[TURN] Secret` is empty.")] = ""
    renegotiation: Annotated[bool, Option("Whether clients may renegotiate a call.")] = False
    session_secret: Annotated[
        str,
        Option(
            "Signs ids and tokens: hexadecimal or text, 32 bytes or more; derived from ServerSecret when empty.",
            effect=Effect.RESTART,
            check=session_secret,
        ),
    ] = ""
    encryption_secret: Annotated[
        str,
        Option(
            "Hides what tokens hold: 16, 24 or 32 bytes, likewise. When it changes, users lose contacts and settings.",
            effect=Effect.RESTART,
            check=encryption_secret,
        ),
    ] = ""
    token_file: Annotated[str, _path(Names.FILE, "File of access codes, one a line, below the data directory.")] = ""
    global_room: Annotated[
        str, Option("Room whose people Spreed's clients see and hear in every other room, too; empty for none.")
    ] = ""
    default_room_enabled: Annotated[bool, Option("Whether the room without a name may be joined.")] = True
    authorize_room_join: Annotated[bool, Option("Whether joining needs an account.")] = False
    authorize_room_creation: Annotated[bool, Option("Whether making a room needs an account.")] = False
    pipelines_enabled: Annotated[
        bool, _restart("Whether calls to who is not connected are kept for programs of this network.")
    ] = False
    server_token: Annotated[
        str, _restart("Public random text that is part of the realm; derived from ServerSecret when empty.")
    ] = ""
    server_realm: Annotated[str, _restart("Suffix of the user ids made here.")] = "local"
    extra: Annotated[
        str, _path(Names.FOLDER, "Folder of `extra-head.html`, `extra-body.html` and `static` for that page.")
    ] = ""
    extra_d: Annotated[str, _path(Names.FOLDER, "Folder of folders of `head.html`, `body.html` and `static`.")] = ""
    plugin: Annotated[str, Option("Script that the client loads first.")] = ""
    content_security_policy: Annotated[str, Option("Value of that header.", check=header_value)] = ""
    content_security_policy_report_only: Annotated[str, Option("Value of that header.", check=header_value)] = ""


class SpreedModules(OptionTable, frozen=True):
    screensharing: Annotated[bool, Option("Whether the client offers to share a screen.")] = True
    youtube: Annotated[bool, Option("Whether it offers to watch YouTube together.")] = True
    presentation: Annotated[bool, Option("Whether it offers presentations.")] = True
    contacts: Annotated[bool, Option("Whether it offers contacts.")] = True


class SpreedUsers(
    OptionTable,
    frozen=True,
    rename={
        "certificate_verified_header": "certificate_verifiedHeader",
        "certificate_verified_header_value": "certificate_verifiedHeaderValue",
        "certificate_certificate_header": "certificate_certificateHeader",
        "certificate_valid_for_days": "certificate_validForDays",
        "allow_registration": "allowRegistration",
    },
):
    enabled: Annotated[bool, Option("Whether there are accounts.")] = False
    mode: Annotated[
        Literal["", "sharedsecret", "httpheader", "certificate"],
        Option("How users prove who they are; `sharedsecret` when empty."),
    ] = ""
    sharedsecret_secret: Annotated[str, Option("Secret of mode `sharedsecret`.")] = ""
    httpheader_header: Annotated[str, Option("Header of a proxy in TrustedProxies that names the user.")] = "x-users"
    certificate_certificate: Annotated[
        str, _path(Names.FILE, "PEM file of the authority, below the data directory.")
    ] = ""
    certificate_key: Annotated[
        str, _path(Names.FILE, "PEM file of its key, with which users' certificates are signed.")
    ] = ""
    certificate_verified_header: Annotated[str, Option("Header of a proxy in TrustedProxies that ends TLS.")] = ""
    certificate_verified_header_value: Annotated[str, Option("Its value when the certificate is good.")] = ""
    certificate_certificate_header: Annotated[str, Option("Header of that proxy that carries the certificate.")] = ""
    certificate_valid_for_days: Annotated[int, _restart("Life of certificates made here.", "days")] = 365
    certificate_organization: Annotated[str, _restart("Organisation written into them.")] = "My Spreed Server"
    allow_registration: Annotated[bool, Option("Whether anybody may make an account.")] = False


class SpreedNATS(OptionTable, frozen=True, rename={"establish_timeout": "establishTimeout"}):
    channelling_trigger: Annotated[
        bool, _restart("Whether programs on NATS are told of sessions and calls, and may open sessions.")
    ] = False
    channelling_trigger_subject: Annotated[
        str, Option("Prefix of their subjects.", effect=Effect.RESTART, check=nats_subject)
    ] = "channelling.trigger"
    url: Annotated[str, Option("The NATS server.", effect=Effect.RESTART, check=nats_url)] = "nats://localhost:4222"
    establish_timeout: Annotated[
        int, _restart("After how long without it the log says so; nothing waits for it.", "s")
    ] = 60
    client_id: Annotated[str, _restart("Name by which this server is told to it and to those programs.")] = ""


class Spreed(OptionTable, frozen=True, rename={"enabled": "Enabled"}):
    enabled: Annotated[bool, _restart("Whether Spreed's clients are served.")] = True
    http: SpreedHTTP = SpreedHTTP()
    app: SpreedApp = SpreedApp()
    users: SpreedUsers = SpreedUsers()
    modules: SpreedModules = SpreedModules()
    room_types: Annotated[
        dict[str, Literal["Room", "Conference"]],
        Option("Pattern of room names = type of those rooms.", check=pattern),
    ] = msgspec.field(default_factory=dict, name="roomtypes")
    nats: SpreedNATS = SpreedNATS()
