"""Where Spreed is spoken: its REST addresses, at the root and below `/spreed` and the base path of the settings."""

from __future__ import annotations

from palaver.core.base import Event
from palaver.core.sessions import Position
from palaver.dialects.base import Dialect, Payload
from palaver.dialects.spreed.exchange import OPERATIONS, http_surface
from palaver.dialects.spreed.site import Site, plain_site


def render(event: Event, position: Position) -> Payload | None:
    """Nobody is told of events over HTTP."""
    return None


def dialect(site: Site) -> Dialect:
    """Return the dialect for one site."""
    return Dialect(
        name="spreed",
        endpoints=tuple(OPERATIONS),
        translator=None,
        render=render,
        http=http_surface(site),
    )


DIALECT = dialect(plain_site())
"""The dialect as it is where a site decides nothing."""
