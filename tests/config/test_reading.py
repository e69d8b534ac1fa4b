"""Settings files: what is read, what is refused, and with which words."""

import json
from pathlib import Path
from typing import Any, Literal, get_origin

import msgspec
import pytest

from palaver.config import Settings, read_text
from palaver.config.options import Entry, entries, heading

ENTRIES = list(entries(Settings))
OLD_FILE = Path(__file__).with_name("barertc_v17.toml")

REQUIRED = {"PublicChannels": 'ID = "there"', "WebhookURLs": 'Name = "report"', "ModerationRule": 'Username = "bob"'}
WRONG: dict[Any, str] = {str: "7", bool: '"yes"', int: '"7"', float: "true", tuple: "7", dict: '"x"', Literal: '"zzz"'}
GOOD: dict[str, Any] = {
    "WebsiteURL": "https://chat.example.org/base",
    "CORSHosts": ["https://chat.example.org"],
    "FramedBy": ["https://www.example.org", "http://localhost:8000"],
    "TrustedProxies": ["10.0.0.0/8", "2001:db8::1"],
    "PathPrefix": "/site/chat",
    "[JWT] LandingPageURL": "/enter",
    "[JWT] KeySetURL": "https://www.example.org/keys",
    "[TURN] URLs": ["turn:turn.example.org:3478?transport=tcp"],
    "[[WebhookURLs]] URL": "https://www.example.org/hook",
    "[[PublicChannels]] History": "durable",
    "[Storage] URL": "postgresql://palaver:secret@db.example.org/palaver",
    "[Cluster] URL": "nats://127.0.0.1:4222",
    "[Spreed.users] mode": "httpheader",
    "[Spreed.http] basePath": "/webrtc/",
    "[Spreed.app] stunURIs": "stun:one.example.org stun:two.example.org:3478",
    "[Spreed.app] turnURIs": "turn:one.example.org:443?transport=tcp",
    "[Spreed.app] sessionSecret": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
    "[Spreed.app] encryptionSecret": "exactly 16 bytes",
    "[Spreed.nats] url": "tls://nats.example.org:4222",
    "[Spreed] roomtypes": {"^conf/.+": "Conference"},
}
TOGETHER = {
    "[TLS] Certificate": 'Key = "k.pem"',
    "[TLS] Key": 'Certificate = "c.pem"',
    "[TURN] Username": 'Credential = "c"',
    "[TURN] Credential": 'Username = "u"',
    "[Spreed.users] enabled": 'sharedsecret_secret = "s"',
    "[Spreed.users] certificate_key": 'certificate_certificate = "c.pem"',
}


def document(entry: Entry, value: str) -> tuple[str, int]:
    """A file that sets one option; and the line it stands on."""
    lines = ["# the first line"]
    if entry.table:
        lines.append(heading(entry.table, entry.in_list))
    required = REQUIRED.get(".".join(entry.table), "")
    if required and not required.startswith(f"{entry.key} "):
        lines.append(required)
    if entry.name in TOGETHER:
        lines.append(TOGETHER[entry.name])
    key = entry.key if entry.key.replace("_", "").isalnum() else f'"{entry.key}"'
    lines.append(f"{key} = {value}")
    return "\n".join(lines) + "\n", len(lines)


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {toml(one)}' for key, one in value.items()) + "}"
    return json.dumps(value)


def another(entry: Entry) -> Any:
    """A good value that is not the default."""
    if entry.name in GOOD:
        return GOOD[entry.name]
    if get_origin(entry.kind) is tuple:
        return ["something"]
    if entry.default is msgspec.NODEFAULT or isinstance(entry.default, str):
        return "something"
    return not entry.default if isinstance(entry.default, bool) else entry.default + 3


