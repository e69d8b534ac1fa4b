"""Who a user is on this wire: the Userid others see, the secret one, and the shared-secret proof of a user (§2.6)."""

from __future__ import annotations

import base64
import hmac
import re
from typing import Final

import msgspec

from palaver.core.ids import SITE_REALM, UserId, subject_of, user_id
from palaver.dialects.spreed.seals import NotProved

SPREED_REALM: Final = "spreed"
"""The realm of Spreed's own accounts; people whom a proxy vouches for are the site's users."""

REGISTERED_S: Final = 31 * 12 * 24 * 3600
MAX_USERID_CHARS: Final = 255
_INT64: Final = re.compile(r"[+-]?[0-9]{1,19}")


class Combo(msgspec.Struct, frozen=True):
    """A shared-secret proof, as a client keeps it.

    Attributes:
        useridcombo: `<unix expiry seconds>:<userid>`.
        secret: its HMAC-SHA256 in base64.
        expires_s: when it ends, Unix seconds.
    """

    useridcombo: str
    secret: str
    expires_s: int


def home_realm(mode: str) -> str:
    """Return the realm whose users are shown without it, by the way in which users prove who they are."""
    return SITE_REALM if mode == "httpheader" else SPREED_REALM


def user_of(userid: str, mode: str) -> UserId:
    """Return the user of a Userid that was proved in a mode. Raises NotProved for what cannot be one.

    A colon marks users of other realms, so that nobody can register as one of them.
    """
    if not userid or len(userid) > MAX_USERID_CHARS or ":" in userid or not userid.isprintable():
        raise NotProved()
    return user_id(home_realm(mode), userid)


def userid_of(user: UserId | None, mode: str) -> str:
    """Return the Userid that this wire shows for a user: one of another realm with the realm in front."""
    if user is None:
        return ""
    return subject_of(user) if user.partition(":")[0] == home_realm(mode) else user


def suserid_of(userid: str, encryption_secret: bytes) -> str:
    """Return the secret id of a user, from which clients make keys: base64(HMAC-SHA256), the same for ever (§2.1)."""
    if not userid:
        return ""
    return base64.b64encode(hmac.digest(encryption_secret, userid.encode(), "sha256")).decode()


def registered(userid: str, shared_secret: str, *, now: float) -> Combo:
    """Return what a new user proves itself with for 372 days."""
    expires_s = int(now) + REGISTERED_S
    useridcombo = f"{expires_s}:{userid}"
    return Combo(useridcombo, combo_secret(useridcombo, shared_secret), expires_s)


def combo_secret(useridcombo: str, shared_secret: str) -> str:
    """Return the HMAC over the whole combo, a third field included, in base64."""
    digest = hmac.digest(shared_secret.encode(), useridcombo.encode(errors="replace"), "sha256")
    return base64.b64encode(digest).decode()


def combo_userid(useridcombo: str, secret: str, shared_secret: str, *, now: float) -> str:
    """Return the Userid that a combo proves. Raises NotProved for a wrong secret, an ended combo, or no shared secret."""
    given, right = secret.encode(errors="replace"), combo_secret(useridcombo, shared_secret).encode()
    same = hmac.compare_digest(given, right)
    expiry, colon, rest = useridcombo.partition(":")
    if not (shared_secret and same and colon and _INT64.fullmatch(expiry) and now <= int(expiry) < 1 << 63):
        raise NotProved()
    userid = rest.partition(":")[0]
    if not userid:
        raise NotProved()
    return userid
