"""Knows how to turn a stranger's bytes into a clean picture; runs in a process of its own, which `pictures` keeps."""

import base64
import io
import os
import signal
import struct
import threading
import warnings
from multiprocessing import parent_process
from typing import Final

import msgspec
from PIL import Image, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError

JPEG_QUALITY: Final = 90
WEBP_QUALITY: Final = 85
MIN_FRAME_MS: Final = 20

_TYPES: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "GIF": "image/gif", "WEBP": "image/webp"}
_BROKEN: Final = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, OverflowError)


_NUMBERS: Final = msgspec.json.Decoder(list[int])


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a picture may cost. `max_pixels` holds for one frame, `max_total_pixels` for all frames together."""

    max_pixels: int
    max_total_pixels: int
    max_frames: int
    max_side: int
    max_memory_bytes: int


class Clean(msgspec.Struct, frozen=True, kw_only=True):
    """A picture written anew: nothing of the original but its pixels."""

    encoded: bytes
    mime: str
    width: int
    height: int


class Unfit(msgspec.Struct, frozen=True):
    """Why there is no picture: not_a_picture, too_large, damaged, too_many_pixels or too_many_frames."""

    code: str


def start_worker(limits: Limits) -> None:
    """Prepare the process: it cannot take more memory than it needs, and ends when its parent has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # The decoders are loaded now and not at the expense of the first picture's time.
    Image.init()
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limits.max_memory_bytes, limits.max_memory_bytes))
    except (ImportError, ValueError, OSError):
        pass


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        # A parent that was killed cannot say so, and the queue it left would be waited on for ever.
        os._exit(1)


def worker_pid() -> int:
    """The process to end when a picture takes too long."""
    return os.getpid()


def clean_picture(data: bytes, limits: Limits) -> Clean | Unfit:
    """Decode, turn upright, shrink to `max_side` and encode again. The type is what the bytes are, whatever their name.

    Sizes are read from the header and judged before any pixel is decoded. Animations stay animations.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            return _clean(data, limits)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError, MemoryError):
            return Unfit("too_many_pixels")
        except UnidentifiedImageError:
            return Unfit("not_a_picture")
        except Exception:
            # Decoders raise whatever comes to hand when bytes are made to confuse them.
            return Unfit("damaged")


def clean_json_picture(spelled: bytes, max_bytes: int, limits: Limits) -> Clean | Unfit:
    """Do the same with a picture that is a JSON list of numbers, or a JSON string in base64 (BareRTC §3.2)."""
    try:
        if spelled.lstrip().startswith(b"["):
            data = bytes(_NUMBERS.decode(spelled))
        else:
            data = base64.b64decode(msgspec.json.decode(spelled, type=str))
    except (msgspec.DecodeError, ValueError, OverflowError, MemoryError):
        return Unfit("not_a_picture")
    return Unfit("too_large") if len(data) > max_bytes else clean_picture(data, limits)


def _clean(data: bytes, limits: Limits) -> Clean | Unfit:
    with Image.open(io.BytesIO(data), formats=tuple(_TYPES)) as picture:
        # What follows the first picture of a camera's file is the same again: smaller, or for another eye.
        kind = "JPEG" if picture.format == "MPO" else picture.format or ""
        pixels = picture.width * picture.height
        if pixels > limits.max_pixels:
            return Unfit("too_many_pixels")
        if kind != "JPEG" and getattr(picture, "is_animated", False):
            return _clean_animation(picture, kind, limits)
        return _clean_still(picture, kind, limits)


def _clean_still(picture: Image.Image, kind: str, limits: Limits) -> Clean:
    # Lets the JPEG decoder do most of the shrinking itself.
    picture.draft(None, (limits.max_side, limits.max_side))
    picture.load()
    small = _shrunk(_in_plain_colours(_upright(picture)), limits.max_side)
    if kind == "JPEG" and small.mode not in {"L", "RGB"}:
        small = small.convert("RGB")
    small.info = {}
    buffer = io.BytesIO()
    small.save(buffer, kind, **_options(kind))
    return Clean(encoded=buffer.getvalue(), mime=_TYPES[kind], width=small.width, height=small.height)


def _clean_animation(picture: Image.Image, kind: str, limits: Limits) -> Clean | Unfit:
    """Frames are not counted beforehand, since that means reading them all: the first one too many ends the work."""
    most = min(limits.max_frames, limits.max_total_pixels // (picture.width * picture.height))
    loop = picture.info.get("loop")
    frames: list[Image.Image] = []
    durations: list[int] = []
    for frame in ImageSequence.Iterator(picture):
        if len(frames) >= most:
            return Unfit("too_many_frames")
        frames.append(_shrunk(frame.convert("RGBA"), limits.max_side))
        # Only after converting: WebP tells a frame's duration when it is decoded.
        durations.append(max(int(frame.info.get("duration") or 0), MIN_FRAME_MS))
        frames[-1].info = {}
    options = _options(kind) | {"save_all": True, "append_images": frames[1:], "duration": durations}
    if kind == "GIF":
        options["disposal"] = 2
    if loop is not None:
        options["loop"] = loop
    buffer = io.BytesIO()
    frames[0].save(buffer, kind, **options)
    return Clean(encoded=buffer.getvalue(), mime=_TYPES[kind], width=frames[0].width, height=frames[0].height)


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except (*_BROKEN, struct.error):
        # Cameras write nonsense there too; the picture itself is sound.
        return picture


def _in_plain_colours(picture: Image.Image) -> Image.Image:
    """The picture in grey, RGB or RGBA, its colour profile applied rather than carried along."""
    if picture.mode.startswith(("I", "F")):
        # 16 bits a pixel: the upper eight are what a screen shows.
        deep = picture.convert("I")
        return deep.point(lambda value: value * (1 / 256)).convert("L")
    if picture.mode in {"P", "PA", "LA", "La", "RGBa"} or "transparency" in picture.info:
        return picture.convert("RGBA")
    if picture.mode in {"L", "RGB", "RGBA"} or picture.mode == "CMYK":
        return _in_srgb(picture)
    return picture.convert("RGB")


def _in_srgb(picture: Image.Image) -> Image.Image:
    target = "RGB" if picture.mode == "CMYK" else picture.mode
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode == "L":
        return picture.convert(target)
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=target)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture.convert(target)
    return converted if converted is not None else picture.convert(target)


def _shrunk(picture: Image.Image, max_side: int) -> Image.Image:
    """A copy whose longer side is `max_side` at most; the proportions stay, and no side falls to nothing."""
    longer = max(picture.size)
    if longer <= max_side:
        return picture.copy()
    size = tuple(max(1, round(side * max_side / longer)) for side in picture.size)
    return picture.resize((size[0], size[1]), Image.Resampling.LANCZOS)


def _options(kind: str) -> dict[str, object]:
    if kind == "JPEG":
        return {"quality": JPEG_QUALITY, "optimize": True}
    if kind == "WEBP":
        return {"quality": WEBP_QUALITY, "method": 4}
    return {"optimize": kind == "PNG"}
