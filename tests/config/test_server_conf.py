"""Spreed's `server.conf` becomes settings, and what cannot is said."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from palaver.config import Settings
from palaver.config.options import entries
from palaver.config.reading import read_text
from palaver.config.server_conf import convert, read

SAMPLE = """\
; a comment
# another
rem and one more
[http]
listen = 0.0.0.0:8080 /run/spreed.sock
basePath: /webrtc
ROOT = client
readtimeout = 20
stats = yes  ; inline

[https]
listen = 0.0.0.0:8443
certificate = server.crt
key = server.key
minVersion = TLSv1.2
[app]
title = Our
  rooms
sessionSecret = 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
encryptionSecret = 00112233445566778899aabbccddeeff
stunURIs = stun:a.example.org stun:b.example.org
turnURIs = turn:a.example.org:443?transport=udp
turnSecret = %(word)s-secret
word = deep
serverToken = public
extra.d = more
renegotiation = maybe
strange = 1
[modules]
youtube = off
[users]
enabled = TRUE
mode = httpheader
httpheader_header = X-User
allowRegistration = n
[roomtypes]
^Conf/.+ = Conference
[log]
logfile = /var/log/spreed.log
"""


def test_a_file_is_read_as_the_original_read_it() -> None:
    found = read(SAMPLE)
    assert found["http"]["stats"] == "yes"
    assert found["http"]["basepath"] == "/webrtc"
    assert found["app"]["title"] == "Our\nrooms"
    assert found["app"]["turnsecret"] == "deep-secret"
    assert found["roomtypes"] == {"^conf/.+": "Conference"}


def test_a_circle_of_references_ends() -> None:
    assert read("[a]\nx = %(y)s\ny = %(x)s\n")["a"].keys() == {"x", "y"}


def test_a_value_that_holds_itself_many_times_stays_bearable() -> None:
    assert len(read("[app]\ntitle = " + "%(title)s" * 40)["app"]["title"]) < 20_000


def test_a_number_of_thousands_of_digits_is_left_out() -> None:
    (left,) = convert("[users]\ncertificate_validForDays = " + "9" * 5_000, Path("/etc/spreed")).left
    assert "is not what the option takes" in left


def test_what_a_file_says_is_said_in_settings() -> None:
    converted = convert(SAMPLE, Path("/etc/spreed"))
    reading = read_text(converted.text)
    assert reading.problems == ()
    spreed, settings = reading.settings.spreed, reading.settings
    assert (spreed.http.base_path, spreed.http.root, spreed.http.stats) == ("/webrtc/", "/etc/spreed/client", True)
    assert (spreed.app.title, spreed.app.server_token) == ("Our\nrooms", "public")
    assert spreed.app.stun_uris.split() == ["stun:a.example.org", "stun:b.example.org"]
    assert (spreed.app.turn_secret, spreed.app.extra_d) == ("deep-secret", "/etc/spreed/more")
    assert (spreed.modules.youtube, spreed.modules.contacts) == (False, True)
    assert (spreed.users.enabled, spreed.users.mode, spreed.users.httpheader_header) == (True, "httpheader", "X-User")
    assert spreed.room_types == {"^conf/.+": "Conference"}
    assert settings.turn.urls == ()
    assert (settings.tls.certificate, settings.tls.key) == ("/etc/spreed/server.crt", "/etc/spreed/server.key")


def test_what_could_not_be_carried_over_is_said_once_each() -> None:
    left = convert(SAMPLE, Path("/etc/spreed")).left
    begun = [sentence.split(" ")[:2] for sentence in left]
    assert [" ".join(words).rstrip(":") for words in begun] == [
        "[http] listen",
        "[http] readtimeout",
        "[https] listen",
        "[https] minversion",
        "[app] word",
        "[app] renegotiation",
        "[app] strange",
        "[log] logfile",
        "[users] headers",
        "[http] stats",
        "[app] secrets",
    ]
    assert "palaver serve --host 0.0.0.0 --port 8080" in left[0]


def test_a_secret_of_a_wrong_length_is_left_out_and_not_shown() -> None:
    converted = convert("[app]\nencryptionSecret = hush-hush\n", Path("/"))
    assert "hush" not in converted.text
    assert not any("hush" in sentence for sentence in converted.left)
    assert any("16, 24 or 32 bytes" in sentence for sentence in converted.left)


def test_users_without_a_mode_are_told_what_that_means_here() -> None:
    converted = convert("[users]\nenabled = true\nsharedsecret_secret = s\n", Path("/"))
    assert any("it means sharedsecret" in sentence for sentence in converted.left)
    assert read_text(converted.text).problems == ()


@given(text=st.text(st.sampled_from("[]=:;# \nrem%()s\"'\\abü"), max_size=120))
def test_any_text_becomes_settings_that_can_be_read(text: str) -> None:
    assert read_text(convert(text, Path("/etc")).text).problems == ()


def test_the_command_prints_settings_and_on_the_side_what_is_left(tmp_path: Path) -> None:
    (tmp_path / "server.conf").write_text(SAMPLE)
    command = [
        sys.executable,
        "-P",
        "-c",
        "from palaver.cli import main; main()",
        "config",
        "import",
        str(tmp_path / "server.conf"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert read_text(done.stdout).problems == ()
    assert "not carried over as it stands: [http] listen" in done.stderr
    missing = subprocess.run([*command[:-1], str(tmp_path / "none")], capture_output=True, text=True, check=False)
    assert (missing.returncode, missing.stdout) == (2, "")


DIALECT = (Path(__file__).parents[2] / "docs" / "dialects" / "spreed.md").read_text()
OPTIONS = DIALECT.split("\n## 4. Options\n")[1].split("\n## ")[0]
ROWS = {
    (section, name): said
    for section, names, said in re.findall(r"^\| (\w+) \| `?([^|]*?)`? \| (.*) \|$", OPTIONS, re.MULTILINE)
    for name in names.split("`, `")
    if section != "section"
}


def test_every_option_of_the_original_has_its_row_and_those_without_effect_say_so() -> None:
    ours = {
        (entry.table[1], entry.key): entry.option.effect
        for entry in entries(Settings)
        if entry.table[:1] == ("Spreed",) and len(entry.table) > 1
    }
    listed = {place: said.startswith("no effect") for place, said in ROWS.items() if place[0] not in ("https", "log")}
    assert listed == {place: effect.idle for place, effect in ours.items()} | {("roomtypes", "patterns"): False}
