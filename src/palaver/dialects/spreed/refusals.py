"""The codes by which this wire says no, and what of the core's refusals each stands for (§3.5)."""

from __future__ import annotations

from palaver.core import errors
from palaver.core.errors import Refusal


class DefaultRoomDisabled(errors.Denied):
    """The room without a name is switched off."""

    code = "default_room_disabled"
    sentence = "The default room is not open here."


class UserNeeded(errors.Denied):
    """Entering, or making, a room needs a user."""

    code = "room_join_requires_account"
    sentence = "Log in to enter this room."


class ContactsOff(errors.Denied):
    """There are no contacts on this site."""

    code = "contacts_not_enabled"
    sentence = "Contacts are not enabled here."


class NoSuchSession(errors.Missing):
    """The session of an attestation has ended."""

    code = "no_such_session"
    sentence = "That session has ended."


CODES = {
    "malformed": "bad_request",
    "bad_name": "bad_request",
    "not_proved": "bad_request",
    "pin_required": "authorization_required",
    "pin_not_asked": "authorization_not_required",
    "wrong_pin": "invalid_credentials",
    "guests_not_admitted": "room_join_requires_account",
    "token_required": "room_join_requires_account",
    "already_identified": "already_authenticated",
    "unavailable": "unknown",
    "server_fault": "unknown",
}
"""The wire's code of a refusal; one that is not here has its own."""

OF_ENTERING = {"no_such_room": "room_join_requires_account", "not_allowed": "room_join_requires_account"}
"""The same where somebody wanted to enter a room."""


def code_of(refusal: Refusal, *, entering: bool = False) -> str:
    """Return the wire's code of a refusal."""
    code = refusal.code
    return (OF_ENTERING.get(code) if entering else None) or CODES.get(code, code)