def found(settings: Settings, entry: Entry) -> Any:
    raw = msgspec.to_builtins(settings)
    for name in entry.table:
        raw = raw[name][0] if isinstance(raw[name], list | tuple) else raw[name]
    return raw[entry.key]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_option_is_read(entry: Entry) -> None:
    value = another(entry)
    assert value != entry.default
    reading = read_text(document(entry, toml(value))[0])
    assert reading.problems == ()
    got = found(reading.settings, entry)
    assert (list(got) if isinstance(got, tuple) else got) == value


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_option_refuses_a_wrong_type_at_its_line(entry: Entry) -> None:
    text, line = document(entry, WRONG[get_origin(entry.kind) or entry.kind])
    (problem,) = read_text(text).problems
    assert (problem.line, entry.name in problem.sentence) == (line, True)
    assert "must be" in problem.sentence


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.kind in {int, float}], ids=lambda entry: entry.name)
def test_no_number_is_negative(entry: Entry) -> None:
    text, line = document(entry, "-1")
    (problem,) = read_text(text).problems
    assert problem.line == line
    assert "is -1; it must be" in problem.sentence


LIMITS = [e for e in ENTRIES if e.table == ("Limits",)] + [e for e in ENTRIES if e.key.startswith("WebSocket")]


@pytest.mark.parametrize("entry", LIMITS, ids=lambda entry: entry.name)
def test_every_limit_takes_zero(entry: Entry) -> None:
    reading = read_text(document(entry, "0")[0])
    assert reading.problems == ()
    assert found(reading.settings, entry) == 0


