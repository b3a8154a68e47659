import gzip

import pytest

from thalweg.data.limits import allowed, check_claim, gunzipped
from thalweg.errors import FileError


def test_a_file_may_unpack_to_half_a_gibibyte_or_twenty_times_itself():
    assert (allowed(0, None), allowed(10**9, None), allowed(10**9, 7)) == (2**29, 20 * 10**9, 7)


def test_a_bomb_is_refused_by_name_before_it_fills_the_memory():
    bomb = gzip.compress(bytes(10**7))
    with pytest.raises(FileError, match=r"^t\.csv\.gz: it unpacks to more bytes, more than the 1,000 bytes.*largest="):
        gunzipped(bomb, "t.csv.gz", 1000)
    assert len(gunzipped(bomb, "t.csv.gz", 10**7)) == 10**7
    assert gunzipped(b"a,b\n", "t.csv", 1) == b"a,b\n"


def test_claims():
    check_claim(5, 5, "t.npz", "its arrays take")
    with pytest.raises(FileError, match=r"its arrays take 2 TiB, more than the 512 MiB"):
        check_claim(2**41, 2**29, "t.npz", "its arrays take")
