"""Small pictures written in every format, and a photo to write them from."""

from io import BytesIO
from pathlib import Path

import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()


def photo(images: Path) -> Image.Image:
    """A portrait, 128 × 128, enlarged so that no format's loss matters."""
    with Image.open(images / "hard" / "hopper.jpg") as image:
        return image.convert("RGB").resize((256, 256), Image.Resampling.BICUBIC)


def written(image: Image.Image, kind: str, **options: object) -> bytes:
    """The bytes of the picture in Pillow's format `kind`."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def oriented(kind: str, image: Image.Image, orientation: int) -> bytes:
    """The picture with an EXIF block that holds nothing but its orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return written(image, kind, exif=exif)
