"""What a bot decides to do, as values: `talk` returns them, `run` does them."""

from __future__ import annotations

from dataclasses import dataclass

from palaver.bot.wire import Frame


@dataclass(frozen=True)
class Send:
    """Send a frame, some seconds from now."""

    frame: Frame
    after_s: float = 0.0


@dataclass(frozen=True)
class Greet:
    """Ask in some seconds whether to greet somebody who has come, by `Talk.greeting`."""

    username: str
    after_s: float


@dataclass(frozen=True)
class RestartServer:
    """Tell the server to shut down, since nothing comes back through its chat any more."""


Deed = Send | Greet | RestartServer
