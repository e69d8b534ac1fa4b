"""What a node remembers for the rules that protect people: who sent which link, what was said of late, whom it tells."""

from __future__ import annotations

from palaver.hub.context import Context
from palaver.hub.link_spam import LinkSpam
from palaver.hub.outbox import SiteCalls


class Guard:
    """The memory of the rules, in this process alone.

    Attributes:
        site_calls: tells the website; None where nobody does.
        context: the latest lines of each place, kept while reports may ask for them.
        link_spam: who sent which link to whom.
    """

    def __init__(self) -> None:
        self.site_calls: SiteCalls | None = None
        self.context = Context()
        self.link_spam = LinkSpam()
