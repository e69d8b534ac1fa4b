"""A server that speaks Spreed's REST, without a socket, and shorthands for asking it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.fakes import World, driven
from tests.transcripts.http import Answered, Asked, PureHttp, spreed_site


class Town:
    """One site."""

    def __init__(self, options: dict[str, Any] | None = None, **around: Any) -> None:
        self.world = World()
        self.site = replace(spreed_site(self.world, {"spreed": options or {}}), **around)
        self.http = PureHttp(self.world, {}, self.site)

    def ask(self, path: str, method: str = "GET", **line: Any) -> Answered:
        return driven(self.http.ask("ana", Asked.of({"path": path, "method": method, **line})))

    def says(self, path: str, method: str = "GET", **line: Any) -> tuple[int, Any]:
        """Return the status and the body as JSON."""
        answered = self.ask(path, method, **line)
        return answered.status, json.loads(answered.body)
