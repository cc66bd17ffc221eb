"""Pictures of every format that is read, and ways to damage them that a bug could hide behind."""

import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from random import Random
from zlib import crc32

import pillow_heif
from PIL import Image, ImageCms

pillow_heif.register_heif_opener()

SIDE = 96
"""Of the pictures that are written here, in pixels: what is damaged is the container, not the picture."""
MOST_BYTES = 60_000
EXIF_ORIENTATION, EXIF_MAKER, EXIF_GPS = 0x0112, 0x010F, 0x8825
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Values at which sizes and offsets overflow."""

Mutation = Callable[[Random, bytes], bytes]


def seeds(images: Path) -> dict[str, bytes]:
    """Whole pictures by name: a portrait written in every format, and the odd ones of the folder `hard`."""
    with Image.open(images / "hard" / "hopper.jpg") as image:
        portrait = image.convert("RGB").resize((SIDE, SIDE))
    written = {name: _written(make(portrait), **options) for name, (make, options) in _KINDS.items()}
    found = {file.name: file.read_bytes() for file in sorted((images / "hard").iterdir())}
    return written | {name: content for name, content in found.items() if len(content) <= MOST_BYTES}


def _written(image: Image.Image, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, **options)  # type: ignore[arg-type] # as Pillow's writers take them
    return file.getvalue()


def _exif() -> bytes:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION], exif[EXIF_MAKER] = 6, "maker" * 10
    exif.get_ifd(EXIF_GPS)[1] = "N"
    return exif.tobytes()


def _same(image: Image.Image) -> Image.Image:
    return image


def _in_mode(mode: str) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.convert(mode)


def _deep(image: Image.Image) -> Image.Image:
    return image.convert("L").convert("I").point(lambda value: value * 256).convert("I;16")


_ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
_TOLD = {"exif": _exif(), "icc_profile": _ICC}
_KINDS: dict[str, tuple[Callable[[Image.Image], Image.Image], dict[str, object]]] = {
    "jpeg": (_same, {"format": "JPEG", **_TOLD}),
    "jpeg-progressive": (_same, {"format": "JPEG", "progressive": True, "comment": b"a comment"}),
    "jpeg-cmyk": (_in_mode("CMYK"), {"format": "JPEG"}),
    "jpeg-grey": (_in_mode("L"), {"format": "JPEG", "restart_marker_blocks": 4}),
    "png": (_same, {"format": "PNG", **_TOLD}),
    "png-palette": (_in_mode("P"), {"format": "PNG", "transparency": 3}),
    "png-deep": (_deep, {"format": "PNG"}),
    "png-alpha": (_in_mode("RGBA"), {"format": "PNG", "dpi": (72, 72)}),
    "webp": (_same, {"format": "WEBP", **_TOLD}),
    "webp-lossless": (_in_mode("RGBA"), {"format": "WEBP", "lossless": True}),
    "avif": (_same, {"format": "AVIF", "speed": 10, **_TOLD}),
    "heic": (_same, {"format": "HEIF", **_TOLD}),
    "gif": (_same, {"format": "GIF"}),
    "gif-animated": (
        _in_mode("P"),
        {"format": "GIF", "save_all": True, "append_images": [Image.new("P", (SIDE, SIDE))]},
    ),
    "bmp": (_same, {"format": "BMP"}),
    "tiff": (_same, {"format": "TIFF", **_TOLD}),
    "tiff-lzw": (_same, {"format": "TIFF", "compression": "tiff_lzw"}),
    "tiff-jpeg": (_same, {"format": "TIFF", "compression": "jpeg"}),
    "tiff-float": (_in_mode("F"), {"format": "TIFF"}),
}


def mutated(random: Random, content: bytes) -> bytes:
    """The picture after one to four damages."""
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        content = random.choice(MUTATIONS)(random, content) or content
    return content


def _cut(random: Random, content: bytes) -> bytes:
    return content[: random.randrange(len(content))]


def _flip(random: Random, content: bytes) -> bytes:
    out = bytearray(content)
    for _ in range(random.choice((1, 2, 8, 64))):
        out[random.randrange(len(out))] ^= 1 << random.randrange(8)
    return bytes(out)


def _head(random: Random, content: bytes) -> bytes:
    """Flips among the first bytes, where sizes and types are."""
    out = bytearray(content)
    for _ in range(random.choice((1, 2, 4))):
        out[random.randrange(min(len(out), 128))] = random.randrange(256)
    return bytes(out)


def _number(random: Random, content: bytes) -> bytes:
    """A size, an offset or a dimension that lies: somewhere a number of two or four bytes, in either order."""
    order, (kind, mask) = random.choice("<>"), random.choice((("H", 0xFFFF), ("I", 0xFFFFFFFF)))
    lie = struct.pack(order + kind, random.choice(NUMBERS) & mask)
    at = random.randrange(random.choice((len(content), min(len(content), 64))))
    return content[:at] + lie + content[at + len(lie) :]


def _dimension(random: Random, content: bytes) -> bytes:
    """Every place where the picture's own size is written says another one."""
    order, kind = random.choice("<>"), random.choice("HI")
    lie = struct.pack(order + kind, random.choice((0, 1, SIDE - 1, SIDE + 1, 2_000, 65_000, 0x7FFF)))
    return content.replace(struct.pack(order + kind, SIDE), lie, random.choice((1, 2, -1)))


def _repeat(random: Random, content: bytes) -> bytes:
    """A piece again, once or a hundred times: a chunk, a scan, a table."""
    begin = random.randrange(len(content))
    piece = content[begin : begin + random.randrange(1, 200)]
    return content[:begin] + piece * random.choice((2, 3, 100)) + content[begin:]


def _drop(random: Random, content: bytes) -> bytes:
    begin = random.randrange(len(content))
    return content[:begin] + content[begin + random.randrange(1, 100) :]


def _insert(random: Random, content: bytes) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + random.randbytes(random.choice((1, 2, 16, 500))) + content[at:]


def _metadata(random: Random, content: bytes) -> bytes:
    """Damage right behind the name of a block of EXIF, ICC or XMP, or of a box."""
    names = [name for name in _BLOCKS if name in content]
    if not names:
        return _flip(random, content)
    name = random.choice(names)
    at = content.index(name) + len(name) + random.randrange(40)
    return content[:at] + random.randbytes(random.choice((1, 4))) + content[at + 4 :]


def _png_chunk(random: Random, content: bytes) -> bytes:
    """Another content of a PNG's chunk with a sum that is right, so that it is read."""
    at = content.find(random.choice((b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"eXIf", b"IDAT")))
    if not content.startswith(b"\x89PNG") or at < 0:
        return _head(random, content)
    length = int.from_bytes(content[at - 4 : at]) & 0xFFFF
    body = bytearray(content[at : at + 4 + length])
    body[random.randrange(4, len(body)) if len(body) > 4 else 0] = random.choice((0, 1, 3, 16, 127, 255))  # noqa: PLR2004
    return content[:at] + body + crc32(body).to_bytes(4) + content[at + 8 + length :]


_BLOCKS = (
    b"Exif\0\0",
    b"ICC_PROFILE\0",
    b"EXIF",
    b"ICCP",
    b"iCCP",
    b"eXIf",
    b"meta",
    b"iloc",
    b"ipco",
    b"ispe",
    b"mdat",
)

MUTATIONS: tuple[Mutation, ...] = (
    *(_cut, _flip, _head, _number, _dimension, _repeat, _drop, _insert, _metadata, _png_chunk),
)
