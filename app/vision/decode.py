"""Bytes of any common picture format → upright RGB pixels, or an error that says what is wrong with them."""

import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

import cv2
import numpy as np
import pillow_heif
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from app.domain.errors import ImageTooLarge, ImageUnreadable
from app.domain.faces import Pixels
from app.vision import boxes
from app.vision.jpeg import outline

# Named here, so that Pillow need not read its other fifty to find them.
FORMATS = (
    JpegImagePlugin.JpegImageFile.format,
    PngImagePlugin.PngImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
    AvifImagePlugin.AvifImageFile.format,
    "HEIF",  # registered by pillow-heif below
    GifImagePlugin.GifImageFile.format,
    BmpImagePlugin.BmpImageFile.format,
    TiffImagePlugin.TiffImageFile.format,
)
"""What is read, by Pillow's names. Of animated pictures, the first frame."""

JPEG = ("JPEG", "MPO")
"""The formats that can be decoded at a fraction of their size, for a fraction of the time."""

LARGE = 3_000_000
"""Pixels from which a JPEG is reduced. A smaller one is soon decoded, and its faces mostly need all its pixels."""

REDUCTIONS = {
    1: cv2.IMREAD_COLOR_RGB,
    # OpenCV adds its «RGB» to the flag of a reduction to grey, whose colour it then keeps.
    2: cv2.IMREAD_COLOR_RGB | cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_COLOR_RGB | cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_COLOR_RGB | cv2.IMREAD_REDUCED_GRAYSCALE_8,
}
"""By what a JPEG can be reduced while it is decoded, and OpenCV's flags for it."""

MOST_SCANS = 64
"""Most passes of a progressive JPEG; encoders write about ten. Thousands of empty ones would keep a core for hours."""

BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    struct.error,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    MemoryError,
    RuntimeError,
    UserWarning,
)
"""What Pillow and its plugins raise for damaged files. 75,000 damaged files raised the first four and RuntimeError, a
palette without colours AssertionError; Pillow's own history knows of the others. The warnings only where they are made
errors."""

MOST_PIXELS = 200_000_000
"""Most pixels that any picture may have, whatever the limit. Pillow asks for it while it opens a GIF, whose first frame
may be larger than the header says and has its room made at once: 44 bytes took eight gigabytes."""

BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
"""What Pillow raises for too many pixels; the warning only where it is made an error."""

SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG": "PNG",
    b"GIF8": "GIF",
    b"RIFF": "WebP",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}
"""First bytes of the formats whose names we can tell though the file is damaged."""

_ON_ITS_SIDE = {5, 6, 7, 8}
_FLIPS = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}
"""EXIF's orientations: which of them exchange rows and columns, and what OpenCV is then to flip."""

_AS_STORED = cv2.IMREAD_IGNORE_ORIENTATION
_WHITE = (255, 255, 255)
_DEEP = ("I", "F", "I;16", "I;16L", "I;16B", "I;16N")

pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # a picture has one thread: the others belong to other pictures
Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # it warns from there on, and refuses what is twice as large
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")  # remarks on damaged metadata
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


@dataclass(frozen=True, slots=True)
class Limits:
    """Largest picture that is read, in bytes of the file and in pixels of the picture."""

    max_bytes: int
    max_pixels: int


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A decoded picture, upright RGB. size: width and height of the whole picture, of which `pixels` may be a part.

    reduction: one pixel stands for so many in each direction: 1, 2, 4 or 8.
    """

    pixels: Pixels
    size: tuple[int, int]
    reduction: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A picture of which only the header has been read."""

    image: Image.Image
    content: bytes

    @property
    def area(self) -> int:
        """Pixels of the whole picture."""
        return self.image.width * self.image.height

    def coarsest(self, side: int) -> int:
        """The largest reduction that leaves the longer side at least `side` pixels long; 1 if not a large JPEG."""
        if self.image.format not in JPEG or self.area < LARGE:
            return 1
        return max((step for step in REDUCTIONS if max(self.image.size) >= side * step), default=1)

    def decode(self, reduction: int = 1) -> Photo:
        """The picture, turned as its EXIF says; what is transparent becomes white. Raises ImageUnreadable.

        reduction: one of REDUCTIONS that `coarsest` allows. A picture may be decoded several times, in one thread.
        """
        with _translated(self.content):
            return _decode(self.image, self.content, reduction)


def opened(content: bytes, limits: Limits) -> Opened:
    """Read a picture's header. Raises ImageTooLarge, and ImageUnreadable for what is empty, damaged or no picture."""
    _check_bytes(content, limits)
    with _translated(content):
        image = Image.open(BytesIO(content), formats=FORMATS)
        _check_pixels(image, limits)
        return Opened(image, content)


def decode(content: bytes, limits: Limits) -> Pixels:
    """Read a picture, turned as its EXIF says; what is transparent becomes white.

    Raises ImageTooLarge on the header's word, before decoding, and ImageUnreadable for what is empty, truncated,
    damaged or no picture.
    """
    return opened(content, limits).decode().pixels


