"""Knows what a name or a text may be made of and when two names look alike; whether a name is taken is the caller's."""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

MAX_HANDLE_CHARS: Final = 32
MAX_USER_CHARS: Final = 128
MAX_DISPLAY_CHARS: Final = 128
MAX_ROOM_CHARS: Final = 128
MAX_SUFFIX: Final = 9_999
MAX_STACKED_MARKS: Final = 4

_SENTENCES: Final = {
    "empty": "A name needs at least one visible character.",
    "too_long": "That is too long: {limit} is the most.",
    "forbidden_character": "A name cannot hold line breaks, control characters or invisible characters.",
    "markup": "A name cannot hold < or >.",
    "leading_at": "A name cannot begin with @.",
    "stacked_marks": "A name cannot pile up that many accents on one letter.",
    "reserved": "That name is reserved.",
    "no_free_name": "Too many people have that name already.",
}


class NameProblem(ValueError):  # noqa: N818
    """A name or text that cannot be used: a stable `code` and a `sentence` for the person who asked for it."""

    def __init__(self, code: str, *, limit: str = "") -> None:
        self.code = code
        self.sentence = _SENTENCES[code].format(limit=limit)
        super().__init__(code, self.sentence)

    def __str__(self) -> str:
        return self.sentence


def handle(text: str, *, max_chars: int = MAX_HANDLE_CHARS) -> str:
    """A participant's unique name in NFC, trimmed, with single spaces. Raises NameProblem.

    Refused: what `display_name` refuses, and `<`, `>` and a leading `@`, to which wires give a meaning (BareRTC §10.3).
    """
    name = display_name(text, max_chars=max_chars)
    if "<" in name or ">" in name:
        raise NameProblem("markup")
    _refuse_leading_at(name)
    return name


def display_name(text: str, *, max_chars: int = MAX_DISPLAY_CHARS) -> str:
    """A free name to show beside the handle: not always unique, but no impostor of the server. Raises NameProblem."""
    name = _legible(text, max_chars)
    name = _SPACES.sub(" ", name)
    if fold(name) in _RESERVED:
        raise NameProblem("reserved")
    return name


def verified_name(text: str) -> str:
    """A user's name as the site gave it, in NFC and trimmed: what `handle` refuses to guests passes, if it can be read.

    Raises NameProblem for what is longer than 128 characters, hides, or turns the writing around.
    """
    return _legible(text, MAX_USER_CHARS)


def room_name(text: str, *, max_chars: int = MAX_ROOM_CHARS) -> str:
    """A room's name in NFC, trimmed and otherwise as given: `007` and `7` are two rooms. Raises NameProblem."""
    return _legible(text, max_chars)


def addressed_name(text: str) -> str:
    """A room's name that can stand in an address, where `.` and `..` mean something else. Raises NameProblem."""
    name = room_name(text)
    if name in (".", ".."):
        raise NameProblem("reserved")
    return name


def channel_name(text: str) -> str:
    """A channel's name: a room's, but for a leading `@`, which means a direct message (BareRTC §3.6). Raises NameProblem."""
    name = addressed_name(text)
    _refuse_leading_at(name)
    return name


def _refuse_leading_at(name: str) -> None:
    if unicodedata.normalize("NFKC", name[0]).startswith("@"):
        raise NameProblem("leading_at")


def fold(name: str) -> str:
    """The key under which names are compared: case, width, compatibility forms, spaces and invisible marks fall away.

    Letters of two scripts that look alike (Latin and Cyrillic a) stay apart.
    """
    if name.isascii():
        return " ".join(name.lower().split())
    folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", name)).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def visible(text: str) -> str:
    """The text without what nobody sees: invisible marks, and spaces and joiners without width."""
    return text if text.isascii() else _WIDTHLESS.sub("", text)


def next_free(wanted: str, taken: Callable[[str], bool], *, max_chars: int = MAX_HANDLE_CHARS) -> str:
    """`wanted`, or else the first of `wanted 2`, `wanted 3`, … that is not taken (BareRTC T15), within `max_chars`.

    `wanted` is a valid handle, and what comes back is one too. Raises NameProblem when 9,999 people came before.
    """
    if not taken(wanted):
        return wanted
    for number in range(2, MAX_SUFFIX + 1):
        suffix = f" {number}"
        candidate = _shortened(wanted, max_chars - len(suffix)) + suffix
        if not taken(candidate):
            return candidate
    raise NameProblem("no_free_name")


def is_legible(text: str, *, max_chars: int) -> bool:
    """Whether something of a short text can be seen, and nothing in it turns the writing around or hides; flags are seen."""
    try:
        _legible(_TAGGED_FLAG.sub("\U0001f3f4", text), max_chars)
    except NameProblem:
        return False
    return True