@pytest.mark.parametrize("value", ["nan", "inf", "1e300", "1e-300", str(2**53), "9" * 400, "9" * 5000])
def test_numbers_beyond_reason_are_refused(value: str) -> None:
    assert len(read_text(f"[Limits]\nFramesPerSecond = {value}\n").problems) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Titel = 'x'", "Titel is no option here; did you mean Title?"),
        ("PermitNFSW = true", "PermitNFSW is no option here; did you mean PermitNSFW?"),
        ("SecretKey = 'x'", "SecretKey is no option here; SecretKey belongs below [JWT]"),
        ("[JWT]\nTitle = 'x'", "[JWT] Title is no option here; Title belongs at the top, before the first table"),
        ("[JWTs]\nEnabled = true", "[JWTs] is no table here; did you mean JWT?"),
        ("[Limits]\nFramePerSecond = 1", "[Limits] FramePerSecond is no option here; did you mean FramesPerSecond?"),
        ("[Spreed.App]\ntitel = 'x'", "[Spreed.App] titel is no option here; did you mean title?"),
        ("[Turn]\nUrl = 'x'", "[Turn] Url is no option here; did you mean URLs?"),
        ("[TURN]\nEnabled = true", "[TURN] Enabled is no option here; docs/settings.md lists all"),
        ("xyzzy = 1", "xyzzy is no option here; docs/settings.md lists all"),
    ],
)
def test_an_unknown_key_gets_a_suggestion(text: str, sentence: str) -> None:
    (problem,) = read_text(text).problems
    assert problem.sentence.startswith(sentence)
    assert problem.line == text.count("\n") + 1 - text.startswith("[JWTs]")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("PermitNSFW = 'true'", "PermitNSFW must be true or false, not text; take the quotes away"),
        ("CORSHosts = 'https://a.example'", "CORSHosts must be a list in brackets, not text; put brackets around it"),
        ("Title = 2026-01-01", "Title must be text in quotes, not a date; put quotes around it"),
        ("PublicChannels = 'lobby'", "PublicChannels must be tables, each under a heading in double brackets"),
        ("PublicChannels = ['lobby']", "PublicChannels must be a table, not text"),
        ("JWT = true", "JWT must be a table, not true or false"),
        ("WebsiteURL = 'www.example.com'", 'WebsiteURL is not a web address; did you mean "https://www.example.com"?'),
        ("WebsiteURL = 'https://a b'", "WebsiteURL is not a web address"),
        ("CORSHosts = ['https://a.example/x']", 'CORSHosts "https://a.example/x" is more than an origin; did you mean'),
        ("FramedBy = ['https://a.example;b']", 'FramedBy "https://a.example;b" is no origin; write such as'),
        ("CORSHosts = ['*']", 'CORSHosts "*" names no site'),
        ("TrustedProxies = ['10.0.0.5/8']", 'TrustedProxies "10.0.0.5/8" has bits set beyond its prefix; did you mean'),
        ("TrustedProxies = ['proxy']", 'TrustedProxies "proxy" is not an IP network'),
        ("[TURN]\nURLs = ['turn://a:1']", '[TURN] URLs "turn://a:1" has slashes that such an address lacks; did you'),
        ("[TURN]\nURLs = ['http://a']", '[TURN] URLs "http://a" is not a STUN or TURN address'),
        ("[TURN]\nTTL = 0", "[TURN] TTL is 0; it must be 60 or more"),
        (
            "[Storage]\nURL = 'mysql://a'",
            '[Storage] URL is not an address this knows; write "sqlite:///palaver.sqlite"',
        ),
        ("[Limits]\nStallSeconds = 1", "[Limits] StallSeconds must be 0 (off) or 3 at least"),
        ("PathPrefix = 'chat/'", 'PathPrefix is written otherwise; did you mean "/chat"?'),
        ("PathPrefix = '/'", 'PathPrefix is no path; write such as "/chat"'),
        ("PathPrefix = '/a b'", 'PathPrefix is no path; write such as "/chat"'),
        ("DefaultRoom = ''", "DefaultRoom cannot be used: A name needs at least one visible character."),
        ("DefaultRoom = ' lobby'", 'DefaultRoom is not in its plain form; write "lobby"'),
        ("[[MessageFilters]]\nKeywordPhrases = ['(']", '[[MessageFilters]] KeywordPhrases "(" is not a regular expr'),
        ("[[PublicChannels]]\nID = '@x'", "[[PublicChannels]] ID starts with @, which marks direct messages"),
        ("[[PublicChannels]]\nID = 'a'\nHistory = 'Durabel'", '[[PublicChannels]] History must be one of "off"'),
        ("[[PublicChannels]]\nName = 'a'", "[[PublicChannels]] ID is missing"),
        ("PublicChannels = []", "[[PublicChannels]] is empty; a room needs a channel"),
        ("[JWT]\nSecretKey = '-----BEGIN PUBLIC KEY-----'", "[JWT] SecretKey is a PEM document, not a shared secret"),
        ("[TLS]\nKey = 'k.pem'", "[TLS] Key is of no use without [TLS] Certificate"),
        ("[Storage]\nURL = 'sqlite://'", '[Storage] URL names no file; write "sqlite:///palaver.sqlite"'),
        (
            "[Storage]\nURL = 'sqlite://p.db'",
            '[Storage] URL has its file where a host stands; did you mean "sqlite:///p.db"?',
        ),
        ("[JWT]\nKeySetURL = 'http://a.example/k'", '[JWT] KeySetURL must begin with "https://"'),
        ("[TURN]\nUsername = 'u'", "[TURN] Username is of no use without [TURN] Credential"),
        ("[Spreed.roomtypes]\n'^c' = 'conference'", "[Spreed.roomtypes] ^c must be one of"),
        ("[Spreed.roomtypes]\n'(' = 'Room'", "[Spreed.roomtypes] ( is not a regular expression of RE2"),
        ("[Spreed.roomtypes]\n'(?=a)' = 'Room'", "[Spreed.roomtypes] (?=a) is not a regular expression of RE2"),
        ("Title = 'a'\ntitle = 'b'", "title stands here twice, in different spelling; keep one"),
        ("Title = 'a'\nTitle = 'b'", "Title stands here twice; keep one"),
        ("[JWT]\nStrict = true\n[TURN]\n[JWT]", "[JWT] stands here twice; put its keys below one heading"),
        ("Title = ", "is not TOML: Invalid value; text stands in quotes"),
        ('Title = "a\n', "is not TOML: Illegal character '\\n'; is a quote missing"),
        ("Title = 'a", 'is not TOML: Expected "\'"; end the text with the quote'),
        ('Directory = "C:\\logs"', "is not TOML: Unescaped '\\' in a string; write \\\\ for each backslash"),
        ("[JWT", "is not TOML: Expected ']' at the end of a table declaration; close the heading"),
        ("Title", "is not TOML: Expected '=' after a key in a key/value pair; write Key"),
        ("CORSHosts = ['a'", "is not TOML: Unclosed array; end the list"),
        ("[Limits]\nFramesPerSecond = nan", "[Limits] FramesPerSecond must be a number, not infinity or no number"),
    ],
)
def test_a_bad_value_is_told_with_what_to_write(text: str, sentence: str) -> None:
    (problem,) = read_text(text).problems
    assert problem.sentence[: len(sentence)] == sentence
    assert 1 <= problem.line <= text.count("\n") + 1


