"""A server under the real watchdog, with an application that does no more than its contract."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

APPLICATION = '''
"""Stands in for palaver.app: keeps its contract and serves nobody."""
import asyncio, signal, sys, types

async def serve(settings, data_dir, host, port, *, on_ready, heartbeat, reload):
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    code = 0
    def hear(letter):
        nonlocal code
        code = 1
        ended.set()
    def reread():
        try:
            print("title", reload().title, flush=True)
        except Exception as error:
            print("bad", str(error).splitlines()[0], flush=True)
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    loop.add_signal_handler(signal.SIGINT, ended.set)
    loop.add_signal_handler(signal.SIGUSR1, hear, "restart")
    loop.add_signal_handler(signal.SIGHUP, reread)
    server = await asyncio.start_server(lambda *_: None, host, port)
    print("certificate", settings.tls.certificate, flush=True)
    heartbeat()
    on_ready()
    await ended.wait()
    server.close()
    return code

application = types.ModuleType("palaver.app")
application.serve = serve
sys.modules["palaver.app"] = application
from palaver.cli.serve import main
sys.exit(main(sys.argv[1:]))
'''

Served = subprocess.Popen[str]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Start a server on `tmp_path / "data"` with these words after the directory."""
    script = tmp_path / "server.py"
    script.write_text(APPLICATION)
    running: list[Served] = []

    def run(*words: str) -> Served:
        command = [sys.executable, "-P", "-m", "palaver.cli.watchdog", sys.executable, str(script)]
        process = subprocess.Popen(
            [*command, str(tmp_path / "data"), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        running.append(process)
        return process

    yield run
    for process in running:
        # Asked, not killed: a watchdog that is killed cannot end its child.
        process.terminate()
        process.communicate(timeout=30)
