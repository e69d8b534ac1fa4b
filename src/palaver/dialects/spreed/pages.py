"""The pages around the original browser client: the main page with what it must know, and its sandboxes (§1.3, §1.5).

None of the client's files is here: only what a page must hold so that those files, wherever a site has them, work.
"""

from __future__ import annotations

import html
import re
from typing import Any, Final
from urllib.parse import quote

import msgspec

from palaver.core import errors
from palaver.dialects.base import Answer, Call
from palaver.dialects.spreed.options import Options, told
from palaver.dialects.spreed.rest import base_of, host_of, is_secure

HTML: Final = ("Content-Type", "text/html; charset=UTF-8")
MAX_LANGUAGES: Final = 20

_TEMPLATED = re.compile(r"<%-?\s*(.*?)\s*-?%>", re.DOTALL)
_FIELD = re.compile(r"\.(?:Cfg\.)?(\w+)")
_LANGUAGE = re.compile(r"[a-z]{1,8}(?:-[a-z0-9]{1,8})*")


class UnknownSandbox(errors.Missing):
    """There are three sandboxes."""

    code = "unknown_sandbox"
    sentence = "404 Not Found"


class ForeignOrigin(errors.Denied):
    """A sandbox trusts scripts of the origin it is asked for, which must be its own."""

    code = "foreign_origin"
    sentence = "A sandbox is for pages of its own origin."


class Slots(msgspec.Struct, frozen=True):
    """What a site adds to the main page: markup at the end of its head and of its body (§1.3)."""

    head: str = ""
    body: str = ""


class Sandbox(msgspec.Struct, frozen=True):
    """One sandbox: its policy, its elements, its script and what that is told."""

    policy: str
    elements: str
    script: str
    told: tuple[tuple[str, str], ...] = ()
    policy_inside: str = ""


SANDBOXES: Final[dict[str, Sandbox]] = {
    "odfcanvas": Sandbox(
        "default-src 'none'; script-src {origin}; img-src data: blob:; style-src 'unsafe-inline'",
        '<div id="container"><div id="odfcanvas"></div></div>',
        "webodf",
        (("webodf-url", "js/libs/webodf.js"),),
    ),
    "pdfcanvas": Sandbox(
        "default-src 'none'; script-src {origin} 'unsafe-eval'; img-src 'self' data: blob:; style-src 'unsafe-inline'",
        '<div id="container"><canvas id="canvas0"></canvas><canvas id="canvas1"></canvas></div>',
        "pdf",
        (
            ("pdfjs-url", "js/libs/pdf/pdf.js"),
            ("pdfjs-worker-url", "js/libs/pdf/pdf.worker.js"),
            ("pdfjs-compatibility-url", "js/libs/pdf/compatibility.js"),
        ),
    ),
    "youtubevideo": Sandbox(
        "default-src 'none'",
        '<div id="youtubeplayer"></div>',
        "youtube",
        policy_inside="default-src 'none'; frame-src https://www.youtube.com; style-src 'unsafe-inline';"
        " script-src {origin} https://www.youtube.com https://s.ytimg.com 'unsafe-eval'",
    ),
}
"""The sandboxes, by the name in their address (§1.5)."""


def context(options: Options, call: Call, origin: str = "") -> dict[str, Any]:
    """Return what the client reads from the page (§1.3): where it is, how it connects, which languages are wanted."""
    found = {
        "App": "main",
        "Cfg": told(options, base_of(call, options.base_path)),
        "Host": host_of(call),
        "Ssl": is_secure(call),
        "Csp": has_policy(options),
        "Languages": languages(call.headers.get("accept-language", "")),
        "S": options.static_path,
    }
    return found | ({"Origin": origin} if origin else {})


def main_page(options: Options, call: Call, room: str, slots: Slots) -> Answer:
    """Return the page for a room, or the small one for programs that index pages and run none."""
    if "_escaped_fragment_" in call.query:
        return Answer(200, _for_crawlers(options, call, room).encode(), _headers(options))
    base, static = base_of(call, options.base_path), _text(options.static_path)
    policed = has_policy(options)
    styles = ["bootstrap.min", "font-awesome.min", "main.min", *(["csp.min"] if policed else [])]
    links = "\n".join(f'<link rel="stylesheet" href="{static}/css/{name}.css">' for name in styles)
    loader = (
        f'<script data-main="{static}/js/main" data-plugin="{_text(options.plugin)}"'
        f' src="{static}/js/libs/require/require.js"></script>'
    )
    page = f"""<!DOCTYPE html>
<html class="no-js wf-loading"{" ng-csp" if policed else ""}>
<head>
<meta charset="utf-8">
<title>{_text(options.title)}</title>
<base href="{_text(base)}">
<meta name="fragment" content="!">
<meta name="viewport" content="width=device-width, initial-scale=1.0, maximum-scale=1.0, user-scalable=no">
<meta name="referrer" content="no-referrer">
{links}
<script id="globalcontext" type="application/json">{_json(context(options, call))}</script>
{filled(slots.head, options, base)}
</head>
<body spreed-webrtc>
<div id="background"></div>
<div id="loader"><div class="loader-message"></div></div>
<ui></ui>
{loader}
{filled(slots.body, options, base)}
</body>
</html>
"""
    return Answer(200, page.encode(), _headers(options))


