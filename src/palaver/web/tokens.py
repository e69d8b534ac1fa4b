"""Tokens with which the site sends a user in, for sites that would rather ask than sign."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palaver.core import errors
from palaver.hub.hub import Hub
from palaver.hub.ports.integrations import TokenRejected
from palaver.integrations import jwt
from palaver.web.operations import Call, Operation
from palaver.web.problems import TokensIgnored

DEFAULT_TTL_S = 300


class NewToken(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a token is to speak for, in BareRTC's claims.

    Attributes:
        sub: the user's name at the site; unique there.
        op: runs every room.
        nick: shown in place of the name.
        img: address of a picture.
        url: address of a profile.
        device: label of the one device that it is for, as Beep's clients need it.
        rules: restrictions: redcam, novideo, nobroadcast, noimage, nodvd.
        ttl_s: how long it may be used to enter, seconds, at most a day.
    """

    sub: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    op: bool = False
    nick: str = ""
    img: str = ""
    url: str = ""
    emoji: str = ""
    gender: str = ""
    vip: bool = False
    device: Annotated[str, msgspec.Meta(max_length=128)] = ""
    rules: tuple[str, ...] = ()
    ttl_s: Annotated[int, msgspec.Meta(ge=1, le=jwt.MAX_TTL_S)] = DEFAULT_TTL_S


class Token(msgspec.Struct, frozen=True):
    """A signed token, for `/?jwt=TOKEN`, and when it ends (Unix seconds)."""

    token: str
    expires_at: int


async def mint_token(call: Call[NewToken, None]) -> Token:
    """Sign a token; only one that this server would take."""
    return signed(call.hub, call.surroundings.access().token_key, call.body)


def signed(hub: Hub, key: str, wanted: NewToken) -> Token:
    """Sign a token that speaks for somebody.

    Raises `TokensIgnored` where nobody can come in by one, `TokenInvalid` where this server would not take it.
    """
    if hub.tokens is None or not key:
        raise TokensIgnored()
    claims = msgspec.structs.asdict(wanted)
    ttl_s, now = claims.pop("ttl_s"), hub.clock.now()
    token = jwt.mint(claims, key, ttl_s=ttl_s, now=now)
    try:
        hub.tokens.identity(token, now=now)
    except TokenRejected as rejected:
        raise errors.TokenInvalid(problem=str(rejected)) from None
    return Token(token, int(now) + ttl_s)


OPERATIONS = (
    Operation("POST", "/v1/tokens", "Sign a token for a user", mint_token, takes=NewToken, returns=Token, status=201),
)
