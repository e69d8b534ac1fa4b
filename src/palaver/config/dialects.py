"""Knows the tables of `settings.toml` that belong to one dialect each, in that dialect's own option names."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from palaver.config.checks import pattern, room_name_or_empty
from palaver.config.options import Effect, Option, OptionTable, file_name


def _later(meaning: str, unit: str = "") -> Option:
    """Describe an option of a dialect that is not built yet."""
    return Option(meaning, unit, Effect.LATER)


class BareRTC(OptionTable, frozen=True, rename=file_name):
    enabled: Annotated[bool, Option("Whether BareRTC's clients are served.", effect=Effect.RESTART)] = True
    room: Annotated[str, Option("The one room they see; empty for DefaultRoom.", check=room_name_or_empty)] = ""


class Beep(OptionTable, frozen=True, rename=file_name):
    enabled: Annotated[bool, Option("Whether Beep's devices are served.", effect=Effect.RESTART)] = True
    trust_claim_header: Annotated[
        bool, Option("Whether X-User-Claim, sent by a proxy in TrustedProxies, says who the user is.")
    ] = False
    authenticated_only: Annotated[
        bool, Option("Whether somebody without a claim is told 401 before anything else, also of the list of devices.")
    ] = False
    claimless_subscribe: Annotated[
        bool, Option("Whether `/subscribe/USER/device/DEVICE` is believed without a claim; for trusted networks only.")
    ] = False
    devices_per_user: Annotated[int, Option("Streams that one user may hold; 0 is off.", "devices")] = 50


class Conference(OptionTable, frozen=True, rename=file_name):
    enabled: Annotated[bool, _later("Whether Socket.IO conference clients are served.")] = True


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
    listen: Annotated[str, _later("Addresses to listen on; here `palaver serve --host --port` says so.")] = ""
    root: Annotated[str, _later("Folder with `html` and `static`.")] = ""
    read_timeout: Annotated[int, _later("For reading a request.", "s")] = 10
    write_timeout: Annotated[int, _later("For writing an answer.", "s")] = 10
    base_path: Annotated[str, _later("Path below which Spreed is mounted.")] = "/"
    max_fd: Annotated[int, _later("Raises the limit of open files.", "files")] = 0
    stats: Annotated[bool, _later("Whether `/api/v1/stats` answers.")] = False
    pprof_listen: Annotated[str, _later("Address of Go's profiler.")] = ""


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
    title: Annotated[str, _later("Title told to Spreed's clients.")] = "Spreed WebRTC"
    ver: Annotated[str, _later("Prefix that makes browsers fetch files anew.")] = ""
    stun_uris: Annotated[str, _later("STUN addresses, separated by blanks.")] = ""
    turn_uris: Annotated[str, _later("TURN addresses, separated by blanks.")] = ""
    turn_secret: Annotated[str, _later("Secret shared with the TURN servers.")] = ""
    renegotiation: Annotated[bool, _later("Whether clients may renegotiate a call.")] = False
    session_secret: Annotated[str, _later("Signs session ids and tokens.")] = ""
    encryption_secret: Annotated[str, _later("Encrypts session tokens.")] = ""
    token_file: Annotated[str, _later("File of access codes.")] = ""
    global_room: Annotated[str, _later("Room whose participants everybody sees; empty for none.")] = ""
    default_room_enabled: Annotated[bool, _later("Whether the room without a name may be joined.")] = True
    authorize_room_join: Annotated[bool, _later("Whether joining needs an account.")] = False
    authorize_room_creation: Annotated[bool, _later("Whether making a room needs an account.")] = False
    pipelines_enabled: Annotated[bool, _later("Whether pipelines answer.")] = False
    server_token: Annotated[str, _later("Public random text that is part of the realm.")] = ""
    server_realm: Annotated[str, _later("Suffix of the user ids made here.")] = "local"
    extra: Annotated[str, _later("Folder of additions to the page.")] = ""
    extra_d: Annotated[str, _later("Folder of such folders.")] = ""
    plugin: Annotated[str, _later("Script that the client loads first.")] = ""
    content_security_policy: Annotated[str, _later("Value of that header.")] = ""
    content_security_policy_report_only: Annotated[str, _later("Value of that header.")] = ""


class SpreedModules(OptionTable, frozen=True):
    screensharing: Annotated[bool, _later("Whether the client offers to share a screen.")] = True
    youtube: Annotated[bool, _later("Whether it offers to watch YouTube together.")] = True
    presentation: Annotated[bool, _later("Whether it offers presentations.")] = True
    contacts: Annotated[bool, _later("Whether it offers contacts.")] = True


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
    enabled: Annotated[bool, _later("Whether there are accounts.")] = False
    mode: Annotated[
        Literal["", "sharedsecret", "httpheader", "certificate"], _later("How users prove who they are.")
    ] = ""
    sharedsecret_secret: Annotated[str, _later("Secret of mode `sharedsecret`.")] = ""
    httpheader_header: Annotated[str, _later("Header that a proxy in TrustedProxies sets.")] = "x-users"
    certificate_certificate: Annotated[str, _later("PEM file of the authority.")] = ""
    certificate_key: Annotated[str, _later("PEM file of its key.")] = ""
    certificate_verified_header: Annotated[str, _later("Header of a proxy that ends TLS.")] = ""
    certificate_verified_header_value: Annotated[str, _later("Its value when the certificate is good.")] = ""
    certificate_certificate_header: Annotated[str, _later("Header that carries the certificate.")] = ""
    certificate_valid_for_days: Annotated[int, _later("Life of certificates made here.", "days")] = 365
    certificate_organization: Annotated[str, _later("Organisation written into them.")] = "My Spreed Server"
    allow_registration: Annotated[bool, _later("Whether anybody may make an account.")] = False


class SpreedNATS(OptionTable, frozen=True, rename={"establish_timeout": "establishTimeout"}):
    channelling_trigger: Annotated[bool, _later("Whether events are told to NATS.")] = False
    channelling_trigger_subject: Annotated[str, _later("Prefix of their subjects.")] = "channelling.trigger"
    url: Annotated[str, _later("The NATS server.")] = "nats://localhost:4222"
    establish_timeout: Annotated[int, _later("How long to wait for it at start.", "s")] = 60
    client_id: Annotated[str, _later("Name told to it.")] = ""


class Spreed(OptionTable, frozen=True, rename={"enabled": "Enabled"}):
    enabled: Annotated[bool, _later("Whether Spreed's clients are served.")] = True
    http: SpreedHTTP = SpreedHTTP()
    app: SpreedApp = SpreedApp()
    users: SpreedUsers = SpreedUsers()
    modules: SpreedModules = SpreedModules()
    room_types: Annotated[
        dict[str, Literal["Room", "Conference"]],
        Option("Pattern of room names = type of those rooms.", effect=Effect.LATER, check=pattern),
    ] = msgspec.field(default_factory=dict, name="roomtypes")
    nats: SpreedNATS = SpreedNATS()
