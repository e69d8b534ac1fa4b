"""What a node remembers for the rules that protect people: who sent which link, what was said of late, whom it tells."""

from __future__ import annotations

from collections.abc import Callable

from palaver.core.participants import Details
from palaver.hub.context import Context
from palaver.hub.limits import Buckets
from palaver.hub.link_spam import LinkSpam
from palaver.hub.outbox import SiteCalls

Reword = Callable[[Details, Callable[[str], str]], Details]
"""Returns the details of a message with the words that people read in them put otherwise."""

OWN_REPORTS_PER_SECOND = 1 / 60
OWN_REPORTS_AT_ONCE = 5
"""About one person: who wants to be found by a filter again and again would keep others' reports from the website."""


class Guard:
    """The memory of the rules, in this process alone.

    Attributes:
        site_calls: tells the website; None where nobody does.
        context: the latest lines of each place, kept while reports may ask for them.
        link_spam: who sent which link to whom.
        reword: knows which details of messages have words that people read; for the filters.
        own_reports: how many reports the server makes of its own accord about one person.
    """

    def __init__(self) -> None:
        self.site_calls: SiteCalls | None = None
        self.context = Context()
        self.reword: Reword = lambda details, _: details
        self.link_spam = LinkSpam()
        self.own_reports = Buckets(OWN_REPORTS_PER_SECOND, OWN_REPORTS_AT_ONCE)
