"""Regular expressions of the site's, matched by RE2: in time that grows with the text alone, whatever the expression is."""

from __future__ import annotations

from typing import Any

import re2

from palaver.core.filters import Pattern

MAX_CHARS = 1_000
_MEMORY_BYTES = 1 << 20


class BadPattern(ValueError):  # noqa: N818 - a problem to be told, as elsewhere here
    """Not a regular expression of RE2's; the argument says why."""


def compiled(expression: str, *, may_be_everywhere: bool = False) -> Pattern:
    """Return an expression ready to be searched for. Raises BadPattern, also for one in every text."""
    if len(expression) > MAX_CHARS:
        raise BadPattern(f"it is longer than {MAX_CHARS} characters")
    options = re2.Options()
    options.max_mem = _MEMORY_BYTES
    options.log_errors = False
    try:
        found: Any = re2.compile(expression, options)
    except re2.error as problem:
        raise BadPattern(_text(problem)) from None
    if not may_be_everywhere and found.search("") is not None:
        raise BadPattern("it matches nothing at all, and so everything")
    pattern: Pattern = found
    return pattern


def _text(problem: Exception) -> str:
    reason = problem.args[0] if problem.args else problem
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
