"""The watchdog with real processes: stalls, signals, exit codes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from palaver.cli import main
from palaver.cli.watchdog import Silence

WATCHDOG = [sys.executable, "-P", "-m", "palaver.cli.watchdog"]
DEADLINE_S = 30.0

START = """
import os, signal, sys, threading, time
from palaver.cli.heartbeat import Heartbeat
heartbeat = Heartbeat.inherited()
heartbeat.beat({limit})
print("up", os.getpid(), flush=True)
"""

Watched = subprocess.Popen[str]
Start = Callable[..., Watched]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Run a script under the watchdog."""
    running: list[Watched] = []

    def run(script: str, limit: float = 0, begin: str = START) -> Watched:
        path = tmp_path / "child.py"
        path.write_text(begin.format(limit=limit) + script)
        process = subprocess.Popen(
            [*WATCHDOG, sys.executable, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        running.append(process)
        return process

    yield run
    for process in running:
        # Asked, not killed: a watchdog that is killed cannot end its child.
        process.terminate()
        process.communicate(timeout=DEADLINE_S)


def line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()


def child_of(process: Watched) -> int:
    return int(line(process.stdout).split()[1])


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_child_that_stands_still_is_ended_with_its_stack_told(start: Start) -> None:
    process = start("def stuck_in_here():\n    while True: pass\nstuck_in_here()\n", limit=0.6)
    child = child_of(process)
    _, errors = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 1
    assert "has stood still for" in errors
    assert "in stuck_in_here" in errors
    assert "the server stood still for 0.6 s and is ended" in errors
    assert not is_running(child)


def test_its_worker_processes_end_with_it(start: Start) -> None:
    script = """
if os.fork() == 0:
    print("worker", os.getpid(), flush=True)
signal.pause()
"""
    process = start(script, limit=0.6)
    child, worker = child_of(process), int(line(process.stdout).split()[1])
    process.wait(timeout=DEADLINE_S)
    wait_until(lambda: not is_running(child) and not is_running(worker))


def test_a_stall_that_passes_is_told_and_forgiven(start: Start) -> None:
    script = """
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
signal.sigwait({signal.SIGUSR2})
while True:
    heartbeat.beat(2)
    time.sleep(0.02)
"""
    process = start(script, limit=2)
    assert "has stood still for" in line(process.stderr)
    assert "the server answers again after" in line(process.stderr)
    process.terminate()
    _, errors = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, errors) == (0, "")


class TestSilence:
    """The same on a clock that the test moves."""

    def test_before_the_first_sign_nothing_is_asked(self) -> None:
        silence = Silence()
        assert not any(silence.goes_on(1) for _ in range(10_000))
        assert not silence.is_too_long

    def test_a_limit_of_nought_never_ends_it(self) -> None:
        silence = Silence()
        silence.ends(b"0.3\n0\n")
        assert not any(silence.goes_on(1) for _ in range(10_000))
        assert not silence.is_too_long

    def test_it_is_told_once_at_a_third_and_over_at_the_limit(self) -> None:
        silence = Silence()
        silence.ends(b"8\n")
        assert [at for at in range(1, 9) if silence.goes_on(1)] == [3]
        assert silence.is_too_long
        assert silence.ends(b"8\n"), "it had been told"
        assert not silence.is_too_long
        assert [at for at in range(1, 5) if silence.goes_on(1)] == [3], "and is told of another"

    def test_a_long_limit_is_told_of_after_ten_seconds(self) -> None:
        silence = Silence()
        silence.ends(b"300\n")
        assert [at for at in range(1, 21) if silence.goes_on(1)] == [10]

    def test_a_suspended_watchdog_does_not_blame_the_child(self) -> None:
        silence = Silence()
        silence.ends(b"8\n")
        assert not silence.goes_on(3_600)
        assert silence.passed_s == 2 * silence.tick_s
        assert not silence.ends(b"8\n")


@pytest.mark.parametrize("code", [0, 1, 2])
def test_exit_codes_pass_through(start: Start, code: int) -> None:
    process = start(f"sys.exit({code})")
    assert process.wait(timeout=DEADLINE_S) == code


def test_a_crash_is_a_reason_to_start_again(start: Start) -> None:
    process = start("os.kill(os.getpid(), signal.SIGSEGV)")
    _, errors = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 1
    assert "the server was ended by SIGSEGV" in errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_are_passed_on(start: Start, number: signal.Signals) -> None:
    script = f"""
def told(number, frame):
    os.write(1, b"told %d\\n" % number)  # print may still be at work on "ready"
    if number != signal.SIGHUP:
        sys.exit(0)
signal.signal({int(number)}, told)
print("ready", flush=True)
while True: signal.pause()
"""
    process = start(script)
    child_of(process)
    assert line(process.stdout) == "ready\n"
    process.send_signal(number)
    assert line(process.stdout) == f"told {int(number)}\n"
    if number != signal.SIGHUP:
        assert process.wait(timeout=DEADLINE_S) == 0


def test_a_wish_to_reload_waits_for_the_first_sign_of_life(start: Start, tmp_path: Path) -> None:
    """Before it the child may not catch the signal, which would end it."""
    script = f"""
def told(number, frame):
    print("told", number, flush=True)
while not os.path.exists({str(tmp_path / "go")!r}):
    time.sleep(0.01)
signal.signal(signal.SIGHUP, told)
heartbeat.beat(0)
while True: signal.pause()
"""
    process = start(script, begin=START.replace("heartbeat.beat({limit})", ""))
    child_of(process)
    process.send_signal(signal.SIGHUP)
    (tmp_path / "go").touch()
    assert line(process.stdout) == "told 1\n"


def test_a_wish_to_reload_does_not_end_what_has_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["palaver", "serve", "--no-such-option"])
    before, blocked = signal.getsignal(signal.SIGHUP), signal.pthread_sigmask(signal.SIG_BLOCK, [])
    try:
        with pytest.raises(SystemExit):
            main()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        # Children would inherit both, and no server of a later test would hear that it should stop.
        signal.signal(signal.SIGHUP, before)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def test_a_child_that_is_stopped_before_it_can_catch_signals_stopped_as_asked(start: Start) -> None:
    process = start("signal.pause()")
    child_of(process)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=DEADLINE_S)
    assert (process.returncode, errors) == (0, "")


def test_ctrl_c_reaches_the_child_through_the_watchdog_alone(start: Start) -> None:
    process = start("signal.pause()")
    assert os.getpgid(child_of(process)) != os.getpgid(process.pid)


def test_a_server_whose_watchdog_is_gone_asks_itself_to_stop_at_once(start: Start) -> None:
    """Not with the next sign of life: meanwhile it would hold its port and its data directory."""
    script = """
def stop(*_):
    print("stopping", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
heartbeat.stop_with_watchdog()
print("ready", flush=True)
while True: signal.pause()
"""
    process = start(script)
    child_of(process)
    assert line(process.stdout) == "ready\n"
    process.kill()
    assert line(process.stdout) == "stopping\n"


def test_the_watchdog_imports_nothing_of_the_server() -> None:
    script = "import sys, palaver.cli.watchdog; print([m for m in sys.modules if m.startswith('palaver')])"
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(["palaver", "palaver.cli", "palaver.cli.heartbeat", "palaver.cli.watchdog"])
