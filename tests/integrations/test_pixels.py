import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from palaver.integrations.pixels import Clean, Limits, Unfit, clean_picture

LIMITS = Limits(
    max_pixels=4_000_000, max_total_pixels=1_000_000, max_frames=20, max_side=128, max_memory_bytes=2 * 1024**3
)
FORMATS = ["JPEG", "PNG", "GIF", "WEBP"]
SECRET = b"taken at 48.85N 2.35E by serial 1234"


def half_red(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Red above, blue below: which way is up can be told."""
    picture = Image.new("RGB", (width, height), "blue")
    ImageDraw.Draw(picture).rectangle((0, 0, width, height // 2 - 1), fill="red")
    return picture.convert(mode)


def encode(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def animation(frames: int, side: int, kind: str = "GIF", **options: object) -> bytes:
    pictures = [
        Image.new("RGB", (side, side), (index * 7 % 256, index // 36 * 40 % 256, 90)) for index in range(frames)
    ]
    return encode(pictures[0], kind, save_all=True, append_images=pictures[1:], duration=100, **options)


def cleaned(data: bytes, limits: Limits = LIMITS) -> tuple[Clean, Image.Image]:
    result = clean_picture(data, limits)
    assert isinstance(result, Clean), result
    picture = Image.open(io.BytesIO(result.encoded))
    assert (picture.width, picture.height) == (result.width, result.height)
    assert Image.MIME[picture.format or ""] == result.mime
    return result, picture


def png_claiming(width: int, height: int, body: bytes = b"") -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(have - want) < 40 for have, want in zip(pixel[:3], colour, strict=True))


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_keeps_its_type_and_is_shrunk_to_fit(kind: str) -> None:
    _, picture = cleaned(encode(half_red(400, 200), kind))

    assert picture.format == kind
    assert picture.size == (128, 64)
    assert near(picture.convert("RGB").getpixel((60, 10)), (255, 0, 0))
    assert near(picture.convert("RGB").getpixel((60, 50)), (0, 0, 255))


@pytest.mark.parametrize("kind", FORMATS)
def test_a_small_picture_keeps_its_size(kind: str) -> None:
    assert cleaned(encode(half_red(64, 32), kind))[1].size == (64, 32)


def test_a_very_long_picture_keeps_a_pixel_of_width() -> None:
    assert cleaned(encode(half_red(1, 3_000), "PNG"))[1].size == (1, 128)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_turned_upright_and_forgets_how_it_was_held(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    lying = half_red(100, 60).rotate(90, expand=True)

    _, picture = cleaned(encode(lying, kind, exif=exif))

    assert picture.size == (100, 60)
    assert near(picture.convert("RGB").getpixel((50, 10)), (255, 0, 0))
    assert not picture.getexif()


def with_metadata(kind: str) -> bytes:
    exif = Image.Exif()
    exif[0x010E] = exif[0x013B] = SECRET.decode()
    if kind == "GIF":
        return encode(half_red(64, 32), kind, comment=SECRET)
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", SECRET.decode())
        texts.add_itxt("XML:com.adobe.xmp", SECRET.decode())
        return encode(half_red(64, 32), kind, exif=exif, pnginfo=texts)
    return encode(half_red(64, 32), kind, exif=exif, xmp=SECRET, **({"comment": SECRET} if kind == "JPEG" else {}))


@pytest.mark.parametrize("kind", FORMATS)
def test_nothing_is_told_about_who_took_it_where(kind: str) -> None:
    data = with_metadata(kind)
    assert SECRET in data

    result, picture = cleaned(data)

    assert SECRET not in result.encoded
    assert not picture.getexif()
    assert not {"exif", "xmp", "comment", "icc_profile", "Comment", "XML:com.adobe.xmp"} & set(picture.info)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_an_animation_forgets_its_comments_too(kind: str) -> None:
    data = animation(3, 32, kind, **({"comment": SECRET} if kind == "GIF" else {"xmp": SECRET}))
    assert SECRET in data

    assert SECRET not in cleaned(data)[0].encoded


@pytest.mark.parametrize("tail", [b"PK\x03\x04evil.zip", b"<script>alert(1)</script>", b"%PDF-1.4 /JS"])
@pytest.mark.parametrize("kind", FORMATS)
def test_what_hides_behind_a_picture_is_left_behind(kind: str, tail: bytes) -> None:
    assert tail not in cleaned(encode(half_red(64, 32), kind) + tail)[0].encoded


def test_of_several_pictures_of_a_camera_the_first_is_kept() -> None:
    """Phones put a smaller one behind, or a second for the other eye (MPO)."""
    data = encode(half_red(200, 100), "MPO", save_all=True, append_images=[half_red(100, 50)])
    result, picture = cleaned(data)
    assert (result.mime, picture.size, getattr(picture, "n_frames", 1)) == ("image/jpeg", (128, 64), 1)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_an_animation_stays_one(kind: str) -> None:
    _, picture = cleaned(animation(5, 200, kind, loop=0))

    assert (picture.n_frames, picture.size) == (5, (128, 128))  # type: ignore[attr-defined]
    assert picture.info["loop"] == 0
    picture.seek(3)
    picture.load()
    assert picture.info["duration"] == 100
    assert near(picture.convert("RGB").getpixel((5, 5)), (21, 0, 90))


def test_see_through_pictures_stay_so() -> None:
    clear = Image.new("RGBA", (64, 64), (0, 255, 0, 0))
    for kind in ("PNG", "WEBP", "GIF"):
        pixel = cleaned(encode(clear, kind))[1].convert("RGBA").getpixel((3, 3))
        assert isinstance(pixel, tuple)
        assert pixel[3] == 0


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_is_read(mode: str) -> None:
    picture = Image.new(mode, (300, 300), 65_535) if mode == "I;16" else half_red(300, 300, mode)

    _, clean = cleaned(encode(picture, "PNG"))

    assert clean.size == (128, 128)
    if mode == "I;16":
        assert clean.convert("RGB").getpixel((9, 9)) == (255, 255, 255)
    elif mode in {"P", "RGB", "RGBA"}:
        assert near(clean.convert("RGB").getpixel((9, 9)), (255, 0, 0))


def test_print_colours_become_screen_colours() -> None:
    assert cleaned(encode(half_red(64, 64, "CMYK"), "JPEG"))[1].mode == "RGB"


def test_a_colour_profile_is_applied_and_dropped() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    _, picture = cleaned(encode(half_red(64, 64), "JPEG", icc_profile=profile))

    assert "icc_profile" not in picture.info
    assert near(picture.getpixel((9, 9)), (255, 0, 0))


def test_a_damaged_profile_does_not_spoil_the_picture() -> None:
    assert near(cleaned(encode(half_red(64, 64), "JPEG", icc_profile=b"x" * 200))[1].getpixel((9, 9)), (255, 0, 0))


@pytest.mark.parametrize(
    "data",
    [b"", b"hello, I am a picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.4", b"BM" + bytes(60),
     b"\x00" * 999, b"<!DOCTYPE html><script>alert(1)</script>", b"MZ" + bytes(100)],
)  # fmt: skip
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    assert clean_picture(data, LIMITS) == Unfit("not_a_picture")


def test_a_picture_of_another_type_is_refused() -> None:
    for kind in ("BMP", "TIFF", "ICO", "PPM"):
        assert clean_picture(encode(half_red(64, 64), kind), LIMITS) == Unfit("not_a_picture")


@pytest.mark.parametrize("kind", FORMATS)
def test_a_picture_that_was_cut_off_is_refused(kind: str) -> None:
    noise = Image.effect_noise((200, 200), 90).convert("RGB")
    whole = encode(noise, kind)

    for kept in (len(whole) // 2, len(whole) // 4):
        assert clean_picture(whole[:kept], LIMITS) in {Unfit("damaged"), Unfit("not_a_picture")}


@pytest.mark.parametrize(
    ("width", "height"), [(2_001, 2_000), (50_000, 50_000), (2**31 - 1, 2**31 - 1), (4_000_001, 1)]
)
def test_a_bomb_is_known_by_its_header(width: int, height: int) -> None:
    assert clean_picture(png_claiming(width, height), LIMITS) == Unfit("too_many_pixels")


def test_a_picture_at_the_limit_is_not_a_bomb() -> None:
    assert cleaned(png_claiming(2_000, 2_000, bytes(2_000 * 6_001)))[1].size == (128, 128)


def test_a_picture_with_fewer_pixels_than_it_claims_is_refused() -> None:
    assert clean_picture(png_claiming(500, 500, bytes(100)), LIMITS) == Unfit("damaged")


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_an_animation_has_a_limited_number_of_frames(kind: str) -> None:
    assert isinstance(clean_picture(animation(20, 8, kind), LIMITS), Clean)
    assert clean_picture(animation(21, 8, kind), LIMITS) == Unfit("too_many_frames")


def test_all_frames_together_have_a_limited_number_of_pixels() -> None:
    assert isinstance(clean_picture(animation(10, 316, "GIF"), LIMITS), Clean)
    assert clean_picture(animation(11, 316, "GIF"), LIMITS) == Unfit("too_many_frames")


def test_a_text_that_unpacks_to_very_much_is_refused() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("bomb", "x" * 100_000_000, zip=True)

    result = clean_picture(encode(half_red(64, 64), "PNG", pnginfo=texts), LIMITS)

    assert result == Unfit("damaged") or (isinstance(result, Clean) and len(result.encoded) < 10_000)


SAMPLES = [encode(half_red(40, 40), kind) for kind in FORMATS] + [animation(3, 20), with_metadata("JPEG")]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), min_size=1, max_size=8)
)
def test_whatever_bytes_come_there_is_an_answer(sample: bytes, changes: list[tuple[int, int]]) -> None:
    mangled = bytearray(sample)
    for at, byte in changes:
        mangled[at % len(mangled)] = byte

    result = clean_picture(bytes(mangled), LIMITS)

    if isinstance(result, Clean):
        assert max(result.width, result.height) <= 128
    else:
        assert result.code in {"not_a_picture", "damaged", "too_many_pixels", "too_many_frames"}
