import html
import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.dialects.markup import MAX_CHARS, clean_html, has_markup, plain_text, to_html

LINK = 'target="_blank" rel="nofollow noopener noreferrer"'
ALLOWED_ATTRIBUTES = {
    "href", "target", "rel", "title", "dir", "lang", "align", "valign", "colspan", "rowspan", "span", "open", "start",
}  # fmt: skip
ALLOWED_TAGS = re.findall(
    r"\w+",
    """
    a abbr article aside b bdi blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption
    figure h1 h2 h3 h4 h5 h6 hgroup hr i ins li mark ol p pre q rp rt ruby s samp section small span strike strong sub
    summary sup table tbody td tfoot th thead time tr tt u ul var wbr
""",
)


def tags_of(page: str) -> list[tuple[str, dict[str, str | None]]]:
    """What a browser would make of it, near enough."""
    seen: list[tuple[str, dict[str, str | None]]] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.append((tag, dict(attrs)))

    reader = Reader()
    reader.feed(page)
    reader.close()
    return seen


def assert_harmless(page: str) -> None:
    for tag, attributes in tags_of(page):
        assert tag in ALLOWED_TAGS, page
        assert set(attributes) <= ALLOWED_ATTRIBUTES, page
        if tag == "a":
            address = (attributes["href"] or "").strip().lower()
            scheme = re.match(r"[a-z][a-z0-9+.-]*:", address)
            assert scheme is None or scheme.group() in {"http:", "https:", "mailto:"}, page
            assert attributes["rel"] == "nofollow noopener noreferrer"
            assert attributes["target"] == "_blank"


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ("hello", "<p>hello</p>"),
        ("  hello \n", "<p>hello</p>"),
        ("**b** *i* ~~s~~ `c`", "<p><strong>b</strong> <em>i</em> <del>s</del> <code>c</code></p>"),
        ("one\ntwo\n\nthree", "<p>one\ntwo</p>\n<p>three</p>"),
        ("one\n*two*\n\nthree", "<p>one\n<em>two</em></p>\n<p>three</p>"),
        ("# H1", "<h1>H1</h1>"),
        ("#tag", "<p>#tag</p>"),
        ("###### H6", "<h6>H6</h6>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("* a", "<ul>\n<li>a</li>\n</ul>"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("3. c", '<ol start="3">\n<li>c</li>\n</ol>'),
        ("so:\n- a", "<p>so:</p>\n<ul>\n<li>a</li>\n</ul>"),
        ("> q", "<blockquote>\n<p>q</p>\n</blockquote>"),
        (
            "a | b\n--- | ---:\n1 | 2",
            "<table>\n<thead>\n<tr>\n<th>a</th>\n"
            '<th align="right">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td align="right">2</td>\n'
            "</tr>\n</tbody>\n</table>",
        ),
        ("a | b\n-|-\n1 | 2", "<p>a | b\n-|-\n1 | 2</p>"),
        ("```py\nx < 1\n```", "<pre><code>x &lt; 1\n</code></pre>"),
        ("    code", "<pre><code>code\n</code></pre>"),
        ("http://a.example/x", f'<p><a href="http://a.example/x" {LINK}>http://a.example/x</a></p>'),
        ("[t](https://a.example)", f'<p><a href="https://a.example" {LINK}>t</a></p>'),
        ('[t](/profile "Title")', f'<p><a href="/profile" title="Title" {LINK}>t</a></p>'),
        ("[t](mailto:a@b.example)", f'<p><a href="mailto:a@b.example" {LINK}>t</a></p>'),
        ("www.a.example and a@b.example", "<p>www.a.example and a@b.example</p>"),
        ("[t](javascript:alert(1))", "<p>t</p>"),
        ("[t](data:text/html;base64,aaaa)", "<p>t</p>"),
        ('<a href="javascript:alert(1)">t</a>', "<p>t</p>"),
        ('<a href="https://a.example">t</a>', f'<p><a href="https://a.example" {LINK}>t</a></p>'),
        ("<b>t</b><u>u</u>", "<p><b>t</b><u>u</u></p>"),
        ("a <script>alert(1)</script> b", "<p>a  b</p>"),
        ("<script>", ""),
        ("a <style>p{}</style> <iframe src=x></iframe> b", "<p>a   b</p>"),
        ("<form><input name=x><button>t</button></form>", "t"),
        ("<address>t</address>", "t"),
        (
            "<b id=x name=x class=x style=x:y target=x onclick=x data-x=1 aria-label=x title=T dir=rtl lang=de>t</b>",
            '<p><b title="T" dir="rtl" lang="de">t</b></p>',
        ),
        ("<details open><summary>s</summary>t</details>", '<details open=""><summary>s</summary>t</details>'),
        ("<b>t", "<p><b>t</b></p>"),
        ("t</b>", "<p>t</p>"),
        ("![alt](https://a.example/i.png)", f'<p><a href="https://a.example/i.png" {LINK}>alt</a></p>'),
        ("![alt](data:image/png;base64,aaaa)", "<p>alt</p>"),
        ("[![alt](https://i.example)](https://l.example)", f'<p><a href="https://l.example" {LINK}>alt</a></p>'),
        ("t <img src=https://a.example/i.png>", "<p>t </p>"),
        (
            "[see https://a.example](https://b.example)",
            f'<p><a href="https://b.example" {LINK}>see https://a.example</a></p>',
        ),
        ("a *b*  \nc", "<p>a <em>b</em><br>\nc</p>"),
        ("say \"hi\" & 'bye' <3", "<p>say &#34;hi&#34; &amp; &#39;bye&#39; &lt;3</p>"),
        ("say \"hi\" & *'bye'* > x", "<p>say &#34;hi&#34; &amp; <em>&#39;bye&#39;</em> &gt; x</p>"),
        ('"it\'s"', "<p>&#34;it&#39;s&#34;</p>"),
        ("snake_case_word", "<p>snake_case_word</p>"),
        ("@ana @here", "<p>@ana @here</p>"),
        ("", ""),
        (" \n\t ", ""),
        ("<b> </b>", ""),
        ("<img src=x>", ""),
        ("---", "<hr>"),
    ],
)
def test_each_row_of_the_table_of_markdown_rules(source: str, page: str) -> None:
    """BareRTC §3.6.6; where §10.3 warns of a row, the safer page."""
    assert to_html(source) == page


