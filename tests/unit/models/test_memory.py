import gc

import pytest

from core.models import memory

GIB = 1024**3


@pytest.fixture
def system(tmp_path, monkeypatch):
    """Stand in for the system's files; gives a function that writes one."""
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(
        memory, "CGROUPS", ((tmp_path / "max", tmp_path / "current", tmp_path / "stat", "inactive_file"),)
    )
    return lambda name, text: (tmp_path / name).write_text(text)


def test_a_machine_without_limit_gives_what_it_has_free(system):
    system("meminfo", f"MemTotal: 1 kB\nMemAvailable:   {4 * 1024**2} kB\n")
    system("max", "max\n")
    system("current", "5\n")
    assert memory.available_bytes() == 4 * GIB


def test_a_containers_limit_counts_without_the_files_it_can_drop(system):
    system("meminfo", f"MemAvailable: {4 * 1024**2} kB\n")
    system("max", f"{GIB}\n")
    system("current", f"{GIB // 2}\n")
    system("stat", f"anon 7\ninactive_file {GIB // 4}\n")
    assert memory.available_bytes() == GIB // 2 + GIB // 4


def test_a_container_over_its_limit_has_none_left(system):
    system("max", "10")
    system("current", "11")
    assert memory.available_bytes() == 0


def test_a_system_that_does_not_say_is_unknown(system):
    assert memory.available_bytes() is None


def test_asking_for_less_is_harmless_where_glibc_is_not(monkeypatch):
    def missing(name):
        raise OSError(name)

    monkeypatch.setattr(memory.ctypes, "CDLL", missing)
    assert memory._libc() is None
    memory.spare()
    memory.give_back()


def test_what_has_settled_is_passed_over_by_the_garbage_collector():
    held = [[number] for number in range(1000)]
    try:
        memory.settle()
        assert gc.get_freeze_count() > len(held)
        assert not any(found is held for found in gc.get_objects())
    finally:
        gc.unfreeze()