def _check_bytes(content: bytes, limits: Limits) -> None:
    if not content:
        msg = "The picture is empty: zero bytes."
        raise ImageUnreadable(msg)
    if len(content) > limits.max_bytes:
        msg = f"The picture has {len(content)} bytes, {limits.max_bytes} are accepted."
        raise ImageTooLarge(msg, limit=limits.max_bytes)


def _check_pixels(image: Image.Image, limits: Limits) -> None:
    width, height = image.size
    if width * height > limits.max_pixels:
        msg = f"The picture has {width} × {height} pixels, {limits.max_pixels} in all are accepted."
        raise ImageTooLarge(msg, limit=limits.max_pixels)
    if not width * height:
        msg = "The picture is empty: it has no pixels."
        raise ImageUnreadable(msg)


@contextmanager
def _translated(content: bytes) -> Iterator[None]:
    try:
        yield
    except BOMBS as error:
        msg = "The picture has more pixels than are accepted."
        raise ImageTooLarge(msg) from error
    except BROKEN as error:
        raise ImageUnreadable(_why(content, error)) from error


def _why(content: bytes, error: BaseException) -> str:
    kind = _kind(content)
    if kind is None:
        return "The bytes are not a picture in a format that is read (JPEG, PNG, WebP, AVIF, HEIC, GIF, BMP, TIFF)."
    if isinstance(error, EOFError) or "truncated" in str(error).lower():
        return f"The {kind} picture is truncated: its end is missing."
    if isinstance(error, UnidentifiedImageError):
        return f"The bytes begin like a {kind} picture, but its header is damaged or truncated."
    return f"The {kind} picture is damaged and cannot be decoded."


def _kind(content: bytes) -> str | None:
    if content[4:8] == b"ftyp":
        return "AVIF" if content[8:12] in {b"avif", b"avis"} else "HEIC"
    return next((kind for signature, kind in SIGNATURES.items() if content.startswith(signature)), None)


def _decode(image: Image.Image, content: bytes, reduction: int) -> Photo:
    orientation = _orientation(image)
    pixels = _fast(image, content, reduction)
    if pixels is not None:
        size = image.size[::-1] if orientation in _ON_ITS_SIDE else image.size
        return Photo(upright(pixels, orientation), size, reduction)
    if image.format in {"HEIF", "AVIF"} and not boxes.complete(content):
        msg = "truncated"
        raise EOFError(msg)
    image.load()
    # Only now: HEIC and TIFF pictures have been turned by Pillow, which took the orientation out of their EXIF.
    turned = upright(_rgb(image), _orientation(image))
    return Photo(turned, (turned.shape[1], turned.shape[0]))


def _fast(image: Image.Image, content: bytes, reduction: int) -> Pixels | None:
    """A JPEG by OpenCV, which takes two thirds of the time of Pillow. None where Pillow must have the last word."""
    if image.format not in JPEG:
        return None
    seen = outline(content)
    if seen.scans > MOST_SCANS:
        msg = f"{seen.scans} scans"
        raise ValueError(msg)
    if not seen.complete:
        return None
    try:
        found = cv2.imdecode(np.frombuffer(content, np.uint8), REDUCTIONS[reduction] | _AS_STORED)
    except cv2.error:
        return None
    return None if found is None else np.asarray(found, dtype=np.uint8)


def _orientation(image: Image.Image) -> int:
    """EXIF's 1–8; 1, as stored, where it is missing or damaged."""
    try:
        found = image.getexif().get(ExifTags.Base.Orientation, 1)
    except BROKEN:
        return 1
    return found if isinstance(found, int) else 1


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Turn a picture as EXIF's orientation 2–8 says (CIPA DC-008, tag 274); any other leaves it as it is."""
    turned = np.asarray(cv2.transpose(pixels) if orientation in _ON_ITS_SIDE else pixels, dtype=np.uint8)
    return np.asarray(cv2.flip(turned, _FLIPS[orientation]) if orientation in _FLIPS else turned, dtype=np.uint8)


def _rgb(image: Image.Image) -> Pixels:
    if image.mode in _DEEP:
        return _shallow(image)
    if image.has_transparency_data:
        return _on_white(image.convert("RGBA"))
    return np.asarray(image.convert("RGB"))


def _on_white(image: Image.Image) -> Pixels:
    canvas = Image.new("RGB", image.size, _WHITE)
    canvas.paste(image, mask=image.getchannel("A"))
    return np.asarray(canvas)


def _shallow(image: Image.Image) -> Pixels:
    """Grey values of more than 8 bits: 16-bit ones from 0–65535, all others from their own least to their greatest."""
    # In doubles, since the span of two floats may be more than a float can hold.
    with np.errstate(invalid="ignore"):  # a damaged file may hold numbers that are none
        values = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0, neginf=0)
    low, high = (0.0, 65535.0) if image.mode.startswith("I;16") else (float(values.min()), float(values.max()))
    grey = ((values - low) * (255 / max(high - low, 1e-6))).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)
