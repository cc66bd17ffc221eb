import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.domain.errors import ImageTooLarge, ImageUnreadable
from app.vision.decode import MOST_SCANS, Limits, decode
from tests.unit.vision.photos import oriented, photo, written

LIMITS = Limits(max_bytes=15_000_000, max_pixels=50_000_000)
KINDS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF", "BMP", "TIFF")
WITH_EXIF = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF")


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(float) - b.astype(float)).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_gives_the_same_upright_rgb_picture(images: Path, kind: str) -> None:
    image = photo(images).crop((0, 0, 200, 256))

    pixels = decode(written(image, kind), LIMITS)

    assert pixels.shape == (256, 200, 3)
    assert pixels.dtype == np.uint8
    assert difference(pixels, np.asarray(image)) < 6


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_grey_pictures_become_rgb(images: Path, kind: str) -> None:
    image = photo(images).convert("L")

    pixels = decode(written(image, kind), LIMITS)

    assert pixels.shape == (256, 256, 3)
    assert difference(pixels[:, :, 0], np.asarray(image)) < 4


@pytest.mark.parametrize("kind", ["PNG", "GIF", "TIFF", "BMP"])
def test_palette_pictures_become_rgb(images: Path, kind: str) -> None:
    image = photo(images)

    pixels = decode(written(image.quantize(128), kind), LIMITS)

    assert difference(pixels, np.asarray(image)) < 8


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_pictures_become_rgb(images: Path, kind: str) -> None:
    image = photo(images)

    pixels = decode(written(image.convert("CMYK"), kind), LIMITS)

    assert difference(pixels, np.asarray(image)) < 5


def test_sixteen_bit_grey_keeps_its_shades(images: Path) -> None:
    grey = np.asarray(photo(images).convert("L"))
    deep = Image.fromarray(grey.astype(np.uint16) * 257)

    pixels = decode(written(deep, "PNG"), LIMITS)

    assert difference(pixels[:, :, 1], grey) <= 1


def test_floating_point_grey_is_stretched_to_its_own_range(images: Path) -> None:
    grey = np.asarray(photo(images).convert("L"))
    image = Image.fromarray(grey.astype(np.float32) / 255)

    pixels = decode(written(image, "TIFF"), LIMITS)

    assert (pixels.min(), pixels.max()) == (0, 255)
    assert np.corrcoef(pixels[:, :, 0].ravel(), grey.ravel())[0, 1] > 0.999


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "TIFF"])
def test_what_is_transparent_becomes_white(images: Path, kind: str) -> None:
    image = photo(images).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 64, 64))

    pixels = decode(written(image, kind), LIMITS)

    assert pixels[8:56, 8:56].min() > 248
    assert difference(pixels[100:], np.asarray(image)[100:, :, :3]) < 6


def test_a_palette_entry_may_be_the_transparent_one() -> None:
    image = Image.new("P", (32, 32), 1)
    image.putpalette([0, 0, 0, 200, 10, 10])
    image.paste(0, (0, 0, 16, 32))

    pixels = decode(written(image, "PNG", transparency=0), LIMITS)

    assert pixels[5, 5].tolist() == [255, 255, 255]
    assert pixels[5, 25].tolist() == [200, 10, 10]


@pytest.mark.parametrize("kind", WITH_EXIF)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_in_exif_is_applied_once(images: Path, kind: str, orientation: int) -> None:
    upright = np.asarray(photo(images).crop((0, 0, 200, 256)))
    undo: dict[int, np.ndarray] = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.swapaxes(0, 1),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].swapaxes(0, 1),
        8: np.rot90(upright, -1),
    }
    stored = Image.fromarray(np.ascontiguousarray(undo[orientation]))

    pixels = decode(oriented(kind, stored, orientation), LIMITS)

    assert pixels.shape == upright.shape
    assert difference(pixels, upright) < 6


