"""Patterns explain all of what is wrong, or nothing: also where the right numbers are uncertain, few or alike."""

import numpy as np
import pytest

from thalweg.gradient_check.patterns import Region, pointwise

RIGHT = np.array([1.0, -2.0, 0.5, 3.0])
X = np.array([0.3, -0.7, 1.1, 0.2])


def of(given, right=RIGHT, x=X, uncertainty=1e-11, **options):
    given, right = np.asarray(given, dtype=float), np.asarray(right, dtype=float)
    found = pointwise(Region(("W",), given, right, np.full(len(right), uncertainty), x[: len(right)], **options))
    return None if found is None else (found.kind, None if found.number is None else round(found.number, 6))


@pytest.mark.parametrize("factor", [-1.0, 2.0, 0.5, -2.0, -0.5])
def test_a_known_factor_is_seen_in_one_entry(factor):
    assert of([factor * 3.0], [3.0]) == ("sign" if factor == -1.0 else "factor", factor)


def test_an_unknown_factor_needs_more_than_one():
    assert of([0.7 * 3.0], [3.0]) is None
    assert of(0.7 * RIGHT) == ("factor", 0.7)
    assert of(1.001 * RIGHT[:3], RIGHT[:3]) is None
    assert of(1.001 * RIGHT) == ("factor", 1.001)


def test_the_number_of_examples():
    assert of(10 * RIGHT, examples=10) == ("sum_for_mean", 10.0)
    assert of(10 * RIGHT, examples=11) == ("factor", 10.0)
    assert of(RIGHT / 20, examples=10) == ("mean_for_sum", 0.05)
    assert of(2 * RIGHT, examples=2) == ("sum_for_mean", 2.0)
    assert of(2 * RIGHT, examples=1) == ("factor", 2.0)


def test_one_entry_apart_is_no_pattern():
    for change in (-RIGHT, 2 * RIGHT, RIGHT + 0.5, RIGHT - 0.1 * X, np.abs(RIGHT), np.zeros(4)):
        spoilt = change + np.array([0.0, 0.0, 0.01, 0.0])
        assert of(spoilt) is None


def test_what_is_hardly_wrong_is_imprecise_and_no_factor():
    assert of(RIGHT * (1 + 3e-6)) == ("imprecise", None)
    assert of(RIGHT + 1e-7) == ("imprecise", None)


def test_uncertain_numbers_support_no_pattern():
    assert of(-RIGHT, uncertainty=0.1) == ("sign", -1.0)
    assert of(0.7 * RIGHT, uncertainty=0.01) is None
    assert of(-RIGHT, uncertainty=1.0) is None
    assert of([0.0] * 4, uncertainty=1.0) is None
    assert of(RIGHT + 1e-4, uncertainty=1e-4) == ("imprecise", None)


def test_alike_numbers_support_no_factor_offset_or_penalty():
    same = np.full(4, 2.0)
    assert of(same + 0.3, same) is None
    assert of(RIGHT - 0.1 * 0.7, x=np.full(4, 0.7)) == ("offset", -0.07)


def test_the_strength_of_a_penalty():
    assert of(RIGHT - 0.25 * X) == ("penalty_missing", 0.25)
    assert of(RIGHT + 0.25 * X) == ("penalty_extra", 0.25)
    assert of(RIGHT - 0.25 * np.sign(X)) == ("absolute_penalty_missing", 0.25)
    assert of(RIGHT + 0.25 * np.sign(X)) == ("absolute_penalty_extra", 0.25)


def test_numbers_that_follow_from_each_other_support_no_factor():
    """Field 18-two-class-softmax-gradient: behind a softmax of two classes, both gradients add up to 0."""
    assert of([0.7, -0.7], [0.2, -0.2]) is None
    assert of([0.7, -0.7, 0.7, -0.7], [0.2, -0.2, 0.2, -0.2]) is None
    assert of([-0.2, 0.2], [0.2, -0.2]) == ("sign", -1.0)
    assert of([0.35, 1.05, -1.4], [0.5, 1.5, -2.0]) == ("factor", 0.7)


def test_a_learning_rate_is_guessed_at():
    found = pointwise(Region(("W",), -0.03 * RIGHT, RIGHT, np.full(4, 1e-11), X))
    assert "is 0.03 the learning rate" in str(found)
    assert "the step -α g" in str(found)


def test_a_penalty_may_be_of_another_size():
    found = pointwise(Region(("W",), RIGHT + 0.1 * X, RIGHT, np.full(4, 1e-11), X))
    assert "or there is one of another size" in str(found)


def test_the_point_after_a_step_down_or_up_is_told_with_its_rate():
    assert of(X - 0.1 * RIGHT) == ("updated", 0.1)
    assert of(X + 0.1 * RIGHT) == ("updated", -0.1)
    assert of(X) == ("point", None)


def test_one_entry_that_is_cut_off_is_no_clipping():
    assert of(np.clip(RIGHT, -2.5, 2.5)) is None
    assert of(np.clip(RIGHT, -1.5, 1.5)) == ("clipped", 1.5)
