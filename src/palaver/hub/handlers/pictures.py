"""Pictures that come in frames: kept first, then posted like any message with an attachment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palaver.core import errors
from palaver.core.base import Outcome
from palaver.core.chat import PostMessage, SharePicture
from palaver.hub.handlers.chat import check_attaching, post_message, resolve
from palaver.hub.handlers.handler import Handlers
from palaver.hub.sessions import Session

if TYPE_CHECKING:
    from palaver.hub.hub import Hub


async def share_picture(hub: Hub, session: Session, command: SharePicture) -> Outcome:
    """Keep a picture and post it; whether it may be posted where it is to go is found out before the work."""
    _, place, _ = resolve(hub, session, command.place, writing=True)
    check_attaching(hub, session, place)
    if hub.pictures is None:
        raise errors.NotAllowed(action="share pictures here")
    identity = session.identity
    wait = hub.uploads.take(identity.user or identity.address or session.session, hub.clock.now())
    if wait:
        raise errors.Limited(wait_ms=int(wait * 1000) + 1)
    attachment = await hub.pictures.keep(bytes(command.picture), command.name)
    if hub.sessions.get(session.session) is not session:
        raise errors.NoSuchSession()  # whoever was removed meanwhile says nothing more, not even directly
    return await post_message(hub, session, PostMessage(command.place, attachments=(attachment,)))


HANDLERS: Handlers = {SharePicture: share_picture}
