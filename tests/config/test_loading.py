"""The data directory: first run, old files, secrets, reloading."""

import errno
import os
import tomllib
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from palaver.cli.certificate import self_signed
from palaver.config import FILE_VERSION, Settings, SettingsError, examine, first_run, load, reload
from palaver.config.options import Entry, entries

OLD_FILE = Path(__file__).with_name("barertc_v17.toml")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def value(settings: Settings, entry: Entry) -> Any:
    raw = msgspec.to_builtins(settings)
    for name in (*entry.table, entry.key):
        raw = raw[name] if isinstance(raw, dict) else None
    return raw


def write(data_dir: Path, text: str) -> Path:
    path = data_dir / "settings.toml"
    path.write_text(text)
    path.chmod(0o600)
    return path


class TestFirstRun:
    def test_the_file_is_private_and_complete(self, tmp_path: Path) -> None:
        data_dir = tmp_path / "new" / "data"
        old_mask = os.umask(0)
        try:
            assert first_run(data_dir) is True
        finally:
            os.umask(old_mask)
        assert mode(data_dir / "settings.toml") == 0o600
        assert mode(data_dir) == 0o700
        assert os.listdir(data_dir) == ["settings.toml"]

    def test_its_secrets_are_random_and_the_rest_is_default(self, tmp_path: Path) -> None:
        first_run(tmp_path / "a")
        first_run(tmp_path / "b")
        one, other = load(tmp_path / "a"), load(tmp_path / "b")
        assert uuid.UUID(one.admin_api_key).version == 4
        assert len(one.jwt.secret_key) >= 32
        assert len({one.admin_api_key, other.admin_api_key, one.jwt.secret_key, other.jwt.secret_key}) == 4
        assert one.server_secret not in {"", other.server_secret, one.jwt.secret_key}
        assert (one.jwt.enabled, one.jwt.strict) == (True, False)
        assert [e.name for e in entries(Settings) if value(one, e) != value(Settings(), e) and not e.in_list] == [
            "AdminAPIKey",
            "ServerSecret",
            "[JWT] Enabled",
            "[JWT] Strict",
            "[JWT] SecretKey",
        ]
        assert one.public_channels == Settings().public_channels

    def test_nothing_else_is_made_and_nothing_is_wrong(self, tmp_path: Path) -> None:
        first_run(tmp_path)
        load(tmp_path)
        report = examine(tmp_path)
        assert (report.problems, report.remarks, report.idle) == ((), (), ())
        assert os.listdir(tmp_path) == ["settings.toml"]
        assert tomllib.loads((tmp_path / "settings.toml").read_text())["Version"] == FILE_VERSION

    def test_every_option_in_it_is_explained(self, tmp_path: Path) -> None:
        first_run(tmp_path)
        lines = (tmp_path / "settings.toml").read_text().splitlines()
        first_of_each: dict[str, int] = {}
        for at, line in enumerate(lines):
            if " = " in line and not line.startswith("#"):
                first_of_each.setdefault(line.split(" = ")[0], at)
        assert len(first_of_each) >= 30
        assert [key for key, at in first_of_each.items() if not lines[at - 1].startswith("# ")] == []

    def test_a_file_that_is_there_is_left_alone(self, tmp_path: Path) -> None:
        path = write(tmp_path, "Title = 'Mine'\n")
        assert first_run(tmp_path) is False
        assert path.read_text() == "Title = 'Mine'\n"

    def test_a_directory_that_cannot_be_made_is_a_problem(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(SettingsError, match=r"cannot be written: .*/file/data is no folder"):
            first_run(tmp_path / "file" / "data")

    def test_a_file_that_cannot_be_written_whole_leaves_nothing_behind(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(SettingsError, match="cannot be written: No space left on device"):
            first_run(tmp_path)
        assert list(tmp_path.iterdir()) == []


class TestOldFiles:
    @pytest.mark.parametrize("version", [0, 1, 9, 17, 99])
    def test_any_version_loads_and_stays_as_it_is(self, tmp_path: Path, version: int) -> None:
        text = OLD_FILE.read_text().replace("Version = 17", f"Version = {version}")
        path = write(tmp_path, text)
        path.chmod(0o644)
        settings = load(tmp_path)
        assert settings.title == "Old Chat"
        assert settings.admin_api_key == "11111111-2222-4333-8444-555555555555"
        assert path.read_text() == text
        assert mode(path) == 0o644

    def test_one_older_than_most_keys_loads(self, tmp_path: Path) -> None:
        write(tmp_path, "Title = 'Old'\n[JWT]\n  Enabled = false\n  SecretKey = ''\n")
        settings = load(tmp_path)
        assert settings.jwt.strict is True
        assert [channel.id for channel in settings.public_channels] == ["lobby", "offtopic"]

    def test_a_list_of_tables_replaces_the_default_one(self, tmp_path: Path) -> None:
        write(tmp_path, "[[PublicChannels]]\nID = 'only'\n")
        assert [channel.id for channel in load(tmp_path).public_channels] == ["only"]


class TestSecrets:
    @pytest.mark.parametrize("text", ["", "AdminAPIKey = ''\n[JWT]\nSecretKey = '  '\n"])
    def test_what_is_lacking_is_made_once_beside_the_file(self, tmp_path: Path, text: str) -> None:
        path = write(tmp_path, text)
        settings = load(tmp_path)
        assert uuid.UUID(settings.admin_api_key).version == 4
        assert len(settings.jwt.secret_key) >= 32
        assert settings.server_secret
        assert load(tmp_path) == settings
        assert path.read_text() == text
        assert mode(tmp_path / "secrets.toml") == 0o600

    def test_a_secret_in_the_settings_goes_before_a_made_one(self, tmp_path: Path) -> None:
        write(tmp_path, "")
        made = load(tmp_path)
        write(tmp_path, "AdminAPIKey = 'mine'\n")
        settings = load(tmp_path)
        assert (settings.admin_api_key, settings.jwt.secret_key) == ("mine", made.jwt.secret_key)

    def test_one_more_joins_those_made_before(self, tmp_path: Path) -> None:
        write(tmp_path, "[JWT]\nSecretKey = 'the site knows this'\n")
        first = load(tmp_path)
        write(tmp_path, "")
        second = load(tmp_path)
        assert second.admin_api_key == first.admin_api_key
        assert len(second.jwt.secret_key) >= 32
        assert load(tmp_path) == second

    def test_a_broken_secrets_file_is_told_by_its_name(self, tmp_path: Path) -> None:
        write(tmp_path, "Titel = 'x'\n")
        (tmp_path / "secrets.toml").write_text("AdminAPIKey = 5\n")
        with pytest.raises(SettingsError) as caught:
            load(tmp_path)
        assert [str(problem).split(" ")[0] for problem in caught.value.problems] == [
            "settings.toml:1:",
            "secrets.toml:1:",
        ]


def pair(folder: Path) -> None:
    """Put a certificate and its key into a folder."""
    for made, name in zip(self_signed(folder, "localhost"), ("c.pem", "k.pem"), strict=True):
        made.rename(folder / name)


def told(folder: Path) -> str:
    (problem,) = examine(folder).problems
    return str(problem)


class TestPaths:
    def test_certificates_are_found_below_the_data_directory(self, tmp_path: Path) -> None:
        pair(tmp_path)
        write(tmp_path, f"[TLS]\nCertificate = 'c.pem'\nKey = '{tmp_path / 'k.pem'}'\n")
        tls = load(tmp_path).tls
        assert (tls.certificate, tls.key) == (str(tmp_path / "c.pem"), str(tmp_path / "k.pem"))


class TestExamine:
    def test_it_writes_nothing_and_remarks_what_is_weak(self, tmp_path: Path) -> None:
        path = write(tmp_path, "AdminAPIKey = ''\n[JWT]\nSecretKey = 'short'\n")
        path.chmod(0o644)
        remarks = examine(tmp_path).remarks
        assert "AdminAPIKey is empty: a random one is made in secrets.toml" in remarks
        assert "[JWT] SecretKey is shorter than 32 bytes: it can be guessed" in remarks
        assert f"settings.toml holds secrets and others may read it: chmod 600 {path}" in remarks
        assert os.listdir(tmp_path) == ["settings.toml"]

    def test_an_old_file_may_begin_with_a_mark_of_its_editor(self, tmp_path: Path) -> None:
        (tmp_path / "settings.toml").write_bytes(b"\xef\xbb\xbfTitle = 'Old'\r\nTitel = 1\r\n")
        (problem,) = examine(tmp_path).problems
        assert str(problem) == "settings.toml:2: Titel is no option here; did you mean Title?"

    def test_a_file_in_another_encoding_is_told_to_be_saved_anew(self, tmp_path: Path) -> None:
        (tmp_path / "settings.toml").write_bytes("Title = 'é'".encode("latin-1"))
        (problem,) = examine(tmp_path).problems
        assert "save it in that encoding" in str(problem)

    @pytest.mark.parametrize(
        ("text", "remark"),
        [
            (
                "[[WebhookURLs]]\nName = 'reprot'\nEnabled = true",
                'Name "reprot" is never called; did you mean "report"?',
            ),
            ("[[WebhookURLs]]\nName = 'xyz'\nEnabled = true", "is never called; there are report and profile"),
            ("[[WebhookURLs]]\nName = 'report'\nEnabled = true", "is never called, since its URL is empty"),
            ("[TURN]\nURLs = ['turn:t.example']", "is told to nobody without Secret, or Username and Credential"),
            ("[Spreed.app]\n'extra.d' = 'turn:ed'", "[Spreed.app] extra.d names no folder: "),
            ("[Spreed.users]\nEnabled = true\nmode = 'certificate'", "mode certificate lets nobody log in"),
        ],
    )
    def test_what_comes_to_nothing_is_remarked(self, text: str, remark: str, tmp_path: Path) -> None:
        (tmp_path / "stun:ed").mkdir()
        write(tmp_path, text)
        assert any(remark in each for each in examine(tmp_path).remarks)
        write(tmp_path, text.replace("Enabled = true", "").replace("turn:", "stun:"))
        assert not any(remark in each for each in examine(tmp_path).remarks)

    @pytest.mark.parametrize(
        ("mode", "most", "over", "remark"),
        [
            (
                "certificate",
                "r" * 27,
                "r" * 28,
                "serverRealm is longer than the 27 bytes that a certificate has for it: nobody",
            ),
            (
                "certificate",
                "é" * 13,
                "é" * 14,
                "serverRealm is longer than the 27 bytes that a certificate has for it: nobody",
            ),
            ("sharedsecret", "r" * 218, "r" * 219, "too long for a user id: nobody can register in [Spreed.users]"),
            ("sharedsecret", "chat.example", "chat.example:8443", "serverRealm has a colon or a control character"),
            ("httpheader", "chat.example:8443", "", ""),
        ],
    )
    def test_a_realm_with_which_nobody_could_register_is_remarked(
        self, mode: str, most: str, over: str, remark: str, tmp_path: Path
    ) -> None:
        users = (
            f"[Spreed.users]\nenabled = true\nallowRegistration = true\nsharedsecret_secret = 's'\nmode = '{mode}'\n"
        )
        write(tmp_path, f"{users}[Spreed.app]\nserverRealm = '{most}'\n")
        assert "register" not in "".join(examine(tmp_path).remarks)
        if over:
            write(tmp_path, f"{users}[Spreed.app]\nserverRealm = '{over}'\n")
            assert any(remark in each for each in examine(tmp_path).remarks)

    def test_a_certificate_and_its_key_are_looked_into(self, tmp_path: Path) -> None:
        write(tmp_path, "[TLS]\nCertificate = 'c.pem'\nKey = 'k.pem'\n")
        pair(tmp_path)
        assert examine(tmp_path).problems == ()
        (tmp_path / "k.pem").write_text("nonsense")
        assert told(tmp_path).startswith("settings.toml:3: [TLS] Key holds no private key in PEM form")
        other = ec.generate_private_key(ec.SECP256R1())
        for encryption, complaint in (
            (serialization.BestAvailableEncryption(b"word"), "[TLS] Key has a passphrase, which nobody could type"),
            (serialization.NoEncryption(), "[TLS] Key does not belong to the certificate"),
        ):
            form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
            (tmp_path / "k.pem").write_bytes(other.private_bytes(*form))
            assert complaint in told(tmp_path)
        (tmp_path / "c.pem").write_text("nonsense")
        assert told(tmp_path).startswith("settings.toml:2: [TLS] Certificate holds no certificate in PEM form")

    def test_public_keys_are_looked_into(self, tmp_path: Path) -> None:
        write(tmp_path, "[JWT]\nPublicKey = 'site.pem'\n")
        assert told(tmp_path).startswith("settings.toml:2: [JWT] PublicKey names no file")
        form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        good, weak = (
            ec.generate_private_key(curve()).public_key().public_bytes(*form) for curve in (ec.SECP256R1, ec.SECP521R1)
        )
        for content, complaint in (
            (b"", "this is not a public key in PEM form"),
            (good + b"more", "this is not a public key in PEM form"),
            (good + weak, "only public keys of the kinds RSA, P-256 and Ed25519 can be used"),
        ):
            (tmp_path / "site.pem").write_bytes(content)
            assert f"[JWT] PublicKey cannot be used: {complaint}" in told(tmp_path)
        (tmp_path / "site.pem").write_bytes(good + good)
        assert examine(tmp_path).problems == ()
        assert load(tmp_path).jwt.public_key == str(tmp_path / "site.pem")

    def test_files_that_are_named_must_exist(self, tmp_path: Path) -> None:
        write(tmp_path, "[TLS]\nCertificate = 'c.pem'\nKey = 'k.pem'\n")
        (tmp_path / "c.pem").write_text("")
        (problem,) = examine(tmp_path).problems
        assert str(problem) == f"settings.toml:3: [TLS] Key names no file: {tmp_path / 'k.pem'}"

    def test_it_is_a_proxy_or_our_own_tls_that_asks_for_certificates(self, tmp_path: Path) -> None:
        users = "[Spreed.users]\nenabled = true\nmode = 'certificate'\n"
        write(tmp_path, f"{users}certificate_verifiedHeader = 'X-Verified'\ncertificate_verifiedHeaderValue = 'yes'\n")
        assert "lets nobody" not in "".join(examine(tmp_path).remarks)

    @pytest.mark.parametrize("content", [b"Title = 'a'\nBranding = '\xff'", None])
    def test_what_cannot_be_read_is_one_problem(self, tmp_path: Path, content: bytes | None) -> None:
        path = tmp_path / "settings.toml"
        path.write_bytes(content) if content else path.mkdir()
        (problem,) = examine(tmp_path).problems
        assert str(problem).startswith(
            "settings.toml:2: is not UTF-8 text" if content else "settings.toml: cannot be read"
        )

    def test_a_pipe_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "settings.toml")
        (problem,) = examine(tmp_path).problems
        assert problem.sentence == "cannot be read: it is no regular file"


class TestReload:
    def test_changes_are_read_and_what_waits_is_named(self, tmp_path: Path) -> None:
        write(tmp_path, "Title = 'a'\n")
        running = load(tmp_path)
        write(tmp_path, "Title = 'b'\n[Storage]\nURL = 'sqlite:///other.sqlite'\n[Limits]\nFramesBurst = 7\n")
        settings, waiting = reload(tmp_path, running)
        assert (settings.title, settings.limits.frames_burst) == ("b", 7)
        assert waiting == ("[Storage] URL",)
        assert settings.storage == running.storage
        assert settings.admin_api_key == running.admin_api_key

    def test_a_key_that_was_taken_away_has_its_default_again(self, tmp_path: Path) -> None:
        write(tmp_path, "Title = 'a'\n")
        running = load(tmp_path)
        write(tmp_path, "")
        assert reload(tmp_path, running)[0].title == Settings().title

    def test_problems_are_raised(self, tmp_path: Path) -> None:
        write(tmp_path, "")
        running = load(tmp_path)
        write(tmp_path, "Title = 1\n")
        with pytest.raises(SettingsError, match=r"settings\.toml:1: Title must be text in quotes"):
            reload(tmp_path, running)
