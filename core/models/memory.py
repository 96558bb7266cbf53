"""How much memory is left, so that a model that does not fit is refused rather than the process killed.

And what keeps a process that holds models small and quick.
"""

import ctypes
import gc
import threading
from pathlib import Path

COLLECT_EVERY = 60.0
"""Seconds between two full garbage collections, each of which takes up to 0.45 s with TensorFlow loaded."""

COLLECTIONS_AFTER_A_RUN = 5
"""How many follow the last run of a page: Streamlit lets a session go two minutes after it was closed."""

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


def limit_heap_growth() -> None:
    """Ask glibc to hold less for later; elsewhere do nothing.

    By default it keeps an arena a thread and ever larger blocks that were freed, which after the models are
    loaded comes to some 40 MB that nobody uses.
    """
    libc = _libc()
    if libc:
        libc.mallopt(M_ARENA_MAX, 2)
        libc.mallopt(M_MMAP_THRESHOLD, 256 * 1024)


def keep_collections_short(stop: threading.Event | None = None) -> None:
    """Have most garbage collections of this process pass over what has been there for long.

    Streamlit and Keras collect all garbage after every run of a page. With TensorFlow loaded that looks at
    400,000 objects each time: 0.45 s of processor time in which no page is answered. So a thread of its own
    freezes what is alive now, and again every `COLLECT_EVERY` seconds, after a collection of everything:
    what was alive at one freeze, such as a visit with its photos or a model since replaced, is collected
    before the next. A second call does nothing.

    Parameters
    ----------
    stop : Event, optional
        Ends the thread once it is set; without it, the end of the process does.
    """
    stop = stop or threading.Event()
    with _collector_starting:
        if not any(thread.name == _COLLECTOR for thread in threading.enumerate()):
            threading.Thread(target=_collect_regularly, args=(stop,), name=_COLLECTOR, daemon=True).start()


def collect_and_freeze() -> None:
    """Collect all garbage, what was frozen before included, and freeze what is left."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def return_freed_memory() -> None:
    """Give freed memory back to the system, where glibc is what holds it."""
    libc = _libc()
    if libc:
        libc.malloc_trim(0)


_COLLECTOR = "garbage-collector"
_collector_starting = threading.Lock()


def _collect_regularly(stop: threading.Event) -> None:
    collected, quiet, stopped = -1, 0, False
    while not stopped:
        # A page that runs has garbage collected. After the last one, sessions end without any such run.
        quiet = 0 if gc.get_stats()[-1]["collections"] != collected else quiet + 1
        if quiet <= COLLECTIONS_AFTER_A_RUN:
            collect_and_freeze()
            return_freed_memory()
            collected = gc.get_stats()[-1]["collections"]
        stopped = stop.wait(COLLECT_EVERY)


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
