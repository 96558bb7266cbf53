"""What keeps a process that holds models small and quick."""

import ctypes
import gc
import threading

COLLECT_EVERY = 60.0
"""Seconds between two full garbage collections, each of which takes up to 0.45 s with TensorFlow loaded."""

COLLECTIONS_AFTER_A_RUN = 5
"""How many follow the last run of a page: Streamlit lets a session go two minutes after it was closed."""

# glibc's mallopt: most arenas, and the size from which an allocation is given back when it is freed.
M_ARENA_MAX, M_MMAP_THRESHOLD = -8, -3


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
