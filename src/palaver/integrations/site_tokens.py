"""Reads a site's tokens as identities of the core; checking signatures and times is left to `jwt`."""

from __future__ import annotations

from collections.abc import Callable

from palaver.core.ids import SITE_REALM, DeviceId, subject_of, user_id
from palaver.core.names import NameProblem, display_name, verified_name
from palaver.core.participants import NO_PROFILE, Identity, Profile, Rule
from palaver.hub.ports.integrations import TokenRejected
from palaver.integrations.jwt import Claims, TokenInvalid, TokenVerifier, mint, subject_shown

CLOCK_SKEW_S = 60.0
"""How far a site's clock may be ahead of ours."""
RENEWED_TTL_S = 300
RENEWED_FOR_S = 86_400.0

_RULES = frozenset(rule.value for rule in Rule)


class SiteTokens:
    """Whom the tokens of one site speak for (BareRTC §2.1 names the claims).

    Attributes:
        sign_key: the key that the site shares, for tokens that are renewed; empty where there is none.
    """

    def __init__(
        self, verifier: TokenVerifier, sign_key: str = "", look_again: Callable[[], None] = lambda: None
    ) -> None:
        """`look_again` is called when a token was signed with none of the verifier's keys: there may be new ones soon."""
        self._verifier = verifier
        self._look_again = look_again
        self.sign_key = sign_key

    def identity(self, token: str, *, now: float) -> Identity:
        """Return who a token speaks for. Raises TokenRejected with a sentence for its bearer."""
        try:
            claims = self._verifier.verify(token, now=now)
        except TokenInvalid as invalid:
            if invalid.reason == "bad_signature":
                self._look_again()
            raise TokenRejected(
                str(invalid), reason=invalid.reason, found=invalid.found, subject=invalid.subject
            ) from None
        shown = _name(claims, "nick", display_name) if claims.nick.strip() else ""
        return Identity(
            name=_name(claims, "sub", verified_name),
            user=user_id(SITE_REALM, claims.sub),
            display_name=shown,
            operator=claims.op,
            vip=claims.vip,
            profile=_profile(claims),
            device=DeviceId(claims.device) if claims.device else None,
            rules=frozenset(Rule(rule) for rule in claims.rules if rule in _RULES),
            vouched_s=claims.auth_time or claims.iat or now,
        )

    def renewed(self, identity: Identity, *, now: float) -> tuple[str, float]:
        """Return a token that says again what the site said, and when it ends; see the function of that name."""
        token = renewed(identity, self.sign_key, now=now)
        return (token, int(now) + RENEWED_TTL_S) if token else ("", 0.0)


def renewed(identity: Identity, key: str, *, now: float) -> str:
    """Return a token that says again what the site said of a user, for their way back (BareRTC §2.6).

    It lives for 5 minutes. Empty for a guest, and a day after the site itself vouched: then the site has to do it again.
    """
    if identity.user is None or not key or now - identity.vouched_s > RENEWED_FOR_S:
        return ""
    if identity.user != user_id(SITE_REALM, subject_of(identity.user)):  # of another realm: no user of the site's
        return ""
    profile = identity.profile
    claims = {
        "sub": subject_of(identity.user),
        "nick": identity.display_name,
        "op": identity.operator,
        "vip": identity.vip,
        "img": profile.avatar,
        "url": profile.url,
        "emoji": profile.emoji,
        "gender": profile.gender,
        "rules": sorted(rule.value for rule in identity.rules),
        "device": identity.device,
        "auth_time": int(identity.vouched_s),
    }
    return mint(claims, key, ttl_s=RENEWED_TTL_S, now=now)


def _name(claims: Claims, claim: str, checked: Callable[[str], str]) -> str:
    try:
        return checked(getattr(claims, claim))
    except NameProblem as problem:
        sentence = f"The name in this sign-in token cannot be used here ({claim}): {problem.sentence}"
        raise TokenRejected(
            sentence, reason="bad_name", found=f"{claim}: {problem.code}", subject=subject_shown(claims.sub)
        ) from None


def _profile(claims: Claims) -> Profile:
    profile = Profile(claims.img, claims.url, claims.emoji, claims.gender)
    return NO_PROFILE if profile == NO_PROFILE else profile
