"""Shows where Palaver's processor time goes in one scenario, sampled from outside by py-spy while it is under load.

`python -m bench.profile fanout` needs py-spy (`pip install py-spy`) and the right to look into the server's process.
"""

from __future__ import annotations

import argparse
import collections
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import build, report, servers
from bench.dialects import DIALECTS
from bench.scenarios import SCENARIOS, load_options

SAMPLES_PER_SECOND = 500
ROWS = 40


def options() -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("scenario", choices=sorted(SCENARIOS))
    parser.add_argument("--dialect", default="native", choices=sorted(DIALECTS))
    parser.add_argument("--people", type=int, default=500, help="people in a room (500)")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long to look (5)")
    parser.add_argument("--c-frames", action="store_true", help="see into compiled modules too (py-spy --native)")
    return parser.parse_args()


def profiler() -> str | None:
    """Return py-spy: beside this Python, or on the path."""
    beside = Path(sys.executable).parent / "py-spy"
    return str(beside) if beside.exists() else shutil.which("py-spy")


def sampled(asked: argparse.Namespace, spy: str, command: list[str]) -> list[str]:
    """Put load on a fresh server and return py-spy's collapsed stacks, one `frame;frame count` a line."""
    pair, load = servers.cores(), build.compiled()["load"]
    scenario, wire = SCENARIOS[asked.scenario], DIALECTS[asked.dialect]
    words = load_options(scenario, wire, people=asked.people, room_size=asked.people, seconds=asked.seconds + 1)
    with (
        tempfile.NamedTemporaryFile(suffix=".stacks") as stacks,
        servers.running(command, settings=servers.SETTINGS) as server,
        servers.pinned(pair[1] if pair else None),
    ):
        words += ["--announce", "--port", str(server.port)]
        generator = subprocess.Popen([str(load), *words], stdout=subprocess.PIPE, text=True)
        if scenario.mode != "join" and generator.stdout:
            generator.stdout.readline()
        look = [spy, "record", "--pid", str(server.pid), "--subprocesses", "--duration", str(round(asked.seconds))]
        look += ["--rate", str(SAMPLES_PER_SECOND), "--nonblocking"]
        look += ["--format", "raw", "--function", "--output", stacks.name]
        subprocess.run([*look, *(["--native"] if asked.c_frames else [])], check=True, stdout=subprocess.DEVNULL)
        generator.communicate()
        if generator.returncode:
            raise servers.ServerError(f"the load did not get through; the server wrote: {server.last_words()}")
        return Path(stacks.name).read_text().splitlines()


def table(stacks: list[str]) -> list[str]:
    """Return the hottest functions: their share alone, and with everything that they call."""
    alone: collections.Counter[str] = collections.Counter()
    within: collections.Counter[str] = collections.Counter()
    total = 0
    for line in stacks:
        path, _, count = line.rpartition(" ")
        frames = path.split(";")
        total += int(count)
        alone[frames[-1]] += int(count)
        for frame in set(frames):
            within[frame] += int(count)
    hottest = sorted(within, key=lambda frame: (-alone[frame], -within[frame]))[:ROWS]
    rows = [f"{alone[f] / max(total, 1):6.1%} {within[f] / max(total, 1):6.1%}  {f}" for f in hottest]
    return [" alone  within  function", *rows]


def main() -> int:
    """Profile and print; the stacks stay in `results/` for a flame graph."""
    asked, spy, command = options(), profiler(), servers.palaver_command()
    if spy is None or command is None:
        print("It needs py-spy (pip install py-spy) and palaver, both beside this Python.", file=sys.stderr)
        return 2
    servers.allow_many_connections()
    try:
        stacks = sampled(asked, spy, command)
    except (servers.ServerError, subprocess.CalledProcessError) as problem:
        print(problem, file=sys.stderr)
        return 1
    report.RESULTS.mkdir(exist_ok=True)
    kept = report.RESULTS / f"profile-{asked.scenario}-{asked.dialect}.stacks"
    kept.write_text("\n".join(stacks) + "\n")
    print("\n".join(table(stacks)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
