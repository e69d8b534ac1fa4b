"""Reads a site's access codes from a file, and reads it again when it has changed; what they open is left to others."""

from __future__ import annotations

from pathlib import Path

import structlog

log = structlog.get_logger()

MAX_BYTES = 4 * 1024 * 1024


class AccessCodes:
    """The codes of one file: the first field of each line, ended by a colon; `#` begins a comment (Spreed §1.9)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed_ns = -1
        self._codes: frozenset[str] = frozenset()
        self._problem = ""

    def holds(self, code: str) -> bool:
        """Return whether a code, in lower case, is in the file as it is now; the last good reading counts meanwhile."""
        try:
            changed_ns = self._path.stat().st_mtime_ns
            if changed_ns != self._changed_ns:
                self._codes, self._changed_ns = _read(self._path), changed_ns
            self._problem = ""
        except OSError as problem:
            said, self._problem = self._problem, problem.strerror or type(problem).__name__
            if self._problem != said:  # whoever asks often does not fill the log
                log.warning("access_codes_not_read", file=str(self._path), problem=self._problem)
        return code in self._codes


def _read(path: Path) -> frozenset[str]:
    with path.open("rb") as file:
        lines = file.read(MAX_BYTES).decode(errors="replace").splitlines()
    fields = (line.lstrip().partition(":")[0].strip().lower() for line in lines if not line.lstrip().startswith("#"))
    return frozenset(field for field in fields if field)
