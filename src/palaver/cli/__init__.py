"""Knows how the command `palaver` begins; each subcommand has a module of its own."""


def main() -> None:
    """Run the command line and exit; what each exit code means stands in `serve`."""
    # Here and not above: the watchdog, which stays in memory, is a module of this package.
    from palaver.cli.commands import app

    app(prog_name="palaver")
