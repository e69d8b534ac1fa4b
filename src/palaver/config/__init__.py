"""Every option, typed, with unit and default; files become `Settings` here and nowhere else."""

from palaver.config.loading import (
    SECRETS_FILE,
    SETTINGS_FILE,
    Report,
    SettingsError,
    examine,
    first_run,
    load,
    reload,
)
from palaver.config.reading import Idle, Problem, Reading, read_text
from palaver.config.settings import FILE_VERSION, Settings
from palaver.config.tables import (
    JWT,
    TLS,
    TURN,
    VIP,
    DirectMessageHistory,
    DMLinkSpamProtection,
    Limits,
    MessageFilter,
    ModerationRule,
    PublicChannel,
    Storage,
    Webhook,
)

__all__ = [
    "FILE_VERSION",
    "JWT",
    "SECRETS_FILE",
    "SETTINGS_FILE",
    "TLS",
    "TURN",
    "VIP",
    "DMLinkSpamProtection",
    "DirectMessageHistory",
    "Idle",
    "Limits",
    "MessageFilter",
    "ModerationRule",
    "Problem",
    "PublicChannel",
    "Reading",
    "Report",
    "Settings",
    "SettingsError",
    "Storage",
    "Webhook",
    "examine",
    "first_run",
    "load",
    "read_text",
    "reload",
]
