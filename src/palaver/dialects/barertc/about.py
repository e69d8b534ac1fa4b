"""The two plain pages of BareRTC's server beside the chat: help, and the one after logging out (§1.1). In our own words."""

from __future__ import annotations

import html

CLOSING = "setTimeout(() => window.close(), 5000);"
"""The one script of the page after logging out; browsers let only a window close that a script opened."""

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}</title>
{head}</head>
<body>
<main>
{body}</main>
</body>
</html>
"""

_ABOUT = """\
  <h1>About {title}</h1>
  <p>This is a chat for people on the web: public channels, direct messages, and cameras that people open for each other.</p>
  <h2>Who is here</h2>
  <p>The list of people shows everybody in the room. From somebody's name you can write to them alone, open their camera
    when it is on, or stop hearing them.</p>
  <h2>Messages</h2>
  <p>You can write Markdown: <code>**bold**</code>, <code>*italic*</code>, <code>`code`</code>, lists, quotes and links.
    You can take back what you wrote; everybody in the channel then loses it, too.</p>
  <h2>Cameras</h2>
  <p>Pictures and sound go from browser to browser and do not pass this server. You decide who may watch:
    everybody, only those who show theirs, or only those whom you invite. A viewer can be turned away at any time.</p>
  <h2>When somebody is a nuisance</h2>
  <p>Ignore them, and you do not hear them; block them, and neither of you sees the other. A report goes to those who run the
    site, where they take reports.</p>
  <h2>What is kept</h2>
  <p>{kept}</p>
  <p><a href="{home}">To the chat</a></p>
"""

_LOGGED_OUT = """\
  <h1>You are logged out</h1>
  <p>You can close this window. It closes by itself in a moment if your browser lets it.</p>
  <p><a href="{home}">To the chat</a></p>
"""


def about_page(title: str, home: str, *, history_days: int | None) -> str:
    """Return the help page.

    Args:
        home: address of the chat, from the root of the server.
        history_days: how long direct messages of signed-in people are kept; 0 for ever, None for not at all.
    """
    if history_days is None:
        kept = "Direct messages are not kept. Channels remember their latest messages for a while."
    elif history_days:
        kept = f"Direct messages between people who signed in are kept for {history_days} days."
    else:
        kept = "Direct messages between people who signed in are kept."
    shown = html.escape(title)
    body = _ABOUT.format(title=shown, kept=kept, home=html.escape(home))
    return _PAGE.format(title=f"About {shown}", head="", body=body)


def logged_out_page(title: str, home: str) -> str:
    """Return the page after logging out."""
    head = f"  <script>{CLOSING}</script>\n"
    return _PAGE.format(title=html.escape(title), head=head, body=_LOGGED_OUT.format(home=html.escape(home)))
