"""Knows the small tables of `settings.toml` that belong to one dialect each; Spreed's have a module of their own."""

from __future__ import annotations

from typing import Annotated

from palaver.config.checks import room_name_or_empty
from palaver.config.options import Effect, Option, OptionTable, file_name


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
    enabled: Annotated[bool, Option("Whether Socket.IO conference clients are served.", effect=Effect.RESTART)] = True
    transfer: Annotated[
        bool,
        Option(
            "Whether rooms that clients of the last era make pass on when their host leaves, until the host says otherwise."
        ),
    ] = True
    waiting_room: Annotated[bool, Option("Whether rooms that clients make have a waiting room from the start.")] = False
