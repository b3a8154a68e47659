"""Five hundred damaged files of all formats: a training can be built of one, or it is told in one line why not."""

import random
import tempfile

import pytest
from damage import damaged_bytes
from hostile_tables import ROWS
from hostile_tables import table as whole

from thalweg.data import FORMATS
from thalweg.errors import ThalwegError
from thalweg.studio.building import build
from thalweg.studio.spec import Spec
from thalweg.studio.uploads import table_from

SEPARATE = (".parquet", ".arrow", ".feather", ".ipc")
"""Read in a child process first, which takes its time."""
COUNTS = {suffix: 2 if suffix in SEPARATE else 45 for suffix in FORMATS}
COUNTS[".csv"] += 500 - sum(COUNTS.values())


def test_there_are_five_hundred_of_all_formats():
    assert sum(COUNTS.values()) == 500
    assert min(COUNTS.values()) >= 2


@pytest.mark.parametrize("suffix", list(FORMATS))
def test_a_damaged_file_is_read_or_told_in_one_line(suffix):
    rng, content = random.Random(suffix), whole(suffix)
    assert table_from(f"t{suffix}", content).frame.height == ROWS
    told, read = [], 0
    for _ in range(COUNTS[suffix]):
        try:
            own = table_from(f"/home/somebody/t{suffix}", damaged_bytes(content, rng))
            read += 1
            if read <= 2:
                build(Spec(data="table", engine="numpy"), own)
        except ThalwegError as error:
            told.append(str(error))
    assert told
    for one in told:
        assert "\n" not in one
        assert len(one) < 600
        for inside in (tempfile.gettempdir(), "somebody", "site-packages", "Traceback"):
            assert inside not in one