@pytest.mark.parametrize("orientation", range(2, 9))
def test_the_same_photo_in_all_orientations_is_one_picture(images: Path, orientation: int) -> None:
    reference = decode((images / "hard" / "hopper_orientation_2.jpg").read_bytes(), LIMITS)

    pixels = decode((images / "hard" / f"hopper_orientation_{orientation}.jpg").read_bytes(), LIMITS)

    assert difference(pixels, reference) < 6


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_only_the_first_frame_counts(kind: str) -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green", "blue")]

    pixels = decode(written(frames[0], kind, save_all=True, append_images=frames[1:]), LIMITS)

    assert pixels[20, 20].tolist() == pytest.approx([255, 0, 0], abs=3)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("RGB_16__128x128.png", (128, 128, 3)),
        ("i_trns.png", (64, 64, 3)),
        ("uncompressed_la.png", (128, 128, 3)),
        ("dispose_bgnd.gif", (100, 100, 3)),
        ("pil_sample_cmyk.jpg", (100, 100, 3)),
        ("pug.heic", (3024, 4032, 3)),
        ("rot_90.jpg", (325, 402, 3)),
    ],
)
def test_odd_but_sound_files_are_read(images: Path, name: str, shape: tuple[int, ...]) -> None:
    assert decode((images / "hard" / name).read_bytes(), LIMITS).shape == shape


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("truncated_jpeg.jpg", "JPEG picture is truncated"),
        ("truncated_image.png", "PNG picture is truncated"),
        ("truncated.heic", "HEIC picture is truncated"),
        ("corrupted.heic", "HEIC picture, but its header is damaged"),
    ],
)
def test_damaged_files_are_refused_with_the_reason(images: Path, name: str, why: str) -> None:
    with pytest.raises(ImageUnreadable, match=why):
        decode((images / "hard" / name).read_bytes(), LIMITS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", [0.02, 0.3, 0.9])
def test_a_file_without_its_end_is_refused(images: Path, kind: str, part: float) -> None:
    content = written(photo(images), kind)

    with pytest.raises(ImageUnreadable):
        decode(content[: int(len(content) * part)], LIMITS)


@pytest.mark.parametrize("missing", [1, 2, 20, 1000])
def test_a_jpeg_that_lacks_its_last_bytes_is_refused(images: Path, missing: int) -> None:
    content = (images / "groups" / "group-1.jpg").read_bytes()

    with pytest.raises(ImageUnreadable, match="truncated"):
        decode(content[:-missing], LIMITS)


def test_zero_bytes_are_called_empty() -> None:
    with pytest.raises(ImageUnreadable, match="zero bytes"):
        decode(b"", LIMITS)


@pytest.mark.parametrize(
    "content",
    [b"\0", b"hello", b"<html><body>not here</body></html>", b"%PDF-1.7\n", b"\0" * 4096, b"PK\3\4", b"<svg/>"],
)
def test_what_is_no_picture_is_called_so(content: bytes) -> None:
    with pytest.raises(ImageUnreadable, match="not a picture"):
        decode(content, LIMITS)


def test_formats_that_are_not_on_the_list_are_refused(images: Path) -> None:
    content = written(photo(images), "JPEG2000")

    with pytest.raises(ImageUnreadable, match="not a picture in a format that is read"):
        decode(content, LIMITS)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_picture_of_too_many_pixels_is_refused_by_its_header() -> None:
    content = written(Image.new("1", (12_000, 12_000)), "PNG")
    assert len(content) < 100_000

    with pytest.raises(ImageTooLarge, match="12000 × 12000 pixels, 50000000") as caught:
        decode(content, LIMITS)

    assert caught.value.extra == {"limit": 50_000_000}


def test_a_frame_larger_than_its_canvas_counts_as_it_is(images: Path) -> None:
    with pytest.raises(ImageTooLarge, match="more pixels"):
        decode((images / "hard" / "decompression_bomb.gif").read_bytes(), LIMITS)


def test_the_limit_itself_is_allowed() -> None:
    content = written(Image.new("L", (100, 50)), "PNG")

    assert decode(content, Limits(max_bytes=len(content), max_pixels=5000)).shape == (50, 100, 3)
    with pytest.raises(ImageTooLarge):
        decode(content, Limits(max_bytes=len(content), max_pixels=4999))
    with pytest.raises(ImageTooLarge, match="bytes"):
        decode(content, Limits(max_bytes=len(content) - 1, max_pixels=5000))


def test_a_jpeg_of_endless_scans_is_refused(images: Path) -> None:
    content = written(photo(images), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")

    with pytest.raises(ImageUnreadable, match="damaged"):
        decode(content[:-2] + content[last:-2] * MOST_SCANS + content[-2:], LIMITS)


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_bytes_never_raise_anything_unexpected(images: Path, kind: str) -> None:
    content, dice = written(photo(images).resize((48, 48)), kind), np.random.default_rng(11)
    outcomes = set()

    for _ in range(60):
        damaged = bytearray(content)
        for at in dice.integers(0, min(len(damaged), 400), size=3):
            damaged[at] = dice.integers(0, 256)
        try:
            outcomes.add(f"{decode(bytes(damaged), LIMITS).ndim} dimensions")
        except (ImageUnreadable, ImageTooLarge) as error:
            outcomes.add(type(error).__name__)

    assert outcomes >= {"ImageUnreadable"}


def test_nothing_is_warned_of_or_printed(images: Path) -> None:
    bad = images / "hard" / "truncated_image.png"
    program = (
        "import sys; from pathlib import Path; from app.vision.decode import *\n"
        "for name in sys.argv[1:]:\n"
        "    try: decode(Path(name).read_bytes(), Limits(10**8, 10**10))\n"
        "    except ImageUnreadable: pass\n"
    )
    big = images / "hard" / "pug.heic"

    run = subprocess.run(
        [sys.executable, "-W", "default", "-c", program, bad, big], capture_output=True, check=True, text=True
    )

    assert run.stdout + run.stderr == ""
