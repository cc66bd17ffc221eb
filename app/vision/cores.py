"""How many cores this process may use, which a container may be allowed less of than it sees."""

import os
from collections.abc import Iterator
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")


def cores(processes: int = 1, *, mount: Path = MOUNT, membership: Path = MEMBERSHIP) -> int:
    """Cores for each of so many processes, at least one: those it may run on, or the share of time it is given.

    Time is rounded up, so that a limit of 1.5 cores gives two threads; they are then slowed down a little.
    """
    seen = len(os.sched_getaffinity(0))
    given = min((quota for quota in _quotas(mount, membership)), default=float(seen))
    return max(1, min(seen, -int(-given // 1)) // processes)


def _quotas(mount: Path, membership: Path) -> Iterator[float]:
    """Cores' worth of time that the process's control groups allow, each within the next."""
    for folder in _groups(mount, membership):
        told = _read(folder / "cpu.max").split()
        if len(told) == 2 and told[0] != "max":  # noqa: PLR2004 - quota and period in microseconds, cgroup v2
            yield int(told[0]) / int(told[1])
        quota, period = _read(folder / "cpu.cfs_quota_us").strip(), _read(folder / "cpu.cfs_period_us").strip()
        if quota and period and int(quota) > 0:  # cgroup v1; −1 where there is no limit
            yield int(quota) / int(period)


def _groups(mount: Path, membership: Path) -> Iterator[Path]:
    """The group's folder and those above it. A container sees its own as the mount itself."""
    for line in _read(membership).splitlines():
        controllers, path = line.split(":", 2)[1:]
        if controllers and "cpu" not in controllers.split(","):
            continue
        top = mount / controllers if controllers else mount
        inside = top / path.lstrip("/")
        yield from (folder for folder in (inside, *inside.parents) if folder.is_relative_to(top))


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""
