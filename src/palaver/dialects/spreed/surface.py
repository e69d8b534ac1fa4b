"""Where Spreed is spoken: its WebSocket and REST addresses, at the root, below `/spreed`, and below the site's base path."""

from __future__ import annotations

from collections.abc import Sequence

from palaver.core.ids import SessionId
from palaver.dialects.base import Call, Dialect, Endpoint, Request, Translator
from palaver.dialects.spreed.documents import Voice
from palaver.dialects.spreed.exchange import OPERATIONS, http_surface
from palaver.dialects.spreed.interpret import is_own
from palaver.dialects.spreed.pictures import NoPicture
from palaver.dialects.spreed.render import Renderer
from palaver.dialects.spreed.site import Site, plain_site
from palaver.dialects.spreed.translator import SpreedTranslator
from palaver.dialects.spreed.vouching import vouched_user
from palaver.dialects.spreed.wire import MAX_FRAME_BYTES

WEBSOCKETS = (
    Endpoint("/spreed/ws"),
    Endpoint("/ws", query="t"),
    Endpoint("/ws", first=is_own),
    Endpoint("/ws", silence=True),
)
"""Its clients wait for Self; with a token of the connection before they say so in the address (§1.16)."""


def dialect(site: Site) -> Dialect:
    """Return the dialect for one site."""
    voice = Voice(site.proofs, site.options, site.now, site.room_types)
    renderer = Renderer(voice)
    base = site.options().base_path

    def picture(session: SessionId, url: str) -> str | None:
        try:
            return site.pictures.keep(session, url, now=site.now())
        except NoPicture:
            return None

    def opening(call: Call) -> tuple[Translator, Sequence[Request]]:
        translator = SpreedTranslator(voice, renderer, picture, site.agents)
        return translator, (translator.enter(call, vouched_user(call, site)),)

    below_base = () if base in ("/", "/spreed/") else (Endpoint(f"{base}ws"),)
    return Dialect(
        name="spreed",
        endpoints=(*WEBSOCKETS, *below_base, *OPERATIONS),
        translator=None,
        opening=opening,
        render=renderer.render,
        max_frame_bytes=MAX_FRAME_BYTES,
        hears_itself=False,
        main_channel_alone=True,
        hears_global_room=True,
        http=http_surface(site),
        parted=SpreedTranslator.parted if site.agents is not None else None,
    )


DIALECT = dialect(plain_site())
"""The dialect as it is where a site decides nothing."""