@pytest.mark.parametrize(
    ("source", "linked"),
    [
        ("see https://a.example.", "https://a.example"),
        ("(see https://a.example/x)", "https://a.example/x"),
        ("https://a.example/x_(y)", "https://a.example/x_(y)"),
        ("https://a.example/_x_/*y", "https://a.example/_x_/*y"),
        ("**https://a.example**", "https://a.example"),
        ("is it https://a.example?!", "https://a.example"),
        ("HTTPS://A.example/X", "HTTPS://A.example/X"),
        ("https://a.example/?q=1&r=2", "https://a.example/?q=1&amp;r=2"),
    ],
)
def test_a_bare_address_ends_where_the_sentence_goes_on(source: str, linked: str) -> None:
    page = to_html(source)
    assert page.count("<a ") == 1
    assert f">{linked}</a>" in page


@pytest.mark.parametrize(
    "source", ["http://", "http:// x", "xhttp://a.example", "ftp://a.example", "`http://a.example`"]
)
def test_what_is_no_web_address_is_not_linked(source: str) -> None:
    assert "<a" not in to_html(source)


ATTACKS = """
<script>alert(1)</script>
<ScRiPt src=//evil.example></sCrIpT>
<img src=x onerror=alert(1)>
<svg onload=alert(1)>
<svg><script>alert(1)</script></svg>
<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">
<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>
<noscript><p title="</noscript><img src=x onerror=alert(1)>">
<a href="javascript:alert(1)">x</a>
<a href=" javascript:alert(1)">x</a>
<a href="java&#10;script:alert(1)">x</a>
<a href="java&Tab;script:alert(1)">x</a>
<a href="&#106;avascript:alert(1)">x</a>
<a href="vbscript:x">x</a>
<a href="data:text/html,<script>alert(1)</script>">x</a>
[x](javascript:alert(1))
[x](JaVaScRiPt:alert(1))
[x](javascript&colon;alert(1))
[x](java%0ascript:alert(1))
[x](<javascript:alert(1)>)
[x]( data:text/html;base64,PHNjcmlwdD4=)
[x][y]\n\n[y]: javascript:alert(1)
<javascript:alert(1)>
![x](javascript:alert(1))
![x"onerror="alert(1)](https://a.example)
[x](https://a.example "onmouseover=alert(1) x=")
[x](https://a.example/"onmouseover="alert(1))
https://a.example/"onmouseover="alert(1)
https://a.example/<script>alert(1)</script>
<b onmouseover=alert(1)>x</b>
<p style="background:url(javascript:alert(1))">x</p>
<div style="position:fixed;inset:0">x</div>
<iframe srcdoc="<script>alert(1)</script>"></iframe>
<object data=evil.swf></object><embed src=evil.swf>
<meta http-equiv=refresh content="0;url=javascript:alert(1)">
<base href="//evil.example/"><link rel=stylesheet href=//evil.example>
<b id=messageBox name=app>x</b>
<template><script>alert(1)</script></template>
<textarea><script>alert(1)</script></textarea>
<title><img src=x onerror=alert(1)></title>
<xmp><script>alert(1)</script></xmp>
<plaintext><b>
<!--><script>alert(1)</script>-->
<![CDATA[<script>alert(1)</script>]]>
<?xml version="1.0"?><script>alert(1)</script>
<a title="><script>alert(1)</script>" href=x>y</a>
<details open ontoggle=alert(1)>x</details>
<a href="https://a.example" target=_self rel=opener ping=//evil.example download>x</a>
```\n</code></pre><script>alert(1)</script>\n```
`</code><script>alert(1)</script>`
a|b\n---|---\n<script>alert(1)</script>|"><img src=x onerror=alert(1)>
&lt;script&gt;alert(1)&lt;/script&gt;
<a <b href="javascript:alert(1)">x</a></b>
<a href="https://a.example"><table><tr><td><a href="javascript:alert(1)">x</a></table></a>
\u2028<script>alert(1)</script>
<scr\x00ipt>alert(1)</scr\x00ipt>
""".strip().splitlines()


