"""The kinds of sentence the core is made of: what is asked, what became true, and what an asker is told.

Which sentences there are stands in the module of each noun; who hears them stands in `audience`. None of them can be part of
a cycle, so the garbage collector need not look at them (`gc=False`).
"""

from __future__ import annotations

import re

import msgspec

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def word(name: str) -> str:
    """Return the wire word of a class name: `PostMessage` is `post_message` in every tagged union."""
    return _HUMP.sub("_", name).lower()


class Value(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A plain value, compared by what it holds. Defaults are left out where it is encoded."""


class Command(msgspec.Struct, frozen=True, tag_field="type", tag=word, omit_defaults=True, gc=False):
    """Something a session asks for, in the imperative. It holds only what the asker may say, never who asks."""


class Query(Command, frozen=True):
    """A command that changes nothing."""


class Event(msgspec.Struct, frozen=True, tag_field="type", tag=word, omit_defaults=True, gc=False):
    """Something that became true, in the past tense. It holds only what its whole audience may know."""


class Outcome(msgspec.Struct, frozen=True, tag_field="type", tag=word, omit_defaults=True, gc=False):
    """The answer to one command that succeeded, for the asker alone."""


class Done(Outcome, frozen=True):
    """The command took effect; there is nothing else to say."""


DONE = Done()
"""The one `Done`, since they are all alike."""
