"""The contract with operators: ready line, signals, exit codes and their sentences."""

import errno
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from palaver.cli.heartbeat import FD_VARIABLE, Heartbeat
from palaver.cli.serve import PortError, Server, free_port
from palaver.integrations import logs

PALAVER = Path(sys.executable).with_name("palaver")
DEADLINE_S = 30.0
Served = subprocess.Popen[str]
Serve = Callable[..., Served]


def say(process: Served) -> tuple[str, str]:
    """What it says of its certificate, and the ready line."""
    assert process.stdout is not None
    return process.stdout.readline().strip(), process.stdout.readline().strip()


def line(process: Served) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def palaver(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PALAVER, *words], capture_output=True, text=True, timeout=DEADLINE_S, check=False)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_the_ready_line_is_true_and_sigterm_means_0(serve: Serve) -> None:
    process = serve("127.0.0.1", "0")
    ready = re.fullmatch(r"palaver listening on http://127\.0\.0\.1:(\d+)", say(process)[1])
    assert ready
    socket.create_connection(("127.0.0.1", int(ready.group(1))), timeout=DEADLINE_S).close()
    process.terminate()
    _, errors = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, errors) == (0, "")


def test_an_address_of_ipv6_is_written_in_brackets(serve: Serve) -> None:
    process = serve("::1", "0")
    assert re.fullmatch(r"palaver listening on http://\[::1\]:\d+", say(process)[1])


def test_a_restart_takes_the_place_of_a_server_whose_watchdog_was_killed(serve: Serve) -> None:
    process = serve("127.0.0.1", "0")
    port = say(process)[1].rpartition(":")[2]
    process.kill()
    assert say(serve("127.0.0.1", port))[1].endswith(port)


