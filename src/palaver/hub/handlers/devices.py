"""Devices: addressed messages, and the list of a user's devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palaver.core import devices, errors
from palaver.core.base import DONE, Outcome
from palaver.core.ids import SessionId, subject_of
from palaver.core.moderation import blocks
from palaver.core.participants import keys_of
from palaver.hub import seats
from palaver.hub.handlers.handler import Handlers
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


async def post_to_device(hub: Hub, session: Session, command: devices.PostToDevice) -> Outcome:
    """Send one message to one device of a user. Somebody who blocks the sender has no device for them."""
    receiver = _found(hub, session, command)
    if _is_blocked(hub, session, receiver):
        raise _missing(command)
    hub.tell(devices.post_to_device(command, seats.author_to(hub, session, receiver), session.identity.device))
    return DONE


async def find_device(hub: Hub, session: Session, command: devices.FindDevice) -> Outcome:
    """Tell whether a device is there at all; relations count only where something is sent."""
    _found(hub, session, command)
    return DONE


async def list_devices(hub: Hub, session: Session, command: devices.ListDevices) -> Outcome:
    """Return the devices of a user that are connected; none of one who blocks the asker."""
    found = ((device, hub.presence.on_device(command.user, device)) for device in hub.presence.devices(command.user))
    return devices.Devices(
        tuple(
            device
            for device, who in found
            if who is not None and _shows(hub, session, who) and not _is_blocked(hub, session, who)
        )
    )


def _found(hub: Hub, session: Session, command: devices.PostToDevice | devices.FindDevice) -> SessionId:
    who = hub.presence.on_device(command.user, command.device)
    if who is None or not _shows(hub, session, who):
        raise _missing(command)
    return who


def _shows(hub: Hub, session: Session, who: SessionId) -> bool:
    """Return whether the asker may know that somebody is here at all."""
    return who == session.session or not seats.is_hidden(hub, who)


def _is_blocked(hub: Hub, session: Session, who: SessionId) -> bool:
    me = seats.author_to(hub, session, who)
    return blocks(seats.relations_of(hub, who), keys_of(me.handle, me.user), hub.presence.unblockable())


def _missing(command: devices.PostToDevice | devices.FindDevice) -> errors.NoSuchDevice:
    return errors.NoSuchDevice(user=subject_of(command.user), device=command.device)


HANDLERS: Handlers = {
    devices.PostToDevice: post_to_device,
    devices.FindDevice: find_device,
    devices.ListDevices: list_devices,
}
