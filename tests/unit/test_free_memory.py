import pytest

from core import free_memory

GIB = 1024**3


@pytest.fixture
def system(tmp_path, monkeypatch):
    """Stand in for the system's files; gives a function that writes one."""
    monkeypatch.setattr(free_memory, "MEMINFO", tmp_path / "meminfo")
    files = tuple(tmp_path / name for name in ("max", "current", "stat"))
    monkeypatch.setattr(free_memory, "CGROUPS", ((*files, "inactive_file"),))
    return lambda name, text: (tmp_path / name).write_text(text)


def test_a_machine_without_limit_gives_what_it_has_free(system):
    system("meminfo", f"MemTotal: 1 kB\nMemAvailable:   {4 * 1024**2} kB\n")
    system("max", "max\n")
    system("current", "5\n")
    assert free_memory.available_bytes() == 4 * GIB


def test_a_containers_limit_counts_without_the_files_it_can_drop(system):
    system("meminfo", f"MemAvailable: {4 * 1024**2} kB\n")
    system("max", f"{GIB}\n")
    system("current", f"{GIB // 2}\n")
    system("stat", f"anon 7\ninactive_file {GIB // 4}\n")
    assert free_memory.available_bytes() == GIB // 2 + GIB // 4


def test_a_container_over_its_limit_has_none_left(system):
    system("max", "10")
    system("current", "11")
    assert free_memory.available_bytes() == 0


def test_a_system_that_does_not_say_is_unknown(system):
    assert free_memory.available_bytes() is None
