import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thalweg.data.numbers_written import FORMS, NumberWriting, readings, tidied

NUMBERS = st.lists(st.integers(-(10**10), 10**10), min_size=1, max_size=20).map(lambda many: [n / 100 for n in many])
AFFIXES = [("", ""), ("", "%"), ("€", ""), ("", "kg"), ("", " km/h"), ("US$", ""), ("", " USD")]


def written(value: float, decimal: str, grouping: str, before: str, after: str) -> str:
    """Another way to the same text: Python's own grouping, its marks exchanged."""
    digits = f"{abs(value):,.2f}".replace(",", "_").replace(".", decimal).replace("_", grouping)
    return f"{'-' if value < 0 else ''}{before}{digits}{after}"


@given(NUMBERS, st.sampled_from([form for form in FORMS if form[0] != form[1]]), st.sampled_from(AFFIXES))
@settings(max_examples=20)
def test_what_is_written_is_read_back(values: list[float], form: tuple[str, str], affixes: tuple[str, str]):
    texts = pl.Series([written(value, *form, *affixes) for value in values])
    found = readings(texts)
    assert len(found) == 1
    assert found[0].read(texts).to_list() == values


@given(NUMBERS, st.sampled_from(["\u2212", "\u2013", "-"]), st.sampled_from(["\u00a0", "\u202f", "\u2009", " "]))
@settings(max_examples=15)
def test_other_signs_and_spaces(values: list[float], minus: str, space: str):
    texts = pl.Series([f"{space}{written(v, ',', space, '', '').replace('-', minus)}{space}" for v in values])
    (found,) = readings(texts)
    assert found.read(texts).to_list() == values


@given(NUMBERS)
@settings(max_examples=10)
def test_amounts_in_brackets_are_negative(values: list[float]):
    texts = pl.Series([f"({abs(v):.2f})" if v < 0 else f"{v:.2f}" for v in values])
    assert readings(texts)[0].read(texts).to_list() == values


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1.234,56"], [1234.56]),
        (["1'234", "5"], [1234, 5]),
        (["1\u2019234.5"], [1234.5]),
        (["12,34,567"], [1234567]),
        (["5-", "7"], [-5, 7]),
        (["+5", "1e5", "2.5E-3"], [5, 1e5, 0.0025]),
        (["0.15D+02", "-3.5d-01", "2"], [15, -0.35, 2]),
        (["-$5.50", "$-5", "$ 3"], [-5.5, -5, 3]),
        (["007.50", "12.25"], [7.5, 12.25]),
        (["1 234 567"], [1234567]),
        ([".5", "5."], [0.5, 5]),
        (["1.234,-", "5,--"], [1234, 5]),
        (["1'234.–", "7.-"], [1234, 7]),
        (["Rs. 1,200/-", "Rs. 5/-"], [1200, 5]),
        (["%12", "% 3,5"], [12, 3.5]),
        (["\u0661\u0662\u066b\u0665", "\u06f3"], [12.5, 3]),
    ],
)
def test_ways_to_write(texts: list[str], values: list[float]):
    assert readings(pl.Series(texts))[0].read(pl.Series(texts)).to_list() == values


@pytest.mark.parametrize(
    "text", ["1st", "192.168.1.1", "0x1F", "12-14", "3/4", "1,2,3", "A12", "007", "1.23.4", "12:30"]
)
def test_names_are_no_numbers(text: str):
    assert not readings(pl.Series([text]))


@pytest.mark.parametrize(
    ("texts", "both"),
    [(["1,234"], {1234, 1.234}), (["1.234"], {1234, 1.234}), (["1,234 kg", "5 kg"], {1234, 1.234})],
)
def test_what_can_be_read_two_ways_has_two_readings(texts: list[str], both: set[float]):
    assert {writing.read(pl.Series(texts))[0] for writing in readings(pl.Series(texts))} == both


@pytest.mark.parametrize("text", ["0,234", "1234,567", "1,23", "1,2345", "1,234,567"])
def test_one_value_may_decide(text: str):
    assert len(readings(pl.Series([text, "1,234"]))) == 1


def test_the_decimal_mark_can_be_set():
    assert readings(pl.Series(["1,234"]), ",")[0].read(pl.Series(["1,234"]))[0] == 1.234
    assert readings(pl.Series(["1,234"]), ".")[0].read(pl.Series(["1,234"]))[0] == 1234


def test_another_unit_is_none():
    assert NumberWriting(".", "", "", "kg").read(pl.Series(["1 kg", "1kg", "1 g", "1"])).to_list() == [1, 1, None, None]


def test_tidied():
    assert tidied(pl.Series(["\ufeff x\u00a0 y ", None])).to_list() == ["x y", None]


def test_a_decimal_comma_before_a_power_of_ten():
    """Of the kind of field 05."""
    texts = pl.Series(["1,038E+03", "9,500E+02", "1,250e-01"])
    found = readings(texts)
    assert [writing.decimal for writing in found] == [","]
    assert found[0].read(texts).to_list() == [1038.0, 950.0, 0.125]
