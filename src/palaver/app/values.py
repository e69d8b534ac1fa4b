"""What each part of the server takes of the settings, as plain values: adapters never see the settings themselves."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import msgspec

from palaver.config import Settings
from palaver.core.filters import MessageFilter
from palaver.core.ids import ChannelId, RoomId
from palaver.core.names import fold
from palaver.core.participants import Rule
from palaver.core.rooms import Channel, History, Life, Room
from palaver.dialects import markup
from palaver.dialects.barertc.wire import Options as BareRTCOptions
from palaver.dialects.beep.wire import Options as BeepOptions
from palaver.dialects.conference.wire import Options as ConferenceOptions
from palaver.hub.admission import Admission
from palaver.hub.limits import Limits
from palaver.hub.link_spam import LinkSpamLimits
from palaver.hub.outbox import PROFILE, REPORT
from palaver.integrations.attachments import Attachments
from palaver.integrations.chat_files import ChatFiles
from palaver.integrations.ice import ConfiguredIce
from palaver.integrations.jwt import VerificationKey, public_keys, shared_key
from palaver.integrations.patterns import compiled
from palaver.integrations.pictures import PictureStore
from palaver.integrations.site_keys import SiteKeys
from palaver.integrations.site_tokens import SiteTokens, renewed
from palaver.transports.access import Access
from palaver.transports.engine_settings import EngineSettings
from palaver.transports.websocket import WebSocketSettings
from palaver.web.barertc.site import AskProfile, BareRTCSite
from palaver.web.pages import Site
from palaver.web.pictures import PICTURE_BYTES
from palaver.web.routes import SiteAccess
from palaver.web.surroundings import PageFacts

FRAME_BYTES_BEFORE_SESSION = 64 * 1024
NEVER_SCALED_PX = 1 << 20


def limits(settings: Settings) -> Limits:
    """Return the bounds that the hub keeps."""
    held = settings.limits
    return Limits(
        messages_per_second=held.messages_per_second,
        messages_burst=held.messages_burst,
        asks_per_second=held.asks_per_second,
        asks_burst=held.asks_burst,
        # Whoever lifts the rate of frames means their bytes, too.
        signal_bytes_per_second=held.signal_bytes_per_second if held.frames_per_second else 0,
        logins_per_minute=int(held.logins_per_minute),
        uploads_per_minute=held.uploads_per_minute,
        connections_per_address=held.connections_per_address,
        requests_per_second=held.requests_per_second,
        requests_burst=held.requests_burst,
        frames_per_second=held.frames_per_second,
        frames_burst=held.frames_burst,
    )


def admission(settings: Settings) -> Admission:
    """Return who may open a session."""
    return Admission(
        guests=settings.guests_allowed,
        resume_s=settings.limits.resume_seconds,
        default_room=RoomId(settings.default_room),
        global_room=RoomId(settings.spreed.app.global_room if settings.spreed.enabled else ""),
        keep_direct=settings.direct_message_history.enabled,
        permit_explicit=settings.permit_nsfw,
        blockable_operators=settings.blockable_admins,
        secret_vip=settings.vip.mutually_secret,
        user_rules=user_rules(settings),
        rule_texts=rule_texts(settings),
        filters=filters(settings),
        link_spam=link_spam(settings),
    )


def filters(settings: Settings) -> tuple[MessageFilter, ...]:
    """Return the rules on words that are switched on, in their order."""
    return tuple(
        MessageFilter(
            tuple(compiled(phrase) for phrase in table.keyword_phrases),
            channels=table.public_channels,
            direct=table.private_channels,
            censor=table.censor_message,
            forward=table.forward_message,
            report=table.report_message,
            response=table.chat_server_response,
        )
        for table in settings.message_filters
        if table.enabled
    )


def link_spam(settings: Settings) -> LinkSpamLimits:
    """Return when one link goes to too many people."""
    held = settings.dm_link_spam_protection
    people = held.max_threads if held.enabled else 0
    return LinkSpamLimits(people=people, forgotten_s=held.time_limit, ban_hours=held.ban_hours)


def webhook_addresses(settings: Settings) -> dict[str, str]:
    """Return where each webhook that is switched on is posted to; of several of one name the first counts."""
    found: dict[str, str] = {}
    for table in reversed(settings.webhook_urls):
        if table.enabled and table.url:
            found[table.name] = table.url
        else:
            found.pop(table.name, None)
    return found


def user_rules(settings: Settings) -> dict[str, frozenset[Rule]]:
    """Return the rules that the settings lay on people, by folded name; several tables of one name add up."""
    found: dict[str, frozenset[Rule]] = {}
    for table in settings.moderation_rule:
        laid = {
            Rule.CAMERA_ALWAYS_EXPLICIT: table.camera_always_nsfw,
            Rule.NO_BROADCAST: table.no_broadcast,
            Rule.NO_VIDEO: table.no_video,
            Rule.NO_IMAGE: table.no_image,
            Rule.NO_DARK_VIDEO: table.no_dark_video,
        }
        name = fold(table.username)
        found[name] = found.get(name, frozenset()) | {rule for rule, on in laid.items() if on}
    return found


def rule_texts(settings: Settings) -> dict[Rule, str]:
    """Return the site's own sentences about its rules."""
    strings = settings.strings
    return {
        Rule.CAMERA_ALWAYS_EXPLICIT: strings.mod_rule_error_camera_always_nsfw,
        Rule.NO_BROADCAST: strings.mod_rule_error_no_broadcast,
        Rule.NO_VIDEO: strings.mod_rule_error_no_video,
        Rule.NO_IMAGE: strings.mod_rule_error_no_image,
    }