@pytest.mark.parametrize("attack", [attack.replace("\\n", "\n") for attack in ATTACKS])
def test_no_attack_survives(attack: str) -> None:
    for source in (attack, f"*a* {attack}", f"> {attack}", f"- {attack}", f"{attack}\n\n**b**", f"**{attack}**"):
        assert_harmless(to_html(source))


pieces = st.sampled_from(
    [*"<>\"'&/=[]()!*_`~#|-+:;\\ \n\t", "a", "é", "1.", "    ", "```\n", "> ", "- ", "<b>", "</b>", "<a href=",
     "https://a.b", "javascript:", "<script>", "</script>", "<svg>", "<style>", "<table><td>", "<a href='x'>", "</a>",
     "<p title=\"", "onx=1", "<!--", "-->", "&lt;", "&#34;", "](", "![", "a|b\n---|---\n", "\x00", "\r\n", "\ufeff", "~~",
     "**", "\u00a0", "\u2028"]
)  # fmt: skip
sources = st.lists(pieces, max_size=40).map("".join) | st.text(max_size=80)


@given(sources)
def test_nothing_that_anybody_writes_is_harmful(source: str) -> None:
    assert_harmless(to_html(source))


def trimmed(page: str) -> str:
    """A page without the blanks at the edges of its paragraphs, of which the two paths know different kinds."""
    return re.sub(r"(?<=<p>)\s+|\s+(?=</p>)|\s+$", "", html.unescape(page))


@given(sources)
def test_plain_text_reads_the_same_as_through_the_parser(source: str) -> None:
    """A mark that does nothing forces the parser: whatever is called plain must come out of it unchanged."""
    if has_markup(source) or not source.strip():
        return
    parsed = to_html(source + "\n\n<b>.</b>")
    assert parsed.endswith("<p><b>.</b></p>")
    assert trimmed(parsed.removesuffix("<p><b>.</b></p>")) == trimmed(to_html(source))


@given(st.text(max_size=80))
def test_plain_text_is_never_lost(source: str) -> None:
    if not has_markup(source):
        shown = html.unescape(re.sub(r"</?p>", "", to_html(source)))
        assert shown.split() == source.split()


