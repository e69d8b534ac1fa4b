"""Who is shown the page, and what of the site's decisions a page is told (BareRTC §1.2).

Who may enter a room is decided by the hub.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from palaver.core.participants import Identity
from palaver.hub import vouching
from palaver.hub.ports.integrations import TokenRejected
from palaver.web.callers import address_of
from palaver.web.surroundings import Surroundings

DENIED = "Authentication denied. Please go back and try again."
BAD_TOKEN = "Error parsing your JWT token: "  # noqa: S105


class Gate:
    """The gate of one site, which judges by the settings as they stand."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    def refusal(self, token: str, request: Request) -> Response | None:
        """Return what somebody is answered whose token is not good, or who has none where one is needed.

        A token is ignored where tokens are switched off.
        """
        access = self._surroundings.access()
        if token and self._surroundings.hub.tokens is not None:
            problem = self._problem(token, request)
            return PlainTextResponse(BAD_TOKEN + problem, 403) if problem else None
        if not access.strict:
            return None
        if access.landing_url:
            return RedirectResponse(access.landing_url, 302)
        return PlainTextResponse(DENIED, 403)

    def constants(self, token: str) -> Mapping[str, object]:
        """Return the restrictions that the site lays on this visitor, and whom they do not want to meet."""
        facts, identity = self._surroundings.facts(), self._identity(token)
        told: dict[str, object] = {
            "branding": facts.branding,
            "disclaimer": facts.disclaimer,
            "vipName": facts.vip_name,
        }
        if identity is None:
            return told | {"rules": [], "blocklist": []}
        blocklist = self._surroundings.hub.blocklists.names(identity.user)
        return told | {"rules": sorted(identity.rules), "blocklist": list(blocklist)}

    def _problem(self, token: str, request: Request) -> str:
        address = address_of(request, self._surroundings.access().trusted)
        try:
            vouching.identity_of(self._surroundings.hub, token, address=address, brought_to=request.url.path)
        except TokenRejected as rejected:
            return str(rejected)
        return ""

    def _identity(self, token: str) -> Identity | None:
        hub = self._surroundings.hub
        if not token or hub.tokens is None:
            return None
        try:
            return hub.tokens.identity(token, now=hub.clock.now())
        except TokenRejected:
            return None