def access(settings: Settings) -> Access:
    """Return who may connect."""
    return Access(
        settings.trusted_networks,
        settings.allowed_origins,
        settings.websocket_read_limit,
        silence_s=settings.limits.silence_seconds,
    )


def websocket_settings(settings: Settings) -> WebSocketSettings:
    """Return how much and how long a WebSocket is put up with."""
    return WebSocketSettings(max_message_bytes=FRAME_BYTES_BEFORE_SESSION, budget_bytes=settings.limits.outbox_bytes)


def engine_settings(settings: Settings) -> EngineSettings:
    """Return how much and how long a session of Socket.IO is put up with."""
    return EngineSettings(first_message_bytes=FRAME_BYTES_BEFORE_SESSION, budget_bytes=settings.limits.outbox_bytes)


def site_keys(settings: Settings) -> tuple[tuple[VerificationKey, ...], str, str]:
    """Return the site's keys, the address of those that it publishes, and for whom it signs; nothing without tokens."""
    jwt = settings.jwt
    if not jwt.enabled:
        return (), "", ""
    signing = public_keys(Path(jwt.public_key).read_text(encoding="ascii")) if jwt.public_key else ()
    return (shared_key(jwt.secret_key), *signing), jwt.key_set_url, jwt.audience


def site_tokens(settings: Settings, keys: SiteKeys) -> SiteTokens | None:
    """Return the judge of the site's tokens; None where they are switched off, and then any token is ignored."""
    if keys.verifier is None:
        return None
    return SiteTokens(keys.verifier, settings.jwt.secret_key, keys.look_again)


def site_access(settings: Settings) -> SiteAccess:
    """Return who may ask what over HTTP."""
    return SiteAccess(
        title=settings.title,
        admin_key=settings.admin_api_key,
        token_key=settings.jwt.secret_key if settings.jwt.enabled else "",
        trusted=settings.trusted_networks,
        origins=settings.allowed_origins,
        uploads_per_minute=settings.limits.uploads_per_minute,
        strict=not settings.guests_allowed,
        landing_url=settings.jwt.landing_page_url,
    )


def barertc_site(settings: Settings, ask_profile: AskProfile | None = None) -> BareRTCSite:
    """Return what BareRTC's addresses must know of the site."""
    history = settings.direct_message_history
    return BareRTCSite(
        room=barertc_room(settings),
        sign_key=settings.jwt.secret_key,
        history_days=history.retention_days if history.enabled else None,
        ask_profile=ask_profile,
    )


def barertc(settings: Settings, pictures: Attachments, message_id: Callable[[], int] = int) -> BareRTCOptions:
    """Return what the site decides about BareRTC's wire; `message_id` makes numbers of messages."""
    return BareRTCOptions(
        room=barertc_room(settings),
        token_for=lambda identity: (
            renewed(identity, settings.jwt.secret_key, now=time.time()) if settings.jwt.enabled else ""
        ),
        inline_url=pictures.inline_url,
        message_id=message_id,
        preview_px=settings.preview_image_width,
        landing_url=settings.jwt.landing_page_url if settings.jwt.enabled else "",
    )


