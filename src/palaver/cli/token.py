"""Knows how `palaver token mint` gets its key and tells the token; leaves signing to `integrations.jwt`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from palaver import config

OK = 0
UNUSABLE = 2
LONGEST_TTL_MIN = 24 * 60


def mint(data_dir: Path, claims: Mapping[str, object], *, ttl_min: int, now: float) -> int:
    """Print a token for a data directory's server, made if there is none yet; return 0, or 2 with a sentence."""
    from palaver.integrations import jwt

    try:
        if config.first_run(data_dir):
            print(f"palaver: {data_dir} was made, with keys of its own; --data names a server's", file=sys.stderr)
        settings = config.load(data_dir)
        token = jwt.mint(claims, settings.jwt.secret_key, ttl_s=ttl_min * 60, now=now)
    except (config.SettingsError, ValueError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE
    if not settings.jwt.enabled:
        print("palaver: tokens are ignored while [JWT] Enabled is false", file=sys.stderr)
    print(token)
    return OK
