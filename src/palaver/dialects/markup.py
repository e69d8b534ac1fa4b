"""Knows how a user's Markdown becomes HTML that is safe to show; which wires carry HTML is left to the dialects."""

import html
import re
from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import table as gfm_table
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

MAX_CHARS: Final = 10_000
MAX_NESTING: Final = 20
MAX_TABLE_CELLS: Final = 1_024
MAX_MARKS: Final = 1_000
MAX_BRACKET_STEPS: Final = 40_000

# Whatever Markdown or HTML could give a meaning to. May cry wolf; must never miss (a test compares both paths).
_SPECIAL: Final = re.compile(r"[*_`<&\\\[\x00-\x08\x0b-\x1f]")
_LINE_START: Final = re.compile(r"[ \t]*(?:[-+>#]|\d{1,9}[.)])| {4}| *\t")
_LATER_LINE_START: Final = re.compile(rf"\n(?:{_LINE_START.pattern}|[ \t]*[=|:])|  \n")


def has_markup(text: str) -> bool:
    """Whether `text` may look different as Markdown; False means: show it as it is. Costs about a microsecond."""
    return (
        _SPECIAL.search(text) is not None
        or "://" in text
        or "~~" in text
        or _LINE_START.match(text) is not None
        or ("\n" in text and _LATER_LINE_START.search(text) is not None)
    )


def to_html(text: str, *, max_chars: int = MAX_CHARS) -> str:
    """The trimmed HTML of a message (BareRTC §3.6.6); empty when nothing visible is left, so that nothing is sent.

    Beyond the table of §3.6.6: `id` and `name` are gone, a remote picture is a link to it (§10.3), headings have no
    anchor, links open a new page, and the tags balance. Longer than `max_chars`, nested too deeply, or with more than
    1,000 marks, the text is shown with its marks. Safe to insert into a page as it stands. Plain text costs 2 µs,
    Markdown about 1 µs a character, the nastiest text 50 ms.
    """
    if len(text) > max_chars or not has_markup(text) or _is_tangled(text):
        return _plain_html(text)
    return _markdown_html(text)


def clean_html(markup: str) -> str:
    """Return HTML that a site wrote, with no more in it than messages may have; safe to insert into a page as it stands."""
    return _finished(_CLEANER.clean(markup.strip())).strip()


def plain_text(markup: str) -> str:
    """Return what somebody reads of HTML that a site wrote, without any of its tags."""
    return " ".join(html.unescape(nh3.clean(markup, tags=set())).split())


def _plain_html(text: str) -> str:
    trimmed = text.strip()
    if not trimmed:
        return ""
    escaped = (
        trimmed.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&#34;")
        .replace("'", "&#39;")
    )
    if "\n" in escaped:
        escaped = _BLANK_LINES.sub("</p>\n<p>", _LINE_ENDS.sub("\n", escaped))
    return f"<p>{escaped}</p>"


def _is_tangled(text: str) -> bool:
    """Whether parsing would take too long: the parser seeks each bracket's mate, and looks at all lines per quote."""
    if len(text) > MAX_MARKS and sum(map(text.count, _MARKS)) > MAX_MARKS:
        return True
    if _DEEP_QUOTE.search(text):
        return True
    if text.count("[") * len(text) < MAX_BRACKET_STEPS:
        return False
    steps = 0
    opened: list[int] = []
    for bracket in _BRACKET.finditer(text):
        if bracket.group() == "[":
            opened.append(bracket.start())
        elif opened:
            steps += bracket.start() - opened.pop()
    steps += sum(len(text) - start for start in opened)
    return steps > MAX_BRACKET_STEPS


@lru_cache(maxsize=128)
def _markdown_html(text: str) -> str:
    tokens = _MARKDOWN.parse(text)
    # The parser drops what lies deeper than it may go.
    if any(token.level >= MAX_NESTING - 1 for token in tokens):
        return _plain_html(text)
    rendered: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    cleaned = _finished(_CLEANER.clean(rendered.strip())).strip()
    return cleaned if _VISIBLE.search(cleaned) else ""


_MARKS: Final = "*_`~[]<>&\\#|-+=!:"
_DEEP_QUOTE: Final = re.compile(r">(?:[ \t]*>){7}")
_BRACKET: Final = re.compile(r"[\[\]]")
_LINE_ENDS: Final = re.compile(r"[ \t]*\n[ \t]*")
_BLANK_LINES: Final = re.compile(r"\n{2,}")
_VISIBLE: Final = re.compile(r"(?:^|>)[^<]*[^<\s]|<hr")

# --- Markdown -------------------------------------------------------------------------------------------------------

_RULE_ROW: Final = re.compile(r" {0,3}\|?(?:[ \t]*:?-{3,}:?[ \t]*(?:\||$))+[ \t]*")
_SCHEME: Final = re.compile(r"(?:^|[^A-Za-z0-9+.-])(https?)$", re.IGNORECASE)
_AFTER_SCHEME: Final = re.compile(r"://[^\s<>\"`\[\]]+")
_HOST: Final = re.compile(r"://[^/?#:@]")
_LINKABLE: Final = re.compile(r"(?:https?:|mailto:|(?![a-z][a-z0-9+.-]*:))", re.IGNORECASE)
_TRAILING: Final = "?!.,:;*_~'。，、；：！？"


