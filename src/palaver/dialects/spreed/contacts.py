"""Contacts: requests between two users, and people who are known and not here (§3.10, §3.12)."""

from __future__ import annotations

import msgspec

from palaver.core.chat import Direct, Message
from palaver.core.ids import UserId
from palaver.dialects.spreed.documents import Session, Voice
from palaver.dialects.spreed.wire import PRIO, chat_details

_encoder = msgspec.json.Encoder()


def absent(voice: Voice, user: UserId) -> Session:
    """Return the entry for a user without a session: under an Id that nobody has, so that there is something to address."""
    return Session("", voice.proofs.ids.stand_in(user), voice.userid(user), Prio=PRIO)


def for_addressee(voice: Voice, message: Message) -> Message | None:
    """Return a private message as its addressee may read it; None for a contact request that is nothing worth.

    The server puts the token into a request and judges the one in an answer, so that both hold the same (§3.10).
    """
    held = chat_details(message.details)
    status = held.Status
    if not isinstance(status, dict) or not isinstance(asked := status.get("ContactRequest"), dict):
        return message
    assert isinstance(message.place, Direct)
    author, addressee = message.author.user, message.place.to.user
    if "contacts" not in voice.options.modules or author is None or addressee is None or author == addressee:
        return None
    tokens, token = voice.proofs.tokens, asked.get("Token")
    told = {"Id": asked.get("Id", ""), "Success": asked.get("Success") is True, "Userid": voice.userid(author)}
    if told["Success"]:
        if not isinstance(token, str) or not tokens.is_contact(token, accepting=author, asking=addressee):
            return None
        told["Token"] = token
    elif not token:
        told["Token"] = tokens.contact(accepting=addressee, asking=author)
    held.Status = {**status, "ContactRequest": told}
    return msgspec.structs.replace(message, details=msgspec.Raw(_encoder.encode(held)))
