"""`palaver config check`, as it is typed."""

import subprocess
import sys
from pathlib import Path

PALAVER = Path(sys.executable).with_name("palaver")


def check(data_dir: Path) -> tuple[int, list[str]]:
    command = [PALAVER, "config", "check", "--data", str(data_dir)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_problems_mean_2(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("\nTitel = 'x'\n[Limits]\nFramesBurst = -1\n")
    assert check(tmp_path) == (
        2,
        [
            "settings.toml:2: Titel is no option here; did you mean Title?",
            "settings.toml:4: [Limits] FramesBurst is -1; it must be 0 or more (0 is off)",
            "2 problems",
        ],
    )


def test_remarks_and_idle_keys_mean_0(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(f"AdminAPIKey = 'k'\nServerSecret = 's'\n[JWT]\nSecretKey = '{'x' * 32}'\n[VIP]\nBranding = 'x'\n")
    path.chmod(0o640)
    assert check(tmp_path) == (
        0,
        [
            f"remark: settings.toml holds secrets and others may read it: chmod 600 {path}",
            "settings.toml:6: [VIP] Branding: accepted, no effect",
            "no problems",
        ],
    )


def test_no_settings_mean_2_and_how_to_get_them(tmp_path: Path) -> None:
    code, lines = check(tmp_path)
    assert (code, lines) == (
        2,
        [f"{tmp_path / 'settings.toml'} does not exist; palaver serve --data {tmp_path} writes it"],
    )
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_looked_into_means_2_and_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 300)
    assert check(folder) == (2, [f"{folder}/settings.toml cannot be read: File name too long"])