@pytest.mark.parametrize(
    "text", ["hello", "that's 5 > 3, isn't it?", "a - b", "2026 was good", "one\ntwo\n\nthree", "~5 min", "#", "C:\tx"]
)
def test_ordinary_text_takes_the_short_way(text: str) -> None:
    assert has_markup(text) is (text == "#")


@pytest.mark.parametrize(
    "text",
    ["*a*", "_a_", "`a`", "~~a~~", "<b>", "&amp;", "[a](b)", "\\*", "# a", "> a", "- a", "+ a", "1. a", "2) a", "    a",
     "\ta", "http://a", "x\n===", "x\n---", "x\n- a", "x  \ny", "x\n\n    a", "x\n> a", "~~~\na\n~~~"],
)  # fmt: skip
def test_whatever_could_be_markup_is_called_so(text: str) -> None:
    assert has_markup(text)


def test_text_over_the_limit_is_shown_with_its_marks() -> None:
    assert to_html("**b** <i>", max_chars=9) == "<p><strong>b</strong> <i></i></p>"
    assert to_html("**b** <i>", max_chars=8) == "<p>**b** &lt;i&gt;</p>"
    assert to_html("*a* " * (MAX_CHARS // 4 + 1)).startswith("<p>*a* *a*")


@pytest.mark.parametrize(
    "source", [">" * 30 + " deep", "- " * 30 + "deep", "> - " * 15 + "deep", "[" * 5_000 + "deep", "*" * 2_000 + "deep"]
)
def test_text_that_is_too_tangled_is_shown_with_its_marks(source: str) -> None:
    assert to_html(source) == f"<p>{html.escape(source)}</p>"


def test_a_small_table_cannot_ask_for_a_million_cells() -> None:
    source = "|a" * 40 + "|\n" + "|---" * 40 + "|\n" + "x\n" * 500
    assert len(to_html(source)) < 3 * len(source)


@pytest.mark.parametrize(
    "source",
    ["*a* " * 501, "[" * 30 + "x " * 3_000 + "*b*", "[x" * 300 + " y" * 50 + "]" * 300 + "*b*", "> " * 8 + "**b**"],
    ids=["marks", "open brackets", "nested brackets", "quotes"],
)
def test_text_that_would_take_long_is_shown_with_its_marks(source: str) -> None:
    assert to_html(source) == f"<p>{html.escape(source.strip())}</p>"


@pytest.mark.parametrize(
    "source",
    ["*a* " * 499, "[" * 9 + "x " * 2_000 + "*b*", "[x](y) " * 200 + "*b*", "> " * 7 + "**b**"],
    ids=["marks", "open brackets", "links", "quotes"],
)
def test_text_that_people_could_write_is_not_held_up(source: str) -> None:
    assert re.search("<em>|<strong>", to_html(source))


NASTY = ["[", "![", "[](", "[a](", "[a][", "[a]: b\n", "*a ", "**a ", "*_", "~~a ", "`a``b", "> ", ">", "- ", "- - a\n",
         "  - a\n", "<", "<a ", "<!--", "<?", "<![CDATA[", "</", "&#", "http://", "http://a(", "a|", "|-", "\\\n",
         "a\n=\n", "<b>", "<table>", "<p>", "<a href=x>", "![a](b)", "1) a\n   ", "\n", '"']  # fmt: skip


@pytest.mark.parametrize("unit", NASTY)
def test_no_text_keeps_the_server_busy(unit: str) -> None:
    """Not a stopwatch: it takes some hundredths of a second, and would take many seconds if it grew with the square."""
    started = time.process_time()
    to_html((unit * MAX_CHARS)[:MAX_CHARS])
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("Time to <b>go</b>.", "Time to <b>go</b>."),
        ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
        ('<a href="javascript:x" onclick="x">x</a><img src=x onerror=y><b id="messageBox">y</b>', "x<b>y</b>"),
        (" <script>x</script> ", ""),
    ],
)
def test_html_of_the_site_is_cleaned_and_not_formatted(source: str, shown: str) -> None:
    assert clean_html(source) == shown


def test_of_html_of_the_site_the_text_alone_is_left() -> None:
    assert plain_text("<p>We <b>keep</b>\n it &amp; more.</p><script>x</script>") == "We keep it & more."