def test_the_second_of_two_channels_with_one_id_is_told() -> None:
    (problem,) = read_text("[[PublicChannels]]\nID = 'a'\n[[PublicChannels]]\nName = 'b'\nID = 'a'\n").problems
    assert str(problem) == (
        'settings.toml:5: [[PublicChannels]] ID "a" is the ID of an earlier channel; give each its own'
    )


def test_every_problem_is_told_in_the_order_of_lines() -> None:
    text = "Titel = 'x'\nPermitNSFW = 1\nTrustedProxies = ['a', '10.0.0.0/8', 'b']\n[JWT]\nStrict = 1\n[Beep]\nX = 1\n"
    assert [problem.line for problem in read_text(text).problems] == [1, 2, 3, 3, 5, 7]


def test_a_secret_is_never_shown() -> None:
    text = "AdminAPIKey = ['hush']\n[JWT]\nSecretKey = {a = 'hush'}\n[Storage]\nURL = 'mysql://me:hush@db'\n"
    problems = read_text(text).problems
    assert len(problems) == 3
    assert "hush" not in "".join(map(str, problems))


def test_depth_is_refused_and_not_a_crash() -> None:
    (problem,) = read_text(f"a = {'[' * 100_000}").problems
    assert problem.sentence.startswith("is not TOML")


def test_keys_are_found_in_any_case_as_bare_rtc_did() -> None:
    assert read_text("title = 'x'\n[jwt]\nSTRICT = false\n").settings.jwt.strict is False


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("title = 'x'\n[tls]\n\nkey = 'k.pem'", "4: [TLS] Key is of no use without [TLS] Certificate"),
        ("[[publicchannels]]\nname = 'a'\nid = 5", "3: [[publicchannels]] id must be text in quotes, not a number"),
    ],
)
def test_a_problem_with_what_is_spelled_otherwise_is_told_once_and_with_its_line(text: str, problem: str) -> None:
    (found,) = read_text(text).problems
    assert str(found).partition(";")[0] == f"settings.toml:{problem}"


def test_origins_are_known_as_browsers_write_them() -> None:
    given = ["HTTPS://Chat.Example.com:443/", "http://a.example:80", "http://b.example:443", "https://c.example:8443"]
    settings = read_text(f"CORSHosts = {given}").settings
    expected = {"https://chat.example.com", "http://a.example", "http://b.example:443", "https://c.example:8443"}
    assert settings.allowed_origins == expected


def test_an_old_file_loads_whole() -> None:
    reading = read_text(OLD_FILE.read_text())
    settings = reading.settings
    assert reading.problems == ()
    assert settings.title == "Old Chat"
    assert settings.guests_allowed is False
    assert settings.allowed_origins == {"https://www.example.com", "http://localhost:3000"}
    assert [channel.id for channel in settings.public_channels] == ["lobby", "vip"]
    assert settings.public_channels[0].welcome_messages[1] == "Be kind # not a comment\n  please"
    assert settings.message_filters[0].keyword_phrases[0] == r"\bswear words\b"
    assert settings.direct_message_history.retention_days == 30
    assert settings.limits == Settings().limits


def test_what_has_no_effect_is_listed_where_it_differs_from_the_default() -> None:
    idle = read_text("Version = 3\nUseXForwardedFor = false\n[Spreed.http]\nreadtimeout = 3\n").idle
    assert [(entry.line, entry.name, entry.effect) for entry in idle] == [
        (1, "Version", "accepted, no effect"),
        (4, "[Spreed.http] readtimeout", "accepted, no effect"),
    ]


def test_proxies_are_networks() -> None:
    networks = read_text("TrustedProxies = ['10.0.0.0/8', '::1']").settings.trusted_networks
    assert [str(network) for network in networks] == ["10.0.0.0/8", "::1/128"]


@pytest.mark.parametrize(("jwt", "allowed"), [("false\nStrict = true", True), ("true\nStrict = false", True)])
def test_guests_are_allowed_unless_strict(jwt: str, allowed: bool) -> None:
    assert read_text(f"[JWT]\nEnabled = {jwt}\n").settings.guests_allowed is allowed
