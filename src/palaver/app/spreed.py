"""What Spreed's wire takes of the settings, and what it has around it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from palaver.config import Settings
from palaver.config.checks import secret_bytes
from palaver.dialects.spreed.agents import Agents
from palaver.dialects.spreed.options import Options
from palaver.dialects.spreed.pictures import Pictures
from palaver.dialects.spreed.pipelines import Pipelines
from palaver.dialects.spreed.proofs import Proofs
from palaver.dialects.spreed.seals import Secrets, derived, letters
from palaver.dialects.spreed.site import Runtime, Site
from palaver.integrations import runtime
from palaver.integrations.access_codes import AccessCodes
from palaver.integrations.certificates import CertificateAuthority, certified_name
from palaver.web.spreed.pages import OriginalClient

if TYPE_CHECKING:
    from palaver.integrations.nats_bus import NatsBus

VERSION = version("palaver")


def options(settings: Settings) -> Options:
    """Return what the site decides about Spreed's wire."""
    http, app, users, modules = (
        settings.spreed.http,
        settings.spreed.app,
        settings.spreed.users,
        settings.spreed.modules,
    )
    offered = {
        "screensharing": modules.screensharing,
        "youtube": modules.youtube,
        "presentation": modules.presentation,
        "contacts": modules.contacts,
    }
    return Options(
        version=VERSION,
        title=app.title,
        ver=app.ver,
        base_path=http.base_path.rstrip("/") + "/",
        stun_uris=_ice(settings, "stun", app.stun_uris),
        turn_uris=_ice(settings, "turn", app.turn_uris),
        renegotiation=app.renegotiation,
        codes=bool(app.token_file),
        pipelines=app.pipelines_enabled,
        default_room=settings.default_room,
        default_room_enabled=app.default_room_enabled,
        authorize_room_join=app.authorize_room_join,
        authorize_room_creation=app.authorize_room_creation,
        server_token=app.server_token or _server_token(settings),
        server_realm=app.server_realm,
        plugin=app.plugin,
        policy=_one_line(app.content_security_policy),
        policy_report_only=_one_line(app.content_security_policy_report_only),
        modules=tuple(name for name, on in offered.items() if on),
        users=users.enabled,
        registration=users.allow_registration,
        mode=(users.mode or "sharedsecret") if users.enabled else "",
        shared_secret=users.sharedsecret_secret,
        identity_header=users.httpheader_header.lower(),
        verified_header=users.certificate_verified_header.lower(),
        verified_value=users.certificate_verified_header_value,
        certificate_header=users.certificate_certificate_header.lower(),
        stats=http.stats,
        room_types=tuple((pattern.lower(), kind) for pattern, kind in settings.spreed.room_types.items()),
    )


def _one_line(value: str) -> str:
    """Return what a header can hold; in an original file a policy may go on over several lines."""
    return " ".join(value.split())


def bus(settings: Settings) -> NatsBus | None:
    """Return the bus on which programs beside the server are told what goes on; None where nobody is."""
    held = settings.spreed.nats
    if not (settings.spreed.enabled and held.channelling_trigger):
        return None
    # What few sites have is loaded for them alone: 9 MB.
    from palaver.integrations.nats_bus import NatsBus

    return NatsBus(held.url, name=held.client_id, warn_after_s=held.establish_timeout)


def client_authority(settings: Settings) -> str | None:
    """Return the file of the authority whose clients' certificates our own TLS asks for; None where it asks for none."""
    users = settings.spreed.users
    by_proxy = users.certificate_verified_header and users.certificate_verified_header_value
    if not (settings.spreed.enabled and users.enabled and users.mode == "certificate") or by_proxy:
        return None
    return users.certificate_certificate or None


def site(settings: Callable[[], Settings], bus: NatsBus | None = None) -> Site:
    """Return everything around Spreed's wire, for settings that may change."""
    latest = _Latest(settings)
    now = settings()
    held = options(now)
    session, encryption = now.spreed.app.session_secret, now.spreed.app.encryption_secret
    ours = Secrets.of_server(now.server_secret, held.realm)
    proofs = Proofs(
        Secrets(
            secret_bytes(session) if session else ours.session,
            secret_bytes(encryption) if encryption else ours.encryption,
            held.realm,
        )
    )
    codes = now.spreed.app.token_file
    return Site(
        options=latest,
        proofs=proofs,
        now=time.time,
        new_hex=lambda: secrets.token_hex(16),
        runtime=lambda: Runtime(**runtime.figures()),
        codes=AccessCodes(Path(codes)) if codes else None,
        authority=_authority(now),
        named=certified_name,
        agents=_agents(now, proofs, bus),
        pictures=Pictures(proofs.secrets.session),
    )


def original_client(settings: Callable[[], Settings]) -> OriginalClient:
    """Return where the site has the original client's files."""
    http, app = settings().spreed.http, settings().spreed.app
    return OriginalClient(
        options=_Latest(settings),
        now=time.time,
        root=_folder(http.root),
        extra=_folder(app.extra),
        extra_d=_folder(app.extra_d),
    )


def _folder(path: str) -> Path | None:
    return Path(path) if path else None


class _Latest:
    """The options of the settings as they stand, made anew only when these change."""

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings
        self._made_of = settings()
        self._options = options(self._made_of)

    def __call__(self) -> Options:
        settings = self._settings()
        if settings is not self._made_of:
            self._made_of, self._options = settings, options(settings)
        return self._options


def _agents(settings: Settings, proofs: Proofs, bus: NatsBus | None) -> Agents | None:
    held, pipelines = settings.spreed.nats, settings.spreed.app.pipelines_enabled
    if bus is None and not pipelines:
        return None
    kept = Pipelines(time.time) if pipelines else None
    return Agents(proofs.ids, kept, bus, prefix=held.channelling_trigger_subject, name=held.client_id)


def _authority(settings: Settings) -> CertificateAuthority | None:
    """Return who signs the certificates of new users; None where nobody does."""
    users = settings.spreed.users
    if not (users.certificate_certificate and users.certificate_key):
        return None
    return CertificateAuthority(
        Path(users.certificate_certificate),
        Path(users.certificate_key),
        valid_days=users.certificate_valid_for_days,
        organization=users.certificate_organization,
        now=time.time,
    )


def _ice(settings: Settings, scheme: str, own: str) -> tuple[str, ...]:
    found = (*settings.turn.urls, *own.split())
    return tuple(dict.fromkeys(url for url in found if url.lower().startswith(scheme)))


def _server_token(settings: Settings) -> str:
    """Return a public text of this server's own: clients make the names of their stores of it."""
    return letters(derived("spreed server token", settings.server_secret.encode())[:18])
