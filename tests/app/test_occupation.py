"""A data directory is for one server at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from palaver.app import opened, run
from palaver.app.occupation import occupied
from palaver.config import Settings
from palaver.storage.database import StorageProblem

HOLD = """
import sys
from palaver.app.occupation import occupied
with occupied(sys.argv[1]):
    print(1, flush=True)
    sys.stdin.read()
"""


async def test_another_server_is_refused_however_it_is_started(tmp_path: Path) -> None:
    with occupied(tmp_path):
        with pytest.raises(StorageProblem, match="is in use by a server that runs already"):
            async with opened(tmp_path):
                pass
        with pytest.raises(StorageProblem, match="name another folder with --data"):
            run(Settings(), tmp_path, "", 0, on_ready=int, heartbeat=int, reload=Settings)
    with occupied(tmp_path):
        pass


def test_a_server_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"1\n"
        with pytest.raises(StorageProblem), occupied(tmp_path):
            pass
        holder.send_signal(signal.SIGKILL)
    with occupied(tmp_path):
        pass
