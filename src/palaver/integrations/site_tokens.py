"""Reads a site's tokens as identities of the core; checking signatures and times is left to `jwt`."""

from __future__ import annotations

from palaver.core.ids import SITE_REALM, DeviceId, user_id
from palaver.core.names import NameProblem, display_name
from palaver.core.participants import NO_PROFILE, Identity, Profile, Rule
from palaver.hub.ports import TokenRejected
from palaver.integrations.jwt import Claims, TokenInvalid, TokenVerifier

_RULES = frozenset(rule.value for rule in Rule)


class SiteTokens:
    """Whom the tokens of one site speak for (BareRTC §2.1 names the claims)."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier

    def identity(self, token: str, *, now: float) -> Identity:
        """Return who a token speaks for. Raises TokenRejected with a sentence for its bearer."""
        try:
            claims = self._verifier.verify(token, now=now)
            shown = display_name(claims.nick) if claims.nick.strip() else ""
        except TokenInvalid as invalid:
            raise TokenRejected(str(invalid)) from None
        except NameProblem as problem:
            raise TokenRejected(problem.sentence) from None
        return Identity(
            name=claims.sub,
            user=user_id(SITE_REALM, claims.sub),
            display_name=shown,
            operator=claims.op,
            vip=claims.vip,
            profile=_profile(claims),
            device=DeviceId(claims.device) if claims.device else None,
            rules=frozenset(Rule(rule) for rule in claims.rules if rule in _RULES),
        )


def _profile(claims: Claims) -> Profile:
    profile = Profile(claims.img, claims.url, claims.emoji, claims.gender)
    return NO_PROFILE if profile == NO_PROFILE else profile
