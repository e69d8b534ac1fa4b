"""Knows how `palaver bot` ends; what a bot does is in `palaver.bot`."""

from __future__ import annotations

import sys
from pathlib import Path

STOPPED, SERVER_GONE, UNUSABLE = 0, 1, 2


def run(folder: Path) -> int:
    """Run the bot of a folder; return 0 when it was told to stop, 1 when the server is gone, 2 for a folder to see to."""
    from palaver.bot.brain import BrainError
    from palaver.bot.run import NoEntryError, run_bot
    from palaver.bot.settings import BotSettingsError

    try:
        run_bot(folder)
    except (BotSettingsError, BrainError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    except NoEntryError as error:
        print(error, file=sys.stderr)
        return SERVER_GONE
    return STOPPED
