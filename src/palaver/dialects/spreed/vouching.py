"""Who a proxy of ours, or our own TLS, says that a request comes from, in the modes `httpheader` and `certificate` (§2.6).

Headers count only from `TrustedProxies`: from anybody else they are what a client wishes to be.
"""

from __future__ import annotations

import hmac
from urllib.parse import unquote

from palaver.core.ids import UserId
from palaver.dialects.base import Call
from palaver.dialects.spreed.seals import NotProved
from palaver.dialects.spreed.site import Site
from palaver.dialects.spreed.users import combo_userid, user_of

MAX_CERTIFICATE_CHARS = 32 * 1024


def vouched_user(call: Call, site: Site) -> UserId | None:
    """Return the user of a request, also of one to upgrade; None where nobody vouches, or users are switched off."""
    options = site.options()
    if not options.users:
        return None
    if options.mode == "httpheader":
        userid = _text(call.headers.get(options.identity_header, "")) if call.vouched else ""
    elif options.mode == "certificate":
        userid = _certified(call, site)
    else:
        return None
    try:
        return user_of(userid, options.mode) if userid else None
    except NotProved:
        return None


def proved_user(call: Call, site: Site, useridcombo: str, secret: str) -> UserId:
    """Return the user whom a request to log in proves, in whichever mode. Raises NotProved."""
    options = site.options()
    if options.users and options.mode == "sharedsecret":
        return user_of(combo_userid(useridcombo, secret, options.shared_secret, now=site.now()), options.mode)
    user = vouched_user(call, site)
    if user is None:
        raise NotProved()
    return user


def _certified(call: Call, site: Site) -> str:
    """Return the common name of the certificate that the proxy checked, or, where no proxy shall, our own TLS."""
    options = site.options()
    if not (options.verified_header and options.verified_value):
        return call.certified
    if not (call.vouched and options.certificate_header):
        return ""
    given = call.headers.get(options.verified_header, "")
    if not hmac.compare_digest(given.encode("latin-1", "replace"), options.verified_value.encode("utf-8", "replace")):
        return ""
    text = call.headers.get(options.certificate_header, "")
    if len(text) > MAX_CERTIFICATE_CHARS:
        return ""
    return site.named(_pem(unquote(text) if "%20" in text or "%0A" in text else text))


def _pem(text: str) -> str:
    """Return a certificate whose line breaks became blanks in a header, as nginx writes it, with its line breaks."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    inside = text.partition(begin)[2].partition(end)[0]
    return "\n".join((begin, *inside.split(), end, "")) if inside else ""


def _text(header: str) -> str:
    """Return a header's text, which was read as Latin-1, as the UTF-8 it mostly is."""
    try:
        return header.strip().encode("latin-1").decode()
    except (UnicodeDecodeError, UnicodeEncodeError):
        return header.strip()
