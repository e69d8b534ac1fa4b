"""How the process is run."""

from __future__ import annotations

from typing import Protocol


class Operations(Protocol):
    """How the process is run, as far as those who run the site may do so from inside a room."""

    def reload(self) -> str:
        """Read the settings anew; return what is wrong with them, in which case nothing changed, or nothing."""
        ...

    def restart(self) -> None:
        """Stop, so that a supervisor starts the server again; what was told before goes out first."""
        ...