def sandbox_page(options: Options, call: Call, scheme: str, host: str, name: str) -> Answer:
    """Return a sandbox for pages of this very origin. Raises UnknownSandbox, and ForeignOrigin for any other."""
    found = SANDBOXES.get(name)
    if found is None:
        raise UnknownSandbox()
    if scheme not in ("http:", "https:") or host.lower() != host_of(call).lower():
        raise ForeignOrigin()
    origin = f"{scheme}//{host}"
    static = _text(options.static_path)
    inside = found.policy_inside.format(origin=origin)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{_text(inside)}">\n' if inside else ""
    more = "".join(f' data-{name}="{static}/{path}"' for name, path in found.told)
    page = f"""<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
{meta}<base href="{_text(base_of(call, options.base_path))}">
</head>
<body>
{found.elements}
<script src="{static}/js/sandboxes/{found.script}.js" data-parent-origin="{_text(origin)}"{more}></script>
</body>
</html>
"""
    policy = ("Content-Security-Policy", found.policy.format(origin=origin))
    return Answer(200, page.encode(), (HTML, *_UNKEPT, policy))


def has_policy(options: Options) -> bool:
    """Return whether the site has a Content-Security-Policy for the page."""
    return bool(options.policy or options.policy_report_only)


def languages(accepted: str) -> list[str]:
    """Return the languages of an Accept-Language, the most wanted first, in lower case; English where none is named."""
    wanted: list[tuple[float, str]] = []
    for each in accepted.lower().split(",")[:MAX_LANGUAGES]:
        language, _, parameter = (part.strip() for part in each.partition(";"))
        if _LANGUAGE.fullmatch(language):
            wanted.append((_quality(parameter), language))
    return [language for quality, language in sorted(wanted, key=lambda one: -one[0]) if quality > 0] or ["en"]


def filled(template: str, options: Options, base: str, static: str = "") -> str:
    """Return a site's markup with the fields of its configuration filled in; what else is templated there falls away."""
    fields = {**told(options, base), "S": static or options.static_path}

    def fill(found: re.Match[str]) -> str:
        field = _FIELD.fullmatch(found[1])
        value = fields.get(field[1], "") if field else ""
        return _text(value) if isinstance(value, str) else _text(_json(value))

    return _TEMPLATED.sub(fill, template)


_UNKEPT = (("Expires", "-1"), ("Cache-Control", "private, max-age=0"))


def _headers(options: Options) -> tuple[tuple[str, str], ...]:
    policies = (
        ("Content-Security-Policy", options.policy),
        ("Content-Security-Policy-Report-Only", options.policy_report_only),
    )
    return (HTML, *_UNKEPT, *((name, value) for name, value in policies if value))


def _for_crawlers(options: Options, call: Call, room: str) -> str:
    base = base_of(call, options.base_path)
    origin = f"{'https' if is_secure(call) else 'http'}://{host_of(call)}"
    facts = {
        "og:title": f"/{room}",
        "og:site_name": options.title,
        "og:type": "article",
        "og:image": f"{origin}{base}static/img/opengraph-image.png",
        "og:url": f"{origin}{base}{quote(room)}",
    }
    metas = "\n".join(f'<meta property="{name}" content="{_text(value)}">' for name, value in facts.items())
    head = f'<meta charset="utf-8">\n<title>{_text(options.title)}</title>\n{metas}'
    return f"<!DOCTYPE html>\n<html>\n<head>\n{head}\n</head>\n</html>\n"


def _quality(parameter: str) -> float:
    if not parameter.startswith("q="):
        return 1.0
    try:
        return min(float(parameter[2:]), 1.0)
    except ValueError:
        return 0.0


def _json(value: Any) -> str:
    """Return JSON that no text inside can lead out of a script element, and that holds no entity."""
    text = msgspec.json.encode(value).decode()
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _text(value: str) -> str:
    return html.escape(value)
