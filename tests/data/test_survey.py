import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalweg.data import survey as module
from thalweg.data.survey import Survey, letters_in, quoted_lines, separators, survey

ROWS = st.lists(st.lists(st.text(st.sampled_from('ab,"\n# '), max_size=5), min_size=2, max_size=4), min_size=1)


@given(ROWS, st.integers(3, 40), st.sampled_from(["\n", "\r\n"]))
def test_the_csv_writers_text_is_counted_as_the_csv_reader_counts_it(rows: list[list[str]], block: int, end: str):
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    content = out.getvalue().encode()
    before, module._BLOCK = module._BLOCK, block
    try:
        assert survey(content, 0, ",") == Survey(len(rows), False)
        assert separators(content, 0, ",") == sum(len(row) - 1 for row in rows)
        if end == "\n":
            assert quoted_lines(content, 0, ",") == content.count(b"\n") - 1
        assert letters_in(content, b'\n"Z') == set(content) & set(b'\n"Z')
    finally:
        module._BLOCK = before


@pytest.mark.parametrize(
    "text",
    ['a\n5" x\n', 'a\nx "y"\n', 'a\n"x"y\n', "a\n\nb\n", "a\n#b\n", "a\n b\n", "a\rb\n", 'a\n"b\n', "a\nb\r\r\n"],
)
def test_what_asks_for_a_closer_look(text: str):
    assert survey(text.encode(), 0, ",").odd


@pytest.mark.parametrize("text", ['a\n5" x\n', 'a\nx "y"\n', 'a\n"x"y\n', 'a\n"b\n'])
def test_odd_quotes_are_seen_without_a_survey(text: str):
    assert quoted_lines(text.encode(), 0, ",") is None
