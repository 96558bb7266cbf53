"""How much memory is left, so that a model that does not fit is refused rather than the process killed.

And what keeps a process that holds models small and quick.
"""

import ctypes
import gc
from pathlib import Path

# glibc's mallopt: most arenas, and the size from which an allocation is given back when it is freed.
M_ARENA_MAX, M_MMAP_THRESHOLD = -8, -3

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


def spare() -> None:
    """Ask glibc to hold less for later; elsewhere do nothing.

    By default it keeps an arena a thread and ever larger blocks that were freed, which after the models are
    loaded comes to some 40 MB that nobody uses.
    """
    libc = _libc()
    if libc:
        libc.mallopt(M_ARENA_MAX, 2)
        libc.mallopt(M_MMAP_THRESHOLD, 256 * 1024)


def settle() -> None:
    """Have the garbage collector pass over everything that is there now, as what stays anyway.

    Streamlit collects garbage twice after every run of a page. With TensorFlow loaded that looks at 400,000
    objects each time: 0.45 s of processor time in which no page is answered, and next to nothing afterwards.
    """
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Give freed memory back to the system, where glibc is what holds it."""
    libc = _libc()
    if libc:
        libc.malloc_trim(0)


def _libc() -> ctypes.CDLL | None:
    try:
        libc = ctypes.CDLL("libc.so.6")
        return libc if hasattr(libc, "malloc_trim") and hasattr(libc, "mallopt") else None
    except OSError:
        return None


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
