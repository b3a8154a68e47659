"""What a comparison shows: as words, in a notebook, and as plain data."""

import json

from thalweg.worked.grading.comparison import Comparison, Judged, number

RIGHT = Judged("net_input:a[0]", "n¹₁", 0.5, 0.5, 0.5, "right")
WRONG = Judged("sensitivity:a[0]#2", "s¹₁", 0.25, -0.25, -0.25, "wrong", "sign", "the sign is turned", ("or <that>",))
AFTER = Judged("delta:a[0]", "Δb¹₁", -0.1, 0.1, -0.1, "follow-on")
EMPTY = Judged("new_weight:a[0]", "b", None, 0.3, 0.1, "empty")


def test_words_tell_points_and_the_first_wrong_line():
    told = Comparison((RIGHT, WRONG, AFTER, EMPTY), 4)
    first, second = told.in_words().splitlines()
    assert first == "2 of 4 points, 1 right given an earlier mistake, 1 empty"
    assert second.startswith("first wrong: s¹₁ of example 2 = 0.2500: wrong; -0.2500 comes out")
    assert "sign: the sign is turned (or or <that>)" in second
    assert repr(told).startswith("Comparison(2 of 4 points")
    assert EMPTY.told(4) == "b: empty (0.3000)"


def test_html_is_escaped_and_has_each_line():
    html = Comparison((RIGHT, WRONG), 4)._repr_html_()
    assert "&lt;that&gt;" in html
    assert html.count("<tr>") == 3


def test_plain_data_can_be_written():
    told = Comparison((RIGHT, WRONG), 4).to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["first_wrong"] == WRONG.id
    assert (told["points"], told["out_of"]) == (1, 2)
    assert told["mistakes"][0]["kind"] == "sign"
    assert Comparison((RIGHT,), 4).to_dict()["first_wrong"] is None


def test_numbers_have_all_their_decimals():
    assert number(0.5, 3) == "0.500"
    assert number(1e-9, 3) == "1e-09"


def test_zeros_that_follow_from_zeros_have_no_point_where_the_key_has_another_number():
    nothing, zero = (Judged("delta:a[0]", "Δw", 0.0, right, 0.0, "again") for right in (0.1, 0.0))
    told = Comparison((RIGHT, nothing, zero), 4)
    assert told.points == 2
    assert told.count == "1 of 3 right; the same mistake counts once: 2 points"
    assert told.in_words() == "2 of 3 points, 2 a mistake again (1 of these 0, for no point)"
