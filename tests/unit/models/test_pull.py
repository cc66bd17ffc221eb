import fcntl
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.vision.models.pull import pull
from app.vision.models.trouble import PullFailed
from tests.fakes.downloads import Downloads, downloading
from tests.unit.models.packs import entry_of, file

A, B = bytes(range(256)) * 4000, b"recogniser" * 1000


@pytest.fixture
def web() -> Iterator[Downloads]:
    with downloading(Downloads({"/a.onnx": A, "/b.onnx": B})) as it:
        yield it


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_onnx", ".onnx"), content)
    return buffer.getvalue()


def left(root: Path) -> set[str]:
    return {path.name for path in root.rglob("*") if path.is_file()} - {".pull.lock"}


def test_a_pack_is_downloaded_file_by_file(web: Downloads, tmp_path: Path) -> None:
    pack = entry_of("p", file("a.onnx", A, f"{web.url}/a.onnx"), file("b.onnx", B, f"{web.url}/b.onnx"))
    shown: list[tuple[str, int, int]] = []

    folder = pull(pack, tmp_path, lambda *told: shown.append(told))

    assert (folder / "a.onnx").read_bytes() == A
    assert left(tmp_path) == {"a.onnx", "b.onnx"}
    assert ("a.onnx", len(A), len(A)) in shown
    assert [done for name, done, _ in shown if name == "a.onnx"] == sorted(
        done for name, done, _ in shown if name == "a.onnx"
    )


def test_what_is_here_and_whole_is_not_downloaded_again(web: Downloads, tmp_path: Path) -> None:
    pack = entry_of("p", file("a.onnx", A, f"{web.url}/a.onnx"), file("b.onnx", B, f"{web.url}/b.onnx"))
    folder = pull(pack, tmp_path)
    (folder / "b.onnx").write_bytes(b"damaged")
    web.asked.clear()

    pull(pack, tmp_path)

    assert [path for path, _ in web.asked] == ["/b.onnx"]
    assert (folder / "b.onnx").read_bytes() == B


def test_a_download_that_is_cut_is_taken_up_again(web: Downloads, tmp_path: Path) -> None:
    web.cuts = [100_000, 300_000]

    folder = pull(entry_of("p", file("a.onnx", A, f"{web.url}/a.onnx")), tmp_path)

    assert (folder / "a.onnx").read_bytes() == A
    assert [asked for _, asked in web.asked] == ["", "bytes=100000-", "bytes=400000-"]


def test_the_next_call_goes_on_where_the_last_one_stopped(web: Downloads, tmp_path: Path) -> None:
    pack = entry_of("p", file("a.onnx", A, f"{web.url}/a.onnx"))
    web.cuts = [100_000, 0]
    with pytest.raises(PullFailed, match="100000 bytes"):
        pull(pack, tmp_path)
    assert left(tmp_path) == {"a.onnx.part"}

    folder = pull(pack, tmp_path)

    assert (folder / "a.onnx").read_bytes() == A
    assert web.asked[-1] == ("/a.onnx", "bytes=100000-")
    assert left(tmp_path) == {"a.onnx"}


def test_a_server_without_ranges_is_asked_for_all_of_it(web: Downloads, tmp_path: Path) -> None:
    web.ranges = False
    web.cuts = [100_000]

    folder = pull(entry_of("p", file("a.onnx", A, f"{web.url}/a.onnx")), tmp_path)

    assert (folder / "a.onnx").read_bytes() == A


def test_a_download_that_was_complete_before_the_end_is_taken(web: Downloads, tmp_path: Path) -> None:
    part = tmp_path / "models" / "p" / "a.onnx.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(A)

    folder = pull(entry_of("p", file("a.onnx", A, f"{web.url}/a.onnx")), tmp_path)

    assert (folder / "a.onnx").read_bytes() == A


@pytest.mark.parametrize("served", [A[:-1] + b"x", A[:-1], A + b"more", b""])
def test_a_file_that_is_not_the_published_one_leaves_nothing(web: Downloads, tmp_path: Path, served: bytes) -> None:
    web.files["/a.onnx"] = served

    with pytest.raises(PullFailed):
        pull(entry_of("p", file("a.onnx", A, f"{web.url}/a.onnx")), tmp_path)

    assert left(tmp_path) == set()


def test_a_wrong_download_does_not_touch_the_file_that_is_here(web: Downloads, tmp_path: Path) -> None:
    old = tmp_path / "models" / "p" / "a.onnx"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"an older one")
    web.files["/a.onnx"] = A[:-1] + b"x"

    with pytest.raises(PullFailed):
        pull(entry_of("p", file("a.onnx", A, f"{web.url}/a.onnx")), tmp_path)

    assert old.read_bytes() == b"an older one"


def test_an_address_that_is_gone_says_so(web: Downloads, tmp_path: Path) -> None:
    with pytest.raises(PullFailed, match="404"):
        pull(entry_of("p", file("a.onnx", A, f"{web.url}/none")), tmp_path)


def test_a_machine_without_the_internet_says_so(tmp_path: Path) -> None:
    with pytest.raises(PullFailed, match="cut off"):
        pull(entry_of("p", file("a.onnx", A, "http://127.0.0.1:1/a.onnx")), tmp_path)


def test_a_pack_without_an_address_says_so(tmp_path: Path) -> None:
    with pytest.raises(PullFailed, match="copy its files"):
        pull(entry_of("p", file("a.onnx", A)), tmp_path)


@pytest.mark.parametrize("prefix", ["", "p__", "..__..__"])
def test_an_archive_is_unpacked_by_the_expected_names(web: Downloads, tmp_path: Path, prefix: str) -> None:
    members = {f"{prefix}a_onnx": A, f"{prefix}b_onnx": B, "..__evil_onnx": b"evil", "readme": b"x"}
    web.files["/p.zip"] = zipped(**members)
    web.cuts = [500]
    pack = entry_of("p", file("a.onnx", A), file("b.onnx", B), archive=f"{web.url}/p.zip")

    folder = pull(pack, tmp_path / "root")

    assert (folder / "a.onnx").read_bytes() == A
    assert left(tmp_path) == {"a.onnx", "b.onnx"}


@pytest.mark.parametrize(
    "served",
    [
        *(b"", b"no archive", zipped(b_onnx=B), zipped(a_onnx=A[:-1] + b"x", b_onnx=B)),
        *(zipped(a_onnx=b"\0" * 100_000_000, b_onnx=B), zipped(a_onnx=A, b_onnx=B)[:-30]),
    ],
    ids=["empty", "text", "incomplete", "other file", "bomb", "cut short"],
)
def test_an_archive_that_is_not_the_expected_one_leaves_nothing(web: Downloads, tmp_path: Path, served: bytes) -> None:
    web.files["/p.zip"] = served
    pack = entry_of("p", file("a.onnx", A), file("b.onnx", B), archive=f"{web.url}/p.zip")

    with pytest.raises(PullFailed):
        pull(pack, tmp_path)

    assert left(tmp_path) <= {"b.onnx"}


def test_two_commands_do_not_pull_the_same_pack(web: Downloads, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "p"
    folder.mkdir(parents=True)
    with (folder / ".pull.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(PullFailed, match="already"):
            pull(entry_of("p", file("a.onnx", A, f"{web.url}/a.onnx")), tmp_path)
