"""Knows how the command `palaver` begins; each subcommand has a module of its own."""

import signal
import sys


def main() -> None:
    """Run the command line and exit; what each exit code means stands in `serve`."""
    if sys.argv[1:2] == ["serve"]:
        # First of all, and for the watchdog after it: a wish to reload must not end what has not read its settings yet,
        # and a wish to stop waits for the watchdog, which knows the exit code for it.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
    # Here and not above: the watchdog, which stays in memory, is a module of this package.
    from palaver.cli.commands import app

    app(prog_name="palaver")
