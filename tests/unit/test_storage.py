import pytest
from PIL import Image

from app.domain.errors import InvalidRequest
from app.domain.storage import PHOTOS, Folder, Scheme, is_photo
from app.vision.decode import FORMATS


@pytest.mark.parametrize("key", ["a.jpg", "a/b/IMG 1.JPEG", "ü.HeIc", "a.b.webp", "deep/er/x.tiff", "1.avif", "x.PNG"])
def test_a_picture_is_told_by_the_end_of_its_name(key: str) -> None:
    assert is_photo(key)


@pytest.mark.parametrize(
    "key",
    [
        *("", "a", "jpg", "a/", "a.jpg/", ".jpg", "a/.jpg", ".DS_Store", "a/.DS_Store", "._a.jpg", "a/._a.jpg"),
        *("__MACOSX/a.jpg", "a/__MACOSX/b/._c.jpg", "@eaDir/a.jpg/THUMB.jpg", ".thumbs/a.jpg", "Thumbs.db"),
        *("a.pdf", "a.jpg.zip", "a.jpg ", "a.mp4", "a.cr2", "a.svg", ".emptyFolderPlaceholder"),
    ],
)
def test_folders_hidden_files_and_litter_are_no_photos(key: str) -> None:
    assert not is_photo(key)


def test_the_names_are_those_of_the_formats_that_are_decoded() -> None:
    Image.init()

    assert {end for end, kind in Image.registered_extensions().items() if kind in FORMATS} == PHOTOS


@pytest.mark.parametrize(
    ("uri", "folder"),
    [
        ("r2://photos/galleries/1/", Folder(Scheme.R2, "photos", "galleries/1/")),
        ("s3://photos", Folder(Scheme.S3, "photos")),
        (" supabase://photos/a b/ü ", Folder(Scheme.SUPABASE, "photos", "a b/ü")),
    ],
)
def test_a_folder_is_read_from_its_address(uri: str, folder: Folder) -> None:
    assert Folder.parse(uri) == folder
    assert Folder.parse(folder.uri) == folder


@pytest.mark.parametrize("uri", ["", "photos/a", "gs://photos/a", "s3://", "s3:///a", "http://photos/a"])
def test_an_address_of_no_storage_is_refused(uri: str) -> None:
    with pytest.raises(InvalidRequest):
        Folder.parse(uri)
