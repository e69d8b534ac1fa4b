"""Shows the attachments of a message as HTML: pictures of this server as `<img>`, everything else as a link (§3.13).

Pages open their lightbox by listening for clicks: a handler inside the element would keep sites from a strict
policy (§10.3).
"""

from __future__ import annotations

import html
from collections.abc import Callable

from palaver.core.chat import Attachment

InlineUrl = Callable[[str], str]
"""Returns the picture behind an address of this server as a `data:` address; empty where there is none to be had."""


def attached_html(attachment: Attachment, inline_url: InlineUrl, preview_px: int) -> str:
    """Return one attachment; a picture no larger than its preview, and in its own shape (T11)."""
    ours = attachment.url.startswith("/")
    if not ours or not attachment.mime.startswith("image/"):
        # Somebody else's picture would tell its server who reads here (§10.3).
        name = html.escape(attachment.name or attachment.url)
        url = html.escape(attachment.url)
        return f'<p><a href="{url}" target="_blank" rel="nofollow noopener noreferrer">{name}</a></p>'
    source = html.escape(inline_url(attachment.url) or attachment.url)
    name = html.escape(attachment.name)
    return f'<img src="{source}" alt="{name}"{_shape(attachment, preview_px)} class="chat-picture" style="cursor: pointer">'


def _shape(attachment: Attachment, preview_px: int) -> str:
    width, height = attachment.width, attachment.height
    if not width or not height:
        return ""
    longest = max(width, height)
    if preview_px and longest > preview_px:
        width, height = (max(1, round(side * preview_px / longest)) for side in (width, height))
    return f' width="{width}" height="{height}"'
