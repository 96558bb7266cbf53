"""How much memory is left, so that what does not fit is refused rather than the process killed."""

from pathlib import Path

MEMINFO = Path("/proc/meminfo")
CGROUPS = (  # version 2, then version 1: (limit, used, statistics, the name of what can be dropped at once)
    (
        Path("/sys/fs/cgroup/memory.max"),
        Path("/sys/fs/cgroup/memory.current"),
        Path("/sys/fs/cgroup/memory.stat"),
        "inactive_file",
    ),
    (
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        Path("/sys/fs/cgroup/memory/memory.usage_in_bytes"),
        Path("/sys/fs/cgroup/memory/memory.stat"),
        "total_inactive_file",
    ),
)


def available_bytes() -> int | None:
    """Memory that this process can still take, in bytes; None where the system does not say.

    The smaller of what the machine has free and what the container's limit leaves: a container sees the
    whole machine in `/proc/meminfo`, and is killed at its own limit.
    """
    left = [_machine(), *(_container(*files) for files in CGROUPS)]
    known = [amount for amount in left if amount is not None]
    return min(known) if known else None


def _machine() -> int | None:
    for line in _read(MEMINFO).splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _container(limit: Path, used: Path, statistics: Path, droppable: str) -> int | None:
    try:
        total, taken = int(_read(limit)), int(_read(used))  # "max", no number, is no limit
    except ValueError:
        return None
    # Pages of files that were read are counted as used, and given back before anybody is killed.
    for line in _read(statistics).splitlines():
        name, _, amount = line.partition(" ")
        if name == droppable:
            taken -= int(amount)
    return max(0, total - taken)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
