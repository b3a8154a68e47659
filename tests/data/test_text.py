import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.data.text import MARKS, decoded
from thalweg.errors import FileError

TEXT = "größe,preis\n1,é\n"


@pytest.mark.parametrize(("mark", "encoding"), MARKS)
def test_a_mark_says_the_encoding_and_comes_back(mark: bytes, encoding: str):
    text = decoded(mark + TEXT.encode(encoding), "t.csv")
    assert text.content == TEXT.encode()
    assert bool(text.notes) == (encoding != "utf-8")
    assert text.encoded(text.content)[0] == mark + TEXT.encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark(encoding: str):
    text = decoded(TEXT.encode(encoding), "t.csv")
    assert text.content == TEXT.encode()
    assert encoding in text.notes[0]


LETTERS = bytes(range(32, 256)).decode("cp1252", errors="ignore")


@given(st.text(LETTERS, min_size=1))
@settings(max_examples=20)
def test_cp1252_comes_back_to_the_byte(letters: str):
    raw = b"a\xe9," + letters.encode("cp1252")
    try:
        text = decoded(raw, "t.csv")
    except FileError:  # letters that look like UTF-8
        return
    assert text.encoded(text.content)[0] == raw


def test_plain_utf8_is_told_about_nothing():
    assert decoded(TEXT.encode(), "t.csv").notes == ()


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        (b"a\n" + "é\n".encode() + b"\xe9\n", 3),
        (b"\xef\xbb\xbfa\n\xe9\n", 2),
        (b"a\n\x81\n", 2),
        (b"\x89PNG\r\n\x1a\n\x00", 1),
        (("é" * 600_000).encode() + b"\n\xe9", 2),
    ],
)
def test_damaged_text_is_refused_with_its_line(raw: bytes, line: int):
    with pytest.raises(FileError, match=rf"t\.csv: line {line} is not UTF-8 text \(byte 0x"):
        decoded(raw, "t.csv")


def test_half_a_letter_of_utf16():
    with pytest.raises(FileError, match=r"line 2 is not utf-16-le"):
        decoded(b"\xff\xfe" + "a\nb".encode("utf-16-le") + b"\x00", "t.csv")


def test_a_letter_that_the_encoding_lacks():
    content, notes = decoded(b"caf\xe9", "t.csv").encoded("ł".encode())
    assert content == "ł".encode()
    assert "cp1252 has no 'ł'" in notes[0]
