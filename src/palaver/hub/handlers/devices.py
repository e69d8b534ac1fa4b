"""Devices: addressed messages, and the list of a user's devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palaver.core import devices, errors
from palaver.core.base import DONE, Outcome
from palaver.core.ids import subject_of
from palaver.core.moderation import blocks
from palaver.core.participants import keys_of
from palaver.hub import seats
from palaver.hub.handlers.handler import Handlers
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


async def post_to_device(hub: Hub, session: Session, command: devices.PostToDevice) -> Outcome:
    """Send one message to one device of a user. Somebody who blocks the sender has no device for them."""
    receiver = hub.presence.on_device(command.user, command.device)
    me = seats.author_in(hub, session)
    if receiver is None or blocks(seats.relations_of(hub, receiver), keys_of(me.handle, me.user)):
        raise errors.NoSuchDevice(user=subject_of(command.user), device=command.device)
    hub.tell(devices.post_to_device(command, me, session.identity.device))
    return DONE


async def find_device(hub: Hub, session: Session, command: devices.FindDevice) -> Outcome:
    """Tell whether a device is there at all; relations count only where something is sent."""
    if hub.presence.on_device(command.user, command.device) is None:
        raise errors.NoSuchDevice(user=subject_of(command.user), device=command.device)
    return DONE


async def list_devices(hub: Hub, session: Session, command: devices.ListDevices) -> Outcome:
    """Return the devices of a user that are connected."""
    return devices.Devices(hub.presence.devices(command.user))


HANDLERS: Handlers = {
    devices.PostToDevice: post_to_device,
    devices.FindDevice: find_device,
    devices.ListDevices: list_devices,
}
