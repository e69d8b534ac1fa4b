"""Which endpoints a path has."""

from __future__ import annotations

import pytest

from palaver.dialects.base import Endpoint, Kind
from palaver.transports.paths import Paths

LIST = Endpoint("/user/{user}/devices", kind=Kind.ANSWER)
POST = Endpoint("/user/{user}/device/{device}", method="POST", kind=Kind.ANSWER)
PATHS = Paths(("/beep",), (LIST, POST))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/user/a/devices", [(LIST, {"user": "a"})]),
        ("/USER/a/Devices/", [(LIST, {"user": "a"})]),
        ("/beep/user/a/devices", [(LIST, {"user": "a"})]),
        ("/BEEP/user/a%2Fb/device/%C3%BC%20", [(POST, {"user": "a/b", "device": "ü "})]),
        ("/user/%zz/devices", [(LIST, None)]),
        ("/user/a/device/%ff", [(POST, None)]),
        ("/user/%/%", None),
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


FILE = Endpoint("/files/{kind}/{rest:path}", kind=Kind.ANSWER)
FILES = Paths(("/some", "/a/b"), (FILE,), all_below=False)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/files/x/y", [(FILE, {"kind": "x", "rest": "y"})]),
        ("/some/files/x/y/z%2F/w", [(FILE, {"kind": "x", "rest": "y/z//w"})]),
        ("/a/b/files/x/y", [(FILE, {"kind": "x", "rest": "y"})]),
        ("/files/x", None),
        ("/files/x/", None),
        ("/some/other", None),
        ("/a/b/", None),
    ],
)
def test_the_rest_of_a_path_may_be_one_segment_and_a_prefix_may_have_several(path: str, found: object) -> None:
    assert FILES.find(path) == found
