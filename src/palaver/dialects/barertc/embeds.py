"""Finds a link to a YouTube video in a message's HTML and shows the video below it (§3.6.7)."""

from __future__ import annotations

import re

_LINK = re.compile(
    r"""href="https?://(?:www\.|m\.)?(?:
        youtu\.be/
      | youtube(?:-nocookie)?\.com/(?: watch\?(?:[^"\#]*?(?:&amp;|&))?v= | embed/ | v/ | e/ )
    )(?P<id>[A-Za-z0-9_-]{10}[048AEIMQUYcgkosw])(?![A-Za-z0-9_-])""",
    re.VERBOSE,
)
_FRAME = (
    '<iframe class="youtube-embed" width="560" height="315" src="https://www.youtube.com/embed/{id}"'
    ' title="YouTube video player" frameborder="0"'
    ' allow="autoplay; encrypted-media; picture-in-picture; web-share" allowfullscreen></iframe>'
)


def with_embed(shown: str) -> str:
    """Return cleaned HTML with the video of its first YouTube link, if it has one."""
    if "youtu" not in shown:
        return shown
    found = _LINK.search(shown)
    return shown if found is None else shown + "\n" + _FRAME.format(id=found["id"])