def _table(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A GitHub table whose rule row has three dashes in every column, and whose cells can be counted."""
    if start_line + 2 > end_line:
        return False
    rule_row = state.getLines(start_line + 1, start_line + 2, state.blkIndent, False)
    if "-" not in rule_row or not _RULE_ROW.fullmatch(rule_row):
        return False
    # Short rows are filled up with empty cells, so that a few characters could ask for very many.
    if (rule_row.count("|") + 1) * (end_line - start_line) > MAX_TABLE_CELLS:
        return False
    return gfm_table(state, start_line, end_line, silent)


def _bare_link(state: StateInline, silent: bool) -> bool:
    """`http(s)://…` in running text is a link, up to where a sentence would go on (GFM §6.9, without `www.`)."""
    if state.linkLevel > 0 or not state.src.startswith("://", state.pos):
        return False
    scheme = _SCHEME.search(state.pending[-9:])
    rest = _AFTER_SCHEME.match(state.src, state.pos, state.posMax)
    if not scheme or not rest:
        return False
    tail = _without_trailing_marks(rest.group())
    if not _HOST.match(tail):
        return False
    if not silent:
        url = scheme.group(1) + tail
        state.pending = state.pending[: -len(scheme.group(1))]
        state.push("link_open", "a", 1).attrs = {"href": state.md.normalizeLink(url)}
        state.push("text", "", 0).content = state.md.normalizeLinkText(url)
        state.push("link_close", "a", -1)
    state.pos += len(tail)
    return True


def _without_trailing_marks(url: str) -> str:
    surplus = url.count(")") - url.count("(")
    end = len(url)
    while end and (url[end - 1] in _TRAILING or (url[end - 1] == ")" and surplus > 0)):
        surplus -= url[end - 1] == ")"
        end -= 1
    return url[:end]


def _settle(state: StateCore) -> None:
    """Pictures become links, other schemes lose their link, `s` is `del`, and columns keep their side, not `style`."""
    for token in state.tokens:
        if token.type == "inline" and token.children:
            token.children = _settled(token.children)
        elif "style" in token.attrs:
            token.attrs = {"align": str(token.attrs["style"]).removeprefix("text-align:")}


def _settled(tokens: list[Token]) -> list[Token]:
    settled: list[Token] = []
    kept: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            kept.append(_LINKABLE.match(str(token.attrs["href"])) is not None)
            if kept[-1]:
                settled.append(token)
        elif token.type == "link_close":
            if kept.pop():
                settled.append(token)
        elif token.type == "image":
            settled += _picture_link(token, linked=any(kept))
        else:
            token.tag = "del" if token.tag == "s" else token.tag
            settled.append(token)
    return settled


def _picture_link(image: Token, *, linked: bool) -> list[Token]:
    source = str(image.attrs["src"])
    text = Token("text", "", 0, content=image.content or source)
    if linked or not source or not _LINKABLE.match(source):
        return [text]
    return [Token("link_open", "a", 1, attrs={"href": source}), text, Token("link_close", "a", -1)]


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802
        """Links are judged in `_settle` and by the cleaner; refused here, they would be shown with all their marks."""
        return True


def _parser() -> MarkdownIt:
    parser = _Parser("commonmark", {"maxNesting": MAX_NESTING}).enable(["strikethrough", "table"])
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    parser.inline.ruler.after("text", "bare_link", _bare_link)
    parser.core.ruler.push("settle", _settle)
    return parser


_MARKDOWN: Final = _parser()

# --- Cleaning -------------------------------------------------------------------------------------------------------

_TAGS: Final = """
    a abbr article aside b bdi blockquote br caption cite code col dd del details dfn div dl dt em figcaption figure
    h1 h2 h3 h4 h5 h6 hgroup hr i ins li mark ol p pre q rp rt ruby s samp section small span strike strong sub
    summary sup table tbody td tfoot th thead time tr tt u ul var wbr
"""
# What stands inside these is not text that anybody meant to be read.
_SILENCED: Final = "script style iframe object noscript noembed noframes template svg math"
_CELL: Final = frozenset({"align", "valign", "colspan", "rowspan"})
_CLEANER: Final = nh3.Cleaner(
    tags=frozenset(_TAGS.split()),
    clean_content_tags=frozenset(_SILENCED.split()),
    attributes={
        "*": frozenset({"title", "dir", "lang"}),
        "a": frozenset({"href"}),
        "td": _CELL,
        "th": _CELL,
        "col": frozenset({"span", "align"}),
        "details": frozenset({"open"}),
        "ol": frozenset({"start"}),
    },
    link_rel="nofollow noopener noreferrer",
    set_tag_attribute_values={"a": {"target": "_blank"}},
    url_schemes=frozenset({"http", "https", "mailto"}),
)
# In the cleaner's output "<" opens a tag and values stand in double quotes, which are escaped inside them.
_TAG_OR_QUOTE: Final = re.compile(r"<[^\">]*(?:\"[^\"]*\"[^\">]*)*>|[\"']")


def _finished(cleaned: str) -> str:
    """Escape quotes in text as the wire does, and unwrap the anchors from which the cleaner took the address."""
    if '"' not in cleaned and "'" not in cleaned:
        return cleaned
    anchors: list[bool] = []

    def finish(match: re.Match[str]) -> str:
        piece = match.group()
        if piece == '"':
            return "&#34;"
        if piece == "'":
            return "&#39;"
        if piece.startswith("<a "):
            anchors.append(' href="' in piece)
            return piece if anchors[-1] else ""
        if piece == "</a>" and anchors:
            return piece if anchors.pop() else ""
        return piece

    return _TAG_OR_QUOTE.sub(finish, cleaned)
