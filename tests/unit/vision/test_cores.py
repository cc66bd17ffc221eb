import os
from pathlib import Path

import pytest

from app.vision.cores import cores

SEEN = len(os.sched_getaffinity(0))


def group(tmp_path: Path, membership: str, **files: str) -> int:
    (tmp_path / "self").write_text(membership)
    for name, content in files.items():
        path = tmp_path / "mount" / name.replace("__", "/").replace("_max", ".max").replace("cfs", ".cfs", 1)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return cores(mount=tmp_path / "mount", membership=tmp_path / "self")


def test_without_limits_every_core_that_is_seen_counts(tmp_path: Path) -> None:
    assert cores(mount=tmp_path, membership=tmp_path / "none") == SEEN
    assert group(tmp_path, "0::/a\n", a__cpu_max="max 100000\n") == SEEN


@pytest.mark.parametrize(("limit", "expected"), [("50000 100000", 1), ("100000 100000", 1), ("9900000 100000", SEEN)])
def test_a_containers_limit_counts(tmp_path: Path, limit: str, expected: int) -> None:
    assert group(tmp_path, "0::/\n", cpu_max=f"{limit}\n") == expected


def test_the_limit_of_a_group_further_up_counts(tmp_path: Path) -> None:
    assert group(tmp_path, "0::/a/b\n", a__cpu_max="100000 100000\n", a__b__cpu_max="max 100000\n") == 1


def test_the_older_kind_of_group_counts(tmp_path: Path) -> None:
    limits = {"cpu,cpuacct__d__cpucfs_quota_us": "100000\n", "cpu,cpuacct__d__cpucfs_period_us": "100000\n"}

    assert group(tmp_path, "4:cpu,cpuacct:/d\n3:memory:/d\n", **limits) == 1


def test_processes_share_the_cores_and_each_has_one_at_least(tmp_path: Path) -> None:
    assert cores(1000, mount=tmp_path, membership=tmp_path / "none") == 1
    assert cores(SEEN, mount=tmp_path, membership=tmp_path / "none") == 1
