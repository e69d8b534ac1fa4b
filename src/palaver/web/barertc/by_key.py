"""The calls that a site makes with its key: sign somebody in, restart, keep people apart, send them away (§1.5 to §1.10)."""

from __future__ import annotations

import msgspec
import structlog

from palaver.core import errors
from palaver.core.operations import restart_announced
from palaver.dialects.barertc import api
from palaver.dialects.barertc.api import Asked, Blocklist, BlockNow, CallRefused, DisconnectNow, SignIn
from palaver.dialects.base import Answer
from palaver.hub import site_people
from palaver.hub.ports.integrations import TokenRejected
from palaver.integrations import jwt
from palaver.web.barertc.calls import CallKind, Proof, SiteCall

log = structlog.get_logger()

TOKEN_S = 300
"""How long a token that the site asks for may be used to enter (§1.5)."""
SHUTDOWN_S = 2.0
"""Between the answer and the end of the process (§1.6)."""
MAX_NAMES = 1_000
MAX_APART = 100
"""Everybody of them gets everybody else on their lists."""


async def sign_in(call: SiteCall[SignIn]) -> Answer:
    """Sign a token for a user, whether tokens are honoured here or not."""
    claims = msgspec.structs.asdict(call.asked.claims)
    if not claims["sub"]:
        raise CallRefused(400, "Claims need a sub: a token has to say whom it is for.")
    try:
        token = jwt.mint(claims, call.site.sign_key, ttl_s=TOKEN_S, now=call.hub.clock.now())
    except ValueError as problem:
        raise CallRefused(500, str(problem)) from None
    return api.succeeded({"JWT": token})


async def shut_down(call: SiteCall[Asked]) -> Answer:
    """Answer, tell everybody, and stop with exit code 1 two seconds later, whatever becomes of the telling."""
    hub = call.hub
    hub.clock.call_later(SHUTDOWN_S, call.surroundings.restart)

    def tell() -> None:
        try:
            hub.tell(restart_announced())
        except Exception:
            log.exception("restart_not_announced")

    hub.clock.call_soon(tell)
    return api.succeeded()


async def set_blocklist(call: SiteCall[Blocklist]) -> Answer:
    """Keep whom a user does not want to meet, for when they next come in; nothing is done to who is here (§1.7)."""
    hub = call.hub
    user, names = hub.blocklists.put(call.asked.username, call.asked.blocklist)
    await hub.moderation.save_blocklist(user, names, int(hub.clock.now() * 1000))
    return api.succeeded()


async def block_now(call: SiteCall[BlockNow]) -> Answer:
    """Let each of some people who is here ignore and block all the others of them; nobody else is touched (§1.8)."""
    await site_people.keep_apart(call.hub, _names(call.asked.usernames, MAX_APART), room=call.site.room)
    return api.succeeded()


async def disconnect_now(call: SiteCall[DisconnectNow]) -> Answer:
    """Send people away; who is not here is passed over (§1.9)."""
    asked = call.asked
    removed = site_people.send_away(
        call.hub, _names(asked.usernames), room=call.site.room, text=asked.message, kicked=asked.kick
    )
    return api.succeeded({"Removed": removed})


async def amend_jwt(call: SiteCall[Asked]) -> Answer:
    """Let a new token of somebody who is here take effect at once (§1.10)."""
    hub, asked = call.hub, call.asked
    if hub.tokens is None or not asked.jwt_token:
        raise CallRefused(401, "The JWT token is not valid: " + api.NO_TOKENS)
    try:
        identity = hub.tokens.identity(asked.jwt_token, now=hub.clock.now())
    except TokenRejected as rejected:
        raise CallRefused(401, f"The JWT token is not valid: {rejected}") from None
    try:
        site_people.amend(hub, asked.username, identity, room=call.site.room)
    except errors.NoSuchParticipant:
        raise CallRefused(404, f"The user {asked.username} is not online.") from None
    except site_people.AnotherUser as another:
        raise CallRefused(409, another.text) from None
    return api.succeeded()


def _names(names: tuple[str, ...], limit: int = MAX_NAMES) -> tuple[str, ...]:
    if len(names) > limit:
        raise errors.TooLarge(limit=limit, unit="names")
    return names


CALLS = (
    CallKind("/api/authentication", SignIn, Proof.KEY, sign_in),
    CallKind("/api/authenticate", SignIn, Proof.KEY, sign_in),
    CallKind("/api/shutdown", Asked, Proof.KEY, shut_down),
    CallKind("/api/blocklist", Blocklist, Proof.KEY, set_blocklist),
    CallKind("/api/block/now", BlockNow, Proof.KEY, block_now),
    CallKind("/api/disconnect/now", DisconnectNow, Proof.KEY, disconnect_now, {"Removed": 0}),
    CallKind("/api/amend-jwt", Asked, Proof.KEY, amend_jwt),
)
