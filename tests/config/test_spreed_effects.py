"""Every option of an original `server.conf` is felt, but for those whose rows in docs/dialects/spreed.md §4 say no."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.app.test_client_certificates import authority

from palaver.app import spreed, values
from palaver.config import Settings
from palaver.config.options import Entry, entries
from palaver.config.reading import read_text
from palaver.config.server_conf import convert
from palaver.core.ids import SessionId, UserId

SESSION = SessionId("1" * 32)

CONF = """
[http]
root = client
stats = false
basePath = /webrtc
[app]
stunURIs = stun:one.example.org
turnURIs = turn:one.example.org
turnSecret = one
sessionSecret = 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
encryptionSecret = exactly 16 bytes
tokenFile = codes
serverToken = public
extra = extra
extra.d = extra.d
[users]
enabled = true
mode = certificate
sharedsecret_secret = one
certificate_certificate = ca.crt
certificate_key = ca.key
[nats]
channelling_trigger = true
[roomtypes]
^conf/ = Conference
"""

OTHER: dict[str, Any] = {
    "basePath": "/elsewhere/",
    "stunURIs": "stun:two.example.org",
    "turnURIs": "turn:two.example.org",
    "sessionSecret": "ff" * 32,
    "encryptionSecret": "also 16 bytes...",
    "mode": "httpheader",
    "url": "nats://elsewhere:4222",
    "certificate_certificate": "other.crt",
    "certificate_key": "other.key",
}


def felt() -> list[Any]:
    ours = [each for each in entries(Settings) if each.table[:1] == ("Spreed",) and len(each.table) > 1]
    return [pytest.param(each, id=each.name) for each in ours if not each.option.effect.idle]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("spreed")
    (found / "client" / "static" / "css").mkdir(parents=True)
    (found / "client" / "static" / "css" / "main.min.css").write_text("")
    for name in ("codes", "more.codes"):
        (found / name).write_text(name)
    authority(found)
    authority(found, "other")
    return found


@pytest.fixture(scope="module")
def settings(folder: Path) -> Settings:
    """An original file, converted."""
    found = convert(CONF, folder)
    reading = read_text(found.text)
    assert reading.problems == ()
    return reading.settings


def with_option(settings: Settings, entry: Entry, value: Any) -> Settings:
    raw = msgspec.to_builtins(settings)
    table = raw
    for name in entry.table:
        table = table[name]
    table[entry.key] = value
    return msgspec.convert(raw, Settings)


def effects(settings: Settings) -> dict[str, Any]:
    """Return what the server makes of settings, in everything that an option may be felt in."""
    bus = spreed.bus(settings)
    site = spreed.site(lambda: settings, bus)
    signing = dict(vars(site.authority)) if site.authority else {}
    key = signing.pop("_private", None)
    client, agents, proofs = spreed.original_client(lambda: settings), site.agents, site.proofs
    return {
        "options": site.options(),
        "ids": proofs.ids.sid_of(SESSION),
        "token": proofs.tokens.session_token(SESSION, UserId("spreed:ana"), now=0.0),
        "secret of users": proofs.secrets.encryption,
        "codes": site.codes and vars(site.codes)["_path"],
        "authority": {name: str(value) for name, value in signing.items()},
        "key": key and key.private_numbers().private_value,
        "client": (client.root, client.extra, client.extra_d),
        "bus": bus and (bus._url, bus._name, bus._warn_after_s),
        "agents": agents and (agents.prefix, agents._name, agents.pipelines is None),
        "relays": values.ice(settings).servers(SESSION, now=0.0),
        "certificates asked for": spreed.client_authority(settings),
        "global room": values.admission(settings),
    }


@pytest.mark.parametrize("entry", felt())
def test_a_changed_option_of_the_original_is_felt(entry: Entry, settings: Settings, folder: Path) -> None:
    held = msgspec.to_builtins(settings)
    for name in (*entry.table, entry.key):
        held = held[name]
    value = OTHER.get(entry.key)
    if value is None:
        value = not held if isinstance(held, bool) else held + 1 if isinstance(held, int) else f"{held}.other"
    if entry.key in ("certificate_certificate", "certificate_key"):
        value = str(folder / value)
    assert effects(with_option(settings, entry, value)) != effects(settings)


def test_a_policy_over_several_lines_is_one_line_in_its_header(folder: Path) -> None:
    for name in ("contentSecurityPolicy", "contentSecurityPolicyReportOnly"):
        found = convert(f"[app]\n{name} = default-src 'self';\n  script-src 'none'\n", folder)
        held = spreed.options(read_text(found.text).settings)
        assert held.policy + held.policy_report_only == "default-src 'self'; script-src 'none'"


@pytest.mark.parametrize("policy", ["default-src 'sélf'", "default-src\\u0000"])
def test_a_policy_that_no_header_can_hold_is_a_problem(policy: str) -> None:
    (problem,) = read_text(f'[Spreed.app]\ncontentSecurityPolicy = "{policy}"\n').problems
    assert (problem.line, "cannot stand in a header" in problem.sentence) == (2, True)


def test_the_same_options_have_the_same_effects(settings: Settings) -> None:
    assert effects(settings) == effects(settings)