def chat_files(settings: Settings, data_dir: Path) -> ChatFiles | None:
    """Return what writes chat down; None where that is switched off."""
    held = settings.logging
    if not held.enabled or not (held.channels or held.usernames):
        return None
    return ChatFiles(data_dir / held.directory, barertc_room(settings), held.channels, held.usernames)


def barertc_room(settings: Settings) -> RoomId:
    """Return the one room that BareRTC's clients see."""
    return RoomId(settings.barertc.room or settings.default_room)


def page_facts(settings: Settings) -> PageFacts:
    """Return what pages are told of the site beside what they are made from."""
    return PageFacts(
        branding=markup.plain_text(settings.branding),
        disclaimer=markup.plain_text(settings.direct_message_history.disclaimer_message)
        if settings.direct_message_history.enabled
        else "",
        vip_name=settings.vip.name,
    )


def beep(settings: Settings) -> BeepOptions:
    """Return what the site decides about Beep's wire."""
    held = settings.beep
    return BeepOptions(
        trust_claim_header=held.trust_claim_header,
        strict=held.authenticated_only,
        claimless=held.claimless_subscribe,
        devices_per_user=held.devices_per_user,
    )


def conference(settings: Settings) -> ConferenceOptions:
    """Return what the site decides about the conference wire."""
    held = settings.conference
    return ConferenceOptions(secret=settings.server_secret, transfer=held.transfer, waiting_room=held.waiting_room)


def pictures(settings: Settings, data_dir: Path) -> PictureStore:
    """Return the keeper of shared pictures."""
    return PictureStore(
        data_dir,
        settings.server_secret.encode(),
        max_bytes=PICTURE_BYTES,
        max_side=settings.max_image_width or NEVER_SCALED_PX,
    )


def ice(settings: Settings) -> ConfiguredIce:
    """Return the source of ICE servers."""
    turn, app = settings.turn, settings.spreed.app
    urls = tuple(dict.fromkeys((*turn.urls, *app.stun_uris.split(), *app.turn_uris.split())))
    secret = turn.secret or app.turn_secret
    return ConfiguredIce(urls, username=turn.username, credential=turn.credential, secret=secret, ttl_s=turn.ttl)


def site(settings: Settings) -> Site:
    """Return what the page must know of the site."""
    return Site(
        title=settings.title,
        website_url=settings.website_url,
        default_room=settings.default_room,
        guests=settings.guests_allowed,
        features=features(settings),
        max_upload_bytes=PICTURE_BYTES,
        frame_ancestors=("'self'", *(origin.rstrip("/") for origin in settings.framed_by)),
    )


def features(settings: Settings) -> tuple[str, ...]:
    """Return the parts of the page that are on for this site."""
    webhooks = webhook_addresses(settings)
    offered = {
        "pictures": True,
        "explicit": settings.permit_nsfw,
        "reports": REPORT in webhooks,
        "profiles": PROFILE in webhooks,
        "history": settings.direct_message_history.enabled,
    }
    return tuple(name for name, on in offered.items() if on)


def configured_rooms(
    settings: Settings, held: Mapping[RoomId, Room], former: Settings | None = None
) -> tuple[Room, ...]:
    """Return the rooms that are always there: of whoever names none, and of BareRTC's clients where that is another.

    Their channels are those of the settings, then those that were added to what is `held`, which those of the `former`
    settings were not.
    """
    names = [RoomId(settings.default_room), *([barertc_room(settings)] if settings.barertc.enabled else [])]
    gone = {channel.id for channel in former.public_channels} if former is not None else set()
    return tuple(_configured_room(settings, name, held.get(name), gone) for name in dict.fromkeys(names))


def _configured_room(settings: Settings, name: RoomId, stored: Room | None, gone: Collection[str]) -> Room:
    configured = tuple(
        Channel(
            ChannelId(channel.id),
            title=channel.name,
            icon=channel.icon,
            vip_only=channel.vip,
            pictures=channel.permit_photos,
            history=History(channel.history),
            newcomers_see=channel.echo_messages_on_join,
            welcomes=channel.welcome_messages,
        )
        for channel in settings.public_channels
    )
    if stored is None:
        return Room(name, title=settings.title, life=Life.PERMANENT, channels=configured)
    known = {channel.id for channel in configured}.union(gone)
    added = tuple(channel for channel in stored.channels if channel.id not in known)
    return msgspec.structs.replace(stored, life=Life.PERMANENT, channels=configured + added)
