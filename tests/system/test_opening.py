import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from thalweg.errors import FileError
from thalweg.system.opening import ordinary_file, read_ordinary_file, whole_file


def test_an_ordinary_file_is_read(tmp_path: Path):
    (tmp_path / "t").write_bytes(b"abc")
    assert read_ordinary_file(tmp_path / "t", "x") == b"abc"
    assert read_ordinary_file(str(tmp_path / "t"), "x") == b"abc"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path):
    """Field case h24-special-files."""
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "link.csv").symlink_to(tmp_path / "pipe.csv")
    for name in ("pipe.csv", "link.csv"):
        with pytest.raises(FileError, match=r"\.csv: it is a device or a pipe, which is not waited for: name another"):
            ordinary_file(tmp_path / name, "name another")


@pytest.mark.parametrize("path", [None, 3, b"t.csv", "a" * 300, "~nosuchuser/t", "t\0", os.devnull, "none", "."])
def test_what_is_no_ordinary_file_is_told_in_one_line(path: object):
    with pytest.raises(FileError, match="name") as caught:
        read_ordinary_file(path, "name another")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_cut_while_it_is_read_is_refused(tmp_path, monkeypatch):
    """A mapped file would end the process by a signal."""
    path = tmp_path / "t.csv"
    path.write_bytes(b"x,y\n" * 1000)
    sizes = iter([4000, 2000])
    plain = os.fstat
    monkeypatch.setattr(os, "fstat", lambda number: SimpleNamespace(st_size=next(sizes), rest=plain(number)))
    with pytest.raises(
        FileError, match=r"it changed while it was read \(4,000 bytes before, 4,000 read, 2,000 after\)"
    ):
        whole_file(path)
    monkeypatch.undo()
    assert whole_file(path) == path.read_bytes()