def test_a_wish_to_stop_that_comes_too_early_is_heard(tmp_path: Path) -> None:
    """Sent before anything of ours is imported, which is as early as it can be; it would end the process by itself."""
    script = f"""
import os, signal, sys
sys.argv = ["palaver", "serve", "--data", {str(tmp_path)!r}, "--port", "0"]
from palaver import cli
execv = os.execv
def asked_to_stop(path, words):
    os.kill(os.getpid(), signal.SIGTERM)
    execv(path, words)
os.execv = asked_to_stop
cli.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_ctrl_c_means_0(serve: Serve) -> None:
    process = serve("127.0.0.1", "0")
    say(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=DEADLINE_S) == 0


def test_first_run_writes_the_settings(serve: Serve, tmp_path: Path) -> None:
    say(serve("127.0.0.1", "0"))
    assert (tmp_path / "data" / "settings.toml").stat().st_mode & 0o777 == 0o600


def test_sighup_reads_the_settings_anew(serve: Serve, tmp_path: Path) -> None:
    process = serve("127.0.0.1", "0")
    say(process)
    settings = tmp_path / "data" / "settings.toml"
    before = settings.read_text()
    settings.write_text(before.replace('"Palaver"', '"Parley"').replace("palaver.sqlite", "other.sqlite"))
    process.send_signal(signal.SIGHUP)
    assert line(process) == "title Parley"
    assert process.stderr is not None
    assert process.stderr.readline() == "palaver: [Storage] URL changes at the next start\n"
    settings.write_text("Titel = 1\n")
    process.send_signal(signal.SIGHUP)
    assert line(process) == "bad settings.toml:1: Titel is no option here; did you mean Title?"


def test_a_self_signed_certificate_names_the_host(serve: Serve, tmp_path: Path) -> None:
    process = serve("127.0.0.1", "0", "self-signed")
    certificate, ready = say(process)
    assert ready.startswith("palaver listening on https://127.0.0.1:")
    file = certificate.removeprefix("certificate ")
    # Raises when the two do not belong together.
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(file, file.replace(".crt", ".key"))
    process.send_signal(signal.SIGHUP)
    assert line(process) == "title Palaver"
    process.terminate()
    assert process.communicate(timeout=DEADLINE_S)[1] == ""


def test_the_watchdog_is_told_how_long_a_stall_may_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(*_settings: object, heartbeat: Callable[[], None], **_more: object) -> int:
        heartbeat()
        return 0

    (tmp_path / "settings.toml").write_text("[Limits]\nStallSeconds = 7\n")
    watchdogs, servers = socket.socketpair()
    monkeypatch.setenv(FD_VARIABLE, str(servers.fileno()))
    monkeypatch.setitem(sys.modules, "palaver.app", SimpleNamespace(serve=serve))  # type: ignore[arg-type]
    monkeypatch.setattr(logs, "write_logs", lambda directory: None)
    with watchdogs, servers:
        assert Server(tmp_path, "127.0.0.1", 0, self_signed=False, heartbeat=Heartbeat.inherited()).run() == 0
        assert watchdogs.recv(99) == b"7\n"


def test_a_taken_port_means_2_and_a_sentence(taken_port: int, tmp_path: Path) -> None:
    done = palaver("serve", "--data", str(tmp_path), "--port", str(taken_port))
    assert done.returncode == 2
    assert done.stderr.startswith(f"palaver: port {taken_port} on 127.0.0.1 is in use; choose another with --port")
    assert done.stderr.count("\n") == 1


def test_a_foreign_address_means_2_and_a_sentence(tmp_path: Path) -> None:
    done = palaver("serve", "--data", str(tmp_path), "--host", "192.0.2.1", "--port", "0")
    assert (done.returncode, done.stderr) == (
        2,
        "palaver: 192.0.2.1 is not an address of this machine; choose another with --host\n",
    )


def test_a_machine_without_ipv6_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(*_: object) -> None:
        raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))

    monkeypatch.setattr(socket, "socket", without)
    with pytest.raises(PortError, match="this machine has no addresses such as ::1: IPv6 is off"):
        free_port("::1", 9000)


def test_unusable_settings_mean_2_and_every_problem(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("Titel = 1\nPermitNSFW = 'yes'\n")
    done = palaver("serve", "--data", str(tmp_path), "--port", "0")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "settings.toml:1: Titel is no option here; did you mean Title?",
        "settings.toml:2: PermitNSFW must be true or false, not text; take the quotes away",
        f"palaver: the settings in {tmp_path} cannot be used",
    ]


def test_a_data_directory_that_is_a_file_means_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = palaver("serve", "--data", str(tmp_path / "file"), "--port", "0")
    assert done.returncode == 2
    assert f"settings.toml: cannot be written: {tmp_path}/file is no folder" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "words", "sentence"),
    [
        ("logs", [], "palaver: the log cannot be written: File exists: {}/logs"),
        ("tls", ["--tls", "self-signed"], "palaver: the certificate cannot be written: File exists: {}/tls"),
    ],
)
def test_a_folder_that_cannot_be_made_means_2_and_a_sentence(
    name: str, words: list[str], sentence: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text("a file in the way")
    done = palaver("serve", "--data", str(tmp_path), "--port", "0", *words)
    assert (done.returncode, done.stderr) == (2, sentence.format(tmp_path) + "\n")


def test_what_is_written_is_for_its_owner_alone(serve: Serve, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    say(serve("127.0.0.1", "0"))
    assert [path for path in data.rglob("*") if path.stat().st_mode & 0o077] == []
    assert (data / "logs" / "palaver.log").exists()


@pytest.mark.parametrize("words", [["--port", "70000"], ["--workers", "2"], ["--tls", "magic"]])
def test_options_that_do_not_exist_mean_2(words: list[str], tmp_path: Path) -> None:
    assert palaver("serve", "--data", str(tmp_path), *words).returncode == 2


def test_what_is_not_built_is_absent() -> None:
    assert "No such command 'doctor'" in palaver("doctor").stderr
