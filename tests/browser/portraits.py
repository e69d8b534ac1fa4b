"""Draws people for fake cameras: a loop of pictures in which somebody breathes, blinks and speaks."""

from __future__ import annotations

import io
import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 640, 480
FRAMES = 48
SHOWN = 3
"""A film runs at 30 pictures a second, which is more than anybody needs to look alive: each stays for so many."""

Colour = tuple[int, int, int]

LOOKS: dict[str, tuple[Colour, Colour, Colour, Colour, Colour]] = {
    # far wall, near wall, skin, hair, clothes
    "Ana": ((242, 196, 150), (214, 140, 120), (236, 188, 152), (70, 42, 32), (36, 86, 120)),
    "Bob": ((150, 190, 214), (70, 110, 150), (150, 104, 76), (30, 24, 24), (226, 168, 60)),
    "Cleo": ((190, 214, 176), (96, 140, 110), (250, 214, 190), (186, 96, 44), (126, 70, 130)),
}


def portrait(name: str, at: int) -> Image.Image:
    """Return one picture of a person, `at` of `FRAMES` through the loop."""
    far, near, skin, hair, clothes = LOOKS[name]
    turn = 2 * math.pi * at / FRAMES
    sway, breath = 10 * math.sin(turn), 4 * math.sin(2 * turn)
    picture = Image.linear_gradient("L").resize((WIDTH, HEIGHT))
    scene = Image.composite(Image.new("RGB", (WIDTH, HEIGHT), near), Image.new("RGB", (WIDTH, HEIGHT), far), picture)
    pen = ImageDraw.Draw(scene)
    pen.rounded_rectangle((60, 50, 200, 190), 8, fill=_mixed(far, (255, 255, 255), 0.5))
    pen.rectangle((470, 40, 600, 60), fill=_mixed(near, (0, 0, 0), 0.25))
    for number in range(6):
        pen.rectangle((476 + 20 * number, 0, 490 + 20 * number, 40), fill=_mixed(clothes, far, 0.15 * number))
    scene = scene.filter(ImageFilter.GaussianBlur(5))
    pen = ImageDraw.Draw(scene)
    x, y = WIDTH / 2 + sway, 215 + breath
    pen.ellipse((x - 118, y - 132, x + 118, y + (150 if name != "Bob" else 20)), fill=hair)
    pen.rounded_rectangle((x - 38, y + 60, x + 38, y + 170), 30, fill=_mixed(skin, (0, 0, 0), 0.12))
    pen.rounded_rectangle((x - 190 + sway / 3, y + 138, x + 190 + sway / 3, HEIGHT + 120), 110, fill=clothes)
    pen.ellipse((x - 92, y - 108, x + 92, y + 112), fill=skin)
    pen.pieslice((x - 96, y - 122, x + 96, y + 40), 182, 358, fill=hair)
    pen.ellipse((x - 74, y - 60, x + 78, y + 60), fill=skin)
    shut = at % FRAMES in (20, 21)
    for side in (-1, 1):
        eye = x + side * 36 + sway / 4
        pen.ellipse((eye - 9, y - 10 + (7 if shut else 0), eye + 9, y + 10 - (7 if shut else 0)), fill=(40, 30, 30))
        pen.arc((eye - 20, y - 38, eye + 20, y - 6), 205, 335, fill=hair, width=5)
    wide = 24 + 8 * abs(math.sin(3 * turn))
    pen.chord((x - 30 + sway / 4, y + 62 - wide, x + 30 + sway / 4, y + 62 + wide), 15, 165, fill=(150, 52, 56))
    return scene.filter(ImageFilter.GaussianBlur(1))


def film(name: str, path: Path) -> Path:
    """Write a loop that Chromium takes for a camera (Motion JPEG)."""
    with path.open("wb") as kept:
        for at in range(0, FRAMES, SHOWN):
            one = io.BytesIO()
            portrait(name, at).save(one, "JPEG", quality=88)
            kept.write(one.getvalue() * SHOWN)
    return path


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
