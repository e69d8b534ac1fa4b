"""A data directory is for one server at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from palaver.app import opened
from palaver.storage.database import StorageProblem
from palaver.storage.occupation import occupied

DEADLINE_S = 30.0
HOLD = """
import sys
from palaver.storage.occupation import occupied
with occupied(sys.argv[1]):
    print(1, flush=True)
    sys.stdin.read()
"""


async def test_another_server_is_refused_however_it_is_started(tmp_path: Path) -> None:
    with occupied(tmp_path):
        with pytest.raises(StorageProblem, match="is in use by a server that runs already"):
            async with opened(tmp_path):
                pass
        with pytest.raises(StorageProblem, match="name another folder with --data"), occupied(tmp_path):
            pass
    with occupied(tmp_path):
        pass


def test_one_that_is_about_to_end_is_waited_for_even_if_it_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"1\n"
        with pytest.raises(StorageProblem), occupied(tmp_path):
            pass
        told: list[None] = []

        def end_it() -> None:
            told.append(None)
            holder.send_signal(signal.SIGKILL)

        with occupied(tmp_path, wait_s=DEADLINE_S, on_wait=end_it):
            assert len(told) == 1
