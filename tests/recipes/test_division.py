"""Examples dealt out in MATLAB's ways: shares, order, and what is refused."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.recipes.division import DIVISIONS, divide_examples


def parts(split):
    return [part.tolist() for part in (split.train, split.validation, split.test)]


@pytest.mark.parametrize("divide", ["random", "block", "interleaved"])
@pytest.mark.parametrize("examples", [7, 20, 101])
@pytest.mark.parametrize("ratios", [(0.7, 0.15, 0.15), (0.5, 0.5, 0.0), (0.34, 0.33, 0.33)])
def test_parts_cover_all_once_in_their_shares(divide, examples, ratios):
    found = parts(divide_examples(examples, divide, ratios))
    assert sorted([*found[0], *found[1], *found[2]]) == list(range(examples))
    assert all(part == sorted(part) for part in found)
    for part, share in zip(found, ratios, strict=True):
        assert abs(len(part) - share * examples) <= 1
        assert bool(part) == (share > 0)


def test_blocks_follow_each_other():
    assert parts(divide_examples(20, "divideblock")) == [[*range(14)], [14, 15, 16], [17, 18, 19]]


def test_interleaved_parts_run_through_the_whole():
    assert parts(divide_examples(8, "divideint", (0.5, 0.25, 0.25))) == [[0, 3, 4, 7], [1, 5], [2, 6]]
    ratios = (0.7, 0.15, 0.15)
    split = divide_examples(200, "interleaved", ratios)
    for part, share in zip(parts(split), ratios, strict=True):  # never more than one row from its share of all so far
        assert np.abs(np.cumsum(np.isin(np.arange(200), part)) - share * np.arange(1, 201)).max() < 1


def test_random_ones_follow_the_seed():
    one, again, other = (parts(divide_examples(60, "dividerand", seed=seed)) for seed in (1, 1, 2))
    assert one == again != other


def test_all_or_given_ones():
    assert parts(divide_examples(4, "dividetrain")) == [[0, 1, 2, 3], [], []]
    assert parts(divide_examples(6, "divideind", indices=([4, 0], np.array([2]), []))) == [[0, 4], [2], []]
    assert set(DIVISIONS) == {"random", "block", "interleaved", "indices", "none"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"divide": "randm"}, "unknown division 'randm': did you mean 'random'"),
        ({"divide": 3}, "unknown division 3"),
        ({"divide": "indices"}, "divide 'indices' needs indices: give divide='indices' and indices="),
        ({"divide": "block", "indices": ([0], [], [])}, "divide 'block' takes no indices"),
        (
            {"divide": "indices", "indices": ([0], [1])},
            "indices is .*; it must be three: of training, validation and test",
        ),
        (
            {"divide": "indices", "indices": {"train": [0]}},
            "indices is .*; it must be three: of training, validation and test",
        ),
        ({"divide": "indices", "indices": ([0, 10], [], [])}, "indices of train have 10; rows go from 0 to 9"),
        ({"divide": "indices", "indices": ([0], [-1], [])}, "indices of validation have -1; rows go from 0 to 9"),
        ({"divide": "indices", "indices": ([0, 1], [1], [])}, "indices have row 1 twice: a row belongs to one part"),
        ({"divide": "indices", "indices": ([], [1], [])}, "indices of train are none"),
        ({"divide": "indices", "indices": ([0.5], [], [])}, "they must be whole numbers of rows, from 0"),
        ({"divide": "block", "ratios": (0.5, 0.5)}, "ratios is .0.5, 0.5.; it must be three"),
        ({"divide": "block", "ratios": (0.5, "much", 0.3)}, "ratios: a share is 'much'; it must be"),
        ({"divide": "random", "seed": -1}, "seed is -1; it must be a whole number"),
        ({"divide": "block", "ratios": (0.5, 0.2, 0.2)}, "three fractions that sum to 1"),
    ],
)
def test_what_makes_no_division(arguments, told):
    with pytest.raises(tw.ArgumentError, match=told):
        divide_examples(10, **arguments)


@pytest.mark.parametrize("divide", ["random", "block", "interleaved"])
def test_too_few_examples(divide):
    with pytest.raises(tw.DataError, match="too few to split 70/15/15"):
        divide_examples(2, divide)
