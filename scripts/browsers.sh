#!/bin/sh
# Sees to it that tests find a Chromium, a Firefox and curl: the system's, else Debian's packages where those can be
# installed, else it says that what needs them is skipped.
set -eu

# first NAME...: prints the path of the first that is here
first() {
    for name; do
        command -v "$name" && return
    done
    return 1
}

missing=
if path=$(first chromium chromium-browser google-chrome google-chrome-stable); then
    echo "browser tests: using $path"
else
    missing=chromium
fi
if path=$(first firefox firefox-esr); then
    echo "browser tests: using $path"
else
    missing="$missing firefox-esr"
fi
first curl >/dev/null || missing="$missing curl"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "browser tests: installing Debian's ${missing# }"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # several packages
    if apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing fonts-dejavu-core >/dev/null; then
        exit 0
    fi
fi
echo "browser tests: no way to install ${missing# }; what needs it is skipped" >&2
