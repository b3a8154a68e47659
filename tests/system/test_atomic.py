"""A file is written whole or not at all."""

import errno
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from thalweg.errors import FileError
from thalweg.system.atomic import Content, check_folder, check_writable, make_folder, write_atomically, write_together

resource = pytest.importorskip("resource", reason="needs the limits of a POSIX system")


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_writes_a_new_file_and_nothing_else(tmp_path):
    write_atomically(tmp_path / "a.bin", b"\x00\r\n\xff")
    assert (tmp_path / "a.bin").read_bytes() == b"\x00\r\n\xff"
    assert names(tmp_path) == ["a.bin"]


def test_replaces_a_file_and_keeps_its_permissions(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"a longer content than the new one")
    path.chmod(0o640)
    write_atomically(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "other").write_bytes(b"")
    write_atomically(tmp_path / "a.bin", b"")
    assert (tmp_path / "a.bin").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_the_data_reach_the_disk_before_the_name(tmp_path, monkeypatch):
    steps = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda number: (steps.append(("fsync", os.fstat(number).st_size)), fsync(number)))
    monkeypatch.setattr(Path, "replace", lambda self, to: (steps.append(("replace", to.name)), replace(self, to)))
    write_atomically(tmp_path / "a.bin", b"12345")
    assert steps == [("fsync", 5), ("replace", "a.bin")]


@pytest.mark.parametrize("place", ["missing/a.bin", "file/a.bin", ".", "pipe", "x" * 300])
def test_an_unusable_place_is_one_line_that_names_it(tmp_path, place):
    (tmp_path / "file").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    before = names(tmp_path)
    with pytest.raises(FileError, match="cannot write the model") as caught:
        write_atomically(tmp_path / place, b"new", purpose="model")
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == before


def test_a_read_only_folder_leaves_the_old_file():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "a.bin").write_bytes(b"old")
        folder.chmod(0o555)
        root = os.geteuid() == 0
        try:
            if root:  # whom no permission stops
                os.seteuid(65534)
            with pytest.raises(FileError, match="may not be written to"):
                write_atomically(folder / "a.bin", b"new")
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)
        assert names(folder) == ["a.bin"]
        assert (folder / "a.bin").read_bytes() == b"old"


def test_a_write_that_stops_half_way_leaves_the_old_file(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(FileError, match="larger than this system allows"):
            write_atomically(tmp_path / "a.bin", bytes(200_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names(tmp_path) == ["a.bin"]
    assert (tmp_path / "a.bin").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "disk is full"), (errno.EIO, "name another place"), (errno.EROFS, "may not be written to")],
)
def test_what_the_system_says_becomes_a_reason(tmp_path, monkeypatch, number, words):
    (tmp_path / "a.bin").write_bytes(b"old")

    def fail(_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(FileError, match=words):
        write_atomically(tmp_path / "a.bin", b"new")
    assert names(tmp_path) == ["a.bin"]
    assert (tmp_path / "a.bin").read_bytes() == b"old"


def test_an_interruption_removes_the_temporary_file(tmp_path, monkeypatch):
    def interrupt(_):
        assert len(names(tmp_path)) == 1
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(tmp_path / "a.bin", b"new")
    assert names(tmp_path) == []


def test_a_place_that_can_be_written_is_left_as_it_was(tmp_path):
    (tmp_path / "old").write_bytes(b"old")
    (tmp_path / "link").symlink_to("old")
    for name in ("new", "old", "link"):
        check_writable(tmp_path / name)
    assert names(tmp_path) == ["link", "old"]
    assert (tmp_path / "old").read_bytes() == b"old"


@pytest.mark.parametrize("place", ["missing/a.bin", "file/a.bin", ".", "pipe", "x" * 300, "null\0byte"])
def test_a_place_that_cannot_be_written_is_told_beforehand(tmp_path, place):
    (tmp_path / "file").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="cannot write the report") as caught:
        check_writable(tmp_path / place, purpose="report")
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == ["file", "pipe"]


def test_a_folder_that_takes_no_files_is_told_beforehand():
    with pytest.raises(FileError, match="the folder '/proc' may not be written to"):
        check_writable("/proc/net.thalweg")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_what_the_system_refuses_is_told_beforehand(tmp_path, monkeypatch, number):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", fail)
    with pytest.raises(FileError, match="cannot write the model"):
        check_writable(tmp_path / "a.bin", purpose="model")
    assert names(tmp_path) == []


# ---- folders


@pytest.mark.parametrize("name", ["there", "new", "new/and/deeper", "link"])
def test_a_folder_that_can_be_written_into(tmp_path, name):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there")
    before = names(tmp_path)
    check_folder(tmp_path / name)
    assert names(tmp_path) == before
    make_folder(tmp_path / name)
    make_folder(tmp_path / name)
    assert (tmp_path / name).is_dir()


@pytest.mark.parametrize(
    ("name", "words"),
    [("file", "it is a file; name a folder"), ("file/deeper", "is a file; name a folder"), ("pipe", "name a folder"),
     ("x" * 300, "too long"), ("nul\x00", "choose another name")],
)  # fmt: skip
def test_a_folder_that_cannot_be_written_into(tmp_path, name, words):
    (tmp_path / "file").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    before = names(tmp_path)
    with pytest.raises(FileError, match="cannot write the plots into") as caught:
        check_folder(tmp_path / name, purpose="plots")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == before


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileError, match=r"cannot write the plots into .*file"):
        make_folder(tmp_path / "file", purpose="plots")


def test_a_read_only_folder_takes_no_files():
    with pytest.raises(FileError, match="may not be written to"):
        check_folder("/proc/self")


# ---- files that belong together, and what was left behind


def test_files_are_written_together(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    write_together([Content(tmp_path / "a", b"1"), Content(tmp_path / "b", b"2")])
    assert [(tmp_path / name).read_bytes() for name in names(tmp_path)] == [b"1", b"2"]


@pytest.mark.parametrize("there", [True, False])
def test_files_that_cannot_all_be_written_are_all_as_they_were(tmp_path, monkeypatch, there):
    if there:
        (tmp_path / "a").write_bytes(b"old")
    replace = Path.replace

    def fail(self, target):
        if target.name == "b":
            raise OSError(errno.EPERM, "not yours")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(FileError, match="cannot write the report"):
        write_together([Content(tmp_path / "a", b"1", "model"), Content(tmp_path / "b", b"2", "report")])
    assert names(tmp_path) == (["a"] if there else [])
    assert not there or (tmp_path / "a").read_bytes() == b"old"


KILLED = """
import os, signal, sys
from pathlib import Path
from thalweg.system.atomic import write_atomically
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
write_atomically(Path(sys.argv[1]) / "a.bin", bytes(1000))
"""


def test_what_a_killed_save_left_is_cleared_by_the_next(tmp_path):
    """Field h06-interrupt-while-reporting: it stayed for good."""
    assert subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False).returncode == -9
    assert len(names(tmp_path)) == 1
    write_atomically(tmp_path / "b.bin", b"new")
    assert names(tmp_path) == ["b.bin"]


def test_a_save_that_goes_on_is_left_alone(tmp_path, monkeypatch):
    within = []

    def other_saves(_):
        if not within:
            within.append(True)
            done = subprocess.run(
                [sys.executable, "-c", KILLED.replace("os.fsync =", "_ ="), str(tmp_path)], check=False
            )
            assert done.returncode == 0

    monkeypatch.setattr(os, "fsync", other_saves)
    write_atomically(tmp_path / "b.bin", b"new")
    assert names(tmp_path) == ["a.bin", "b.bin"]
    assert (tmp_path / "b.bin").read_bytes() == b"new"
