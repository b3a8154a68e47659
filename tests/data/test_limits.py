import gzip

import pytest

from thalweg.data.limits import allowed, check_claim, gunzipped, parse_size
from thalweg.errors import ArgumentError, FileError


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


@pytest.mark.parametrize(
    ("text", "size"),
    [("8GiB", 8 << 30), ("8 gib", 8 << 30), ("500MB", 5 * 10**8), ("1.5k", 1500), ("77", 77), ("2e9", 2 * 10**9)],
)
def test_sizes_as_people_write_them(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "much", "8 XB", "-1", "1,5GB", "inf", "1e999"])
def test_what_is_no_size(text):
    with pytest.raises(ArgumentError, match=r"--max-size is .*: .*8GiB|--max-size is .*such as 8GiB"):
        parse_size(text)
