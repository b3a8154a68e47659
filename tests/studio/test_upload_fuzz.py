"""Five hundred damaged files of all formats: a training can be built of one, or it is told in one line why not."""

import gzip
import io
import random
import tempfile

import numpy as np
import polars as pl
import pytest
from scipy.io import savemat
from workbooks import workbook

from thalweg.data import FORMATS
from thalweg.errors import ThalwegError
from thalweg.studio.building import build
from thalweg.studio.spec import Spec
from thalweg.studio.uploads import table_from

ROWS = 24
FRAME = pl.DataFrame(
    {
        "size": [k / 8 for k in range(ROWS)],
        "day": [f"2024-0{1 + k % 9}-1{k % 8}" for k in range(ROWS)],
        "<b>": ["ab"[k % 2] for k in range(ROWS)],
    }
)
SEPARATE = (".parquet", ".arrow", ".feather", ".ipc")
"""Read in a child process first, which takes its time."""
COUNTS = {suffix: 2 if suffix in SEPARATE else 45 for suffix in FORMATS}
COUNTS[".csv"] += 500 - sum(COUNTS.values())


def _written(write):
    out = io.BytesIO()
    write(out)
    return out.getvalue()


def whole(suffix):
    """A table in a format."""
    columns = {"X": np.arange(ROWS * 2.0).reshape(ROWS, 2), "kind": np.arange(ROWS) % 2}
    rows = [FRAME.columns, *map(list, FRAME.rows())]
    match suffix:
        case ".csv" | ".csv.gz":
            text = FRAME.write_csv().encode()
            return gzip.compress(text) if suffix == ".csv.gz" else text
        case ".tsv" | ".tsv.gz":
            text = FRAME.write_csv(separator="\t").encode()
            return gzip.compress(text) if suffix == ".tsv.gz" else text
        case ".json":
            return FRAME.write_json().encode()
        case ".ndjson" | ".jsonl":
            return FRAME.write_ndjson().encode()
        case ".parquet":
            return _written(FRAME.write_parquet)
        case ".arrow" | ".feather" | ".ipc":
            return _written(FRAME.write_ipc)
        case ".npz":
            return _written(lambda out: np.savez(out, **columns))
        case ".mat":
            return _written(lambda out: savemat(out, columns, oned_as="column"))
        case ".xlsx" | ".xlsm":
            return workbook({"sheet": rows})
    raise AssertionError(f"write a table as {suffix}")


def damaged(content, rng):
    """Bytes of which some are others, gone, twice there, or cut off."""
    content = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8))):
        at = rng.randrange(len(content))
        match rng.randrange(6):
            case 0:
                content[at : at + rng.randrange(1, 30)] = b""
            case 1:
                content[at:at] = rng.randbytes(rng.randrange(1, 20))
            case 2:
                content[at:at] = content[at // 2 : at // 2 + 200]
            case 3:
                del content[max(8, at) :]
            case 4:
                content[at] ^= 1 << rng.randrange(8)
            case 5:
                other = rng.choice([b'"', b"\n", b",", b"\x00", b"1e999", b"nan", "\u202e\ufffe".encode(), b"[", b"-"])
                content[at : at + 1] = other
    return bytes(content)


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
            own = table_from(f"/home/somebody/t{suffix}", damaged(content, rng))
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
