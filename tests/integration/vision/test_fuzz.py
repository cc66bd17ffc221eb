"""A short run of bench/fuzz.py, and what it found."""

import struct
import warnings
from io import BytesIO
from pathlib import Path
from random import Random

import numpy as np
import psutil
import pytest
from PIL import Image

from app.domain.errors import ImageTooLarge, ImageUnreadable
from app.vision.decode import Limits, decode, opened
from bench.fuzz import fuzz
from bench.mutations import MUTATIONS, mutated, seeds

LIMITS = Limits(2_000_000, 8_000_000)


def test_damaged_pictures_end_in_pixels_or_in_a_known_error(images: Path) -> None:
    found = fuzz(images, 700, seed=20)

    assert found.good, found
    assert sum(found.codes.values()) == 700
    assert set(found.codes) == {"decoded", "image_unreadable", "image_too_large"}


def test_the_seeds_are_whole_pictures_of_every_format(images: Path) -> None:
    whole = {name: content for name, content in seeds(images).items() if "." not in name}

    shapes = {name: decode(content, LIMITS).shape for name, content in whole.items()}

    assert len(shapes) == 19
    assert set(shapes.values()) == {(96, 96, 3)}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_every_damage_changes_most_pictures(images: Path, mutation: object) -> None:
    assert callable(mutation)
    whole = seeds(images)

    changed = [mutation(Random(number), content) != content for number, content in enumerate(whole.values())]

    assert sum(changed) > len(changed) * 0.4


def test_the_same_number_makes_the_same_picture(images: Path) -> None:
    content = seeds(images)["jpeg"]

    assert mutated(Random("1-7"), content) == mutated(Random("1-7"), content)


def test_grey_values_that_no_float_can_tell_apart_or_that_are_none_become_pixels() -> None:
    values = np.array([[3e38, -3e38, np.nan, np.inf]], np.float32)
    values.view(np.uint32)[0, 2] = 0x7F800001  # a NaN that complains when it is converted
    file = BytesIO()
    Image.fromarray(values).save(file, "TIFF")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pixels = decode(file.getvalue(), LIMITS)

    assert pixels[0, :, 0].tolist() == [255, 0, 127, 127]


def test_a_gif_whose_frame_is_larger_than_its_header_says_makes_no_room_for_it() -> None:
    """44 bytes for which Pillow alone would take four gigabytes before it says how large the picture is."""
    screen, dispose = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0), b"\x21\xf9\x04\x08\0\0\0\0"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 65_535, 65_535, 0) + b"\x02\x02\x44\x01\0\x3b"

    before = psutil.Process().memory_info().vms
    with pytest.raises(ImageTooLarge):
        opened(screen + dispose + frame, Limits(2_000_000, 8_000_000))

    assert psutil.Process().memory_info().vms - before < 100_000_000


def test_a_palette_without_colours_is_refused() -> None:
    file = BytesIO()
    Image.new("P", (8, 8)).save(file, "PNG")
    content = file.getvalue()
    at = content.index(b"PLTE") - 4
    length = int.from_bytes(content[at : at + 4])

    with pytest.raises(ImageUnreadable):
        decode(content[:at] + content[at + 12 + length :], LIMITS)
