"""Finds the system's Chromium, and knows the flags with which it has a fake camera and needs no network."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)

FLAGS = (
    "--headless=new",
    "--use-fake-device-for-media-stream=fps=6",
    "--use-fake-ui-for-media-stream",
    "--auto-select-desktop-capture-source=Palaver",
    "--auto-accept-this-tab-capture",
    # Two processes on one machine without a network: addresses are told as they are, and the loopback counts. Nobody types
    # addresses either, for which each window makes two pages ready: half of what a window costs to open.
    "--disable-features=WebRtcHideLocalIpsWithMdns,Translate,OptimizationHints,MediaRouter,"
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup",
    "--allow-loopback-in-peer-connection",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
)


def executable() -> str:
    """Return the path of a Chromium; empty where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), "")
    return found or next((path for path in APPLICATIONS if Path(path).exists()), "")


def flags(*more: str) -> list[str]:
    """Return the flags for one browser; root has no sandbox."""
    return [*FLAGS, *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []), *more]