def clean_text(text: str, max_bytes: int) -> str:
    """A message's text without NUL and the other C0 controls, tab and line feed excepted; all else stays as it came.

    Half a surrogate pair, which no wire could carry on, becomes U+FFFD. The result may be empty. Raises NameProblem
    when it is longer than `max_bytes` in UTF-8.
    """
    if len(text) > max_bytes:
        raise NameProblem("too_long", limit=f"{max_bytes} bytes")
    cleaned = text if text.isprintable() else _CONTROLS.sub("", text)
    if cleaned.isascii():
        return cleaned
    cleaned = _SURROGATES.sub("\ufffd", cleaned)
    if len(cleaned.encode()) > max_bytes:
        raise NameProblem("too_long", limit=f"{max_bytes} bytes")
    return cleaned


_SPACES: Final = re.compile(r"\s+")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f]")
_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")
_JOINERS: Final = "\u200c\u200d"
_VARIATIONS: Final = "\ufe00-\ufe0f\U000e0100-\U000e01ef\u180b-\u180d\u180f"
# Blank though their categories are letter, mark or symbol: grapheme joiner, Hangul and Khmer fillers, Braille blank.
_FILLERS: Final = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_WIDTHLESS: Final = re.compile(f"[{_JOINERS}{_VARIATIONS}{_FILLERS}\u00ad\u200b\u200e\u200f\u2060-\u2064\ufeff]")
_INVISIBLE: Final = re.compile(f"[{_JOINERS}{_VARIATIONS}{_FILLERS}\u00ad]")
# Code points without a meaning: noncharacters, and those set aside for future invisible ones. Other unassigned ones
# pass, since new emoji are unassigned to an older Python.
_MEANINGLESS: Final = re.compile(
    f"[{_FILLERS}\u2065\ufdd0-\ufdef\ufff0-\ufff8\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
_TAGGED_FLAG: Final = re.compile(
    "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,8}\U000e007f"
)  # Wales has one
_FORBIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_MARKS: Final = frozenset({"Mn", "Me", "Mc"})
_VIRAMA_CLASS: Final = 9
_RESERVED: Final = frozenset({"chatserver", "chatclient", "palaver", "system", "here", "all", "everyone"})


def _legible(text: str, max_chars: int) -> str:
    # The first bound keeps the work small; spaces to be trimmed may make a good name longer than its limit.
    if len(text) > 4 * max_chars + 64:
        raise NameProblem("too_long", limit=f"{max_chars} characters")
    name = unicodedata.normalize("NFC", text.strip())
    if not name:
        raise NameProblem("empty")
    if not (name.isascii() and name.isprintable()):
        _check_characters(name)
    if len(_SPACES.sub(" ", name)) > max_chars:
        raise NameProblem("too_long", limit=f"{max_chars} characters")
    return name


def _check_characters(name: str) -> None:
    stacked = 0
    visible = False
    for at, char in enumerate(name):
        category = unicodedata.category(char)
        if category in _FORBIDDEN_CATEGORIES and not (char in _JOINERS and _joins(name, at)):
            raise NameProblem("forbidden_character")
        if _MEANINGLESS.match(char):
            raise NameProblem("forbidden_character")
        stacked = stacked + 1 if category in _MARKS else 0
        if stacked > MAX_STACKED_MARKS:
            raise NameProblem("stacked_marks")
        visible = visible or category[0] in "LNPS" or category == "Cn"
    if not visible:
        raise NameProblem("empty")


def _joins(name: str, at: int) -> bool:
    """Whether a joiner stands where writing needs it: after a virama (RFC 5892 A.1, A.2), in Arabic, in an emoji."""
    before, after = name[:at].rstrip("\ufe0e\ufe0f"), name[at + 1 : at + 2]
    if not before or not after:
        return False
    if unicodedata.combining(before[-1]) == _VIRAMA_CLASS:
        return True
    if name[at] == "\u200c":
        return unicodedata.bidirectional(before[-1]) == "AL" == unicodedata.bidirectional(after)
    return _is_pictorial(before[-1]) and _is_pictorial(after)


def _is_pictorial(char: str) -> bool:
    return unicodedata.category(char) in {"So", "Sk", "Cn"} or char in "\u2194\u2195"


def _shortened(name: str, max_chars: int) -> str:
    """Cut without tearing an accent or half an emoji off what it belongs to."""
    end = min(len(name), max_chars)
    while 0 < end < len(name) and (
        unicodedata.category(name[end]) in _MARKS or name[end] in _JOINERS or name[end - 1] in _JOINERS
    ):
        end -= 1
    return name[:end].rstrip()
