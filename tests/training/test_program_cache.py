"""Compiled programs that are kept for later processes: whole, and where they cannot be kept not spoken of."""

import os
import subprocess
import sys
import threading

import pytest

from thalweg.training.program_cache import WholeFiles


def test_what_was_put_is_had_by_another(tmp_path):
    kept = WholeFiles(tmp_path / "a" / "b")
    assert kept.get("f-1") is None
    kept.put("f-1", b"program")
    kept.put("f-1", b"another")
    assert WholeFiles(tmp_path / "a" / "b").get("f-1") == b"another"
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["f-1.program"]


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[:-40], lambda raw: b"", lambda raw: b"x" + raw[1:], lambda raw: raw * 2]
)
def test_what_is_damaged_is_not_there_and_comes_again(damage, tmp_path):
    kept = WholeFiles(tmp_path)
    kept.put("f", b"program" * 9)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert kept.get("f") is None
    kept.put("f", b"program")
    assert kept.get("f") == b"program"


def test_a_folder_that_cannot_be_had_keeps_nothing(tmp_path):
    (tmp_path / "file").touch()
    kept = WholeFiles(tmp_path / "file" / "folder")
    kept.put("f", b"program")
    assert kept.get("f") is None


def test_one_that_is_read_while_it_is_written_is_whole(tmp_path):
    values, over, seen = [bytes([k]) * 10**6 for k in range(2)], threading.Event(), set()

    def write():
        while not over.is_set():
            for value in values:
                WholeFiles(tmp_path).put("f", value)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    for _ in range(300):
        seen.add(WholeFiles(tmp_path).get("f"))
    over.set()
    for writer in writers:
        writer.join()
    assert seen <= {None, *values}  # None before the first
    assert seen & set(values)
    assert len(list(tmp_path.iterdir())) == 1


COMPILE = """
import pathlib, sys
import jax, numpy as np
from jax._src import monitoring
from jax.experimental.compilation_cache.compilation_cache import reset_cache
from thalweg.training.program_cache import keep_programs
found = []
monitoring.register_event_listener(lambda name, **_: found.append(name))
def was_kept():
    found.clear()
    jax.clear_caches()
    jax.jit(lambda x: 2 * x)(np.ones(3))
    return "/jax/compilation_cache/cache_hits" in found
folder = pathlib.Path(sys.argv[1])
keep_programs(jax, folder / "kept", 0.0)
print(was_kept(), was_kept())
for path in (folder / "kept").iterdir():
    path.write_bytes(path.read_bytes()[:99])
print(was_kept(), was_kept())
(folder / "file").touch()
reset_cache()
keep_programs(jax, folder / "file" / "folder", 0.0)
print(was_kept(), was_kept())
"""


def test_jax_keeps_its_programs_so(tmp_path):
    """Of one that was cut, and of a folder that cannot be had, JAX's own cache warns in every process."""
    command = [sys.executable, "-W", "error", "-c", COMPILE, str(tmp_path)]
    env = {**os.environ, "JAX_PLATFORMS": "cpu"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100, env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["False", "True", "False", "True", "False", "False"]
