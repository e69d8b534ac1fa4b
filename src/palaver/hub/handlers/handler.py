"""The shape of a handler, and of the table that each noun's module offers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from palaver.core.base import Command, Outcome

Handler = Callable[[Any, Any, Any], Outcome | Coroutine[Any, Any, Outcome]]
"""Called with the hub, the session that asks, and its command; raises a Refusal for no.

One that never waits may be a plain function, which spares the making of a coroutine.
"""

Handlers = dict[type[Command], Handler]
