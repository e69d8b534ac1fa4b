"""What the addresses of the web layer act on, as plain values that the composition root fills in."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from palaver.hub.hub import Hub
from palaver.integrations.pictures import PictureStore
from palaver.integrations.webhooks import Webhooks
from palaver.transports.address import TrustedProxies
from palaver.transports.polled import PollingTransport
from palaver.transports.socketio import SocketIo
from palaver.transports.visits import Visits
from palaver.web.barertc.site import BareRTCSite
from palaver.web.pages import Site
from palaver.web.spreed.pages import OriginalClient


@dataclass(frozen=True)
class SiteAccess:
    """Who may ask what over HTTP; read anew for every request, since settings change while the server runs.

    Attributes:
        title: name of the site, under which it speaks in rooms.
        admin_key: proves that a request comes from the site; the empty one refuses everybody.
        token_key: signs tokens for users; empty where tokens are ignored.
        trusted: proxies whose forwarded addresses count.
        origins: other sites whose pages may ask.
        uploads_per_minute: pictures that one person may share; 0 for no limit.
        strict: nobody enters without a token.
        landing_url: where visitors without a token are sent then; empty for nowhere.
    """

    title: str = "Palaver"
    admin_key: str = ""
    token_key: str = ""
    trusted: TrustedProxies = ()
    origins: Collection[str] = ()
    uploads_per_minute: float = 30.0
    strict: bool = False
    landing_url: str = ""


@dataclass(frozen=True)
class PageFacts:
    """What a page is told of the site beside what it is made from, as the settings stand now; all of it is plain text.

    Attributes:
        branding: more about the site than its title.
        disclaimer: what stands above direct messages, where they are kept.
        vip_name: what VIPs are called.
    """

    branding: str = ""
    disclaimer: str = ""
    vip_name: str = "VIP"


def _nobody() -> SiteAccess:
    return SiteAccess()


@dataclass(frozen=True)
class Surroundings:
    """What the addresses act on.

    Attributes:
        site: returns what the page must know of the site, as the settings stand now.
        websocket_paths: where a WebSocket is expected, so that a plain request is told so.
        restart: stops the process so that its supervisor starts it again.
        access: returns who may ask what, as the settings stand now.
        webhooks: calls the website; None where nobody does.
        pictures: keeps shared pictures; None where they are switched off.
        facts: returns what pages are told of the site, as the settings stand now.
        visits: the dialects that are spoken over HTTP.
        socketio: the dialects that are spoken in Socket.IO, whose clients may poll.
        barertc: returns what BareRTC's addresses must know, as the settings stand now; None where they are switched off.
        polling: BareRTC's clients without a connection; None where they are switched off.
        spreed: where the original Spreed client is; None where its wire is switched off.
        path_prefix: below which path a proxy shows us, which it takes off what it passes on.
        draining: returns whether the process is about to stop.
        recording_fails: returns whether nothing can be stored, or what was to be stored last could not be.
        unsent_bytes: returns how much waits to be read by clients, over all connections.
        open_connections: returns how many connections stand, identified or not.
    """

    hub: Hub
    site: Callable[[], Site]
    websocket_paths: tuple[str, ...]
    restart: Callable[[], None]
    access: Callable[[], SiteAccess] = _nobody
    webhooks: Webhooks | None = None
    pictures: PictureStore | None = None
    facts: Callable[[], PageFacts] = PageFacts
    visits: tuple[Visits, ...] = ()
    socketio: tuple[SocketIo, ...] = ()
    barertc: Callable[[], BareRTCSite] | None = None
    polling: PollingTransport | None = None
    spreed: OriginalClient | None = None
    path_prefix: str = ""
    draining: Callable[[], bool] = bool
    recording_fails: Callable[[], bool] = bool
    unsent_bytes: Callable[[], int] = int
    open_connections: Callable[[], int] = int
