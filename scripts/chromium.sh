#!/bin/sh
# Sees to it that browser tests find a Chromium: the system's, else Debian's package where that can be installed, else
# it says that those tests are skipped.
set -eu
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if path=$(command -v "$name"); then
        echo "browser tests: using $path"
        exit 0
    fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "browser tests: no Chromium here; installing Debian's package chromium"
    export DEBIAN_FRONTEND=noninteractive
    if apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null; then
        exit 0
    fi
fi
echo "browser tests: no Chromium here and no way to install it; tests marked 'browser' are skipped" >&2
