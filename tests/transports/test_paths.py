"""Which endpoints a path has."""

from __future__ import annotations

import pytest

from palaver.dialects.base import Endpoint, Kind
from palaver.transports.paths import Paths

LIST = Endpoint("/user/{user}/devices", kind=Kind.ANSWER)
POST = Endpoint("/user/{user}/device/{device}", method="POST", kind=Kind.ANSWER)
PATHS = Paths("beep", (LIST, POST))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/user/a/devices", [(LIST, {"user": "a"})]),
        ("/USER/a/Devices/", [(LIST, {"user": "a"})]),
        ("/beep/user/a/devices", [(LIST, {"user": "a"})]),
        ("/BEEP/user/a%2Fb/device/%C3%BC%20", [(POST, {"user": "a/b", "device": "ü "})]),
        ("/user/a/b/devices", None),
        ("/user//devices", None),
        ("/user/a/devices//", None),
        ("/", None),
        ("/beep", None),
        ("/beep/", None),
        ("/beep/x", []),
        ("/other", None),
    ],
)
def test_a_path_is_found_by_its_segments(path: str, found: object) -> None:
    assert PATHS.find(path) == found
