"""A note where rows follow each other in time and are split at random."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from thalweg.data import prepare, read_table
from thalweg.data.leaks import leak_note
from thalweg.data.roles import Roles

N = 120
DAYS = [date(2023, 1, 1) + timedelta(days=number) for number in range(N)]
SHUFFLED = np.random.default_rng(1).permutation(N)
LEVEL = np.cumsum(np.random.default_rng(0).normal(size=N))
NOISE = np.random.default_rng(2).normal(size=N)


def frame(target, order=SHUFFLED) -> pl.DataFrame:
    return pl.DataFrame({"x": NOISE, "day": DAYS, "y": target})[order.tolist()]


def told(prepared) -> list[str]:
    return [note for note in prepared.notes if "a random split scores too well" in note]


@pytest.mark.parametrize("target", [LEVEL, np.where(np.median(LEVEL) < LEVEL, "up", "down")], ids=["level", "classes"])
def test_a_target_that_goes_on_in_time_is_told_whatever_the_order_of_the_rows(target):
    (note,) = told(prepare(frame(target), target="y"))
    assert note == (
        "'y' is much alike in rows near each other in 'day', so a random split scores too well: --time day tests on "
        "the future"
    )


def test_what_says_nothing_of_its_neighbours_is_not_told():
    assert told(prepare(frame(NOISE**2), target="y")) == []
    assert told(prepare(frame(np.where(NOISE > 0, "a", "b")), target="y")) == []


def test_nothing_is_told_of_a_split_by_time_or_groups_or_of_dates_that_are_no_input():
    known = frame(LEVEL).with_columns(g=pl.int_range(N) // 4)
    assert told(prepare(known, target="y", ignore=["g"], roles=Roles(time="day"))) == []
    assert told(prepare(known, target="y", roles=Roles(group="g"))) == []
    assert told(prepare(known, target="y", ignore=["g", "day"])) == []
    assert told(prepare(known, target="y", fractions=(1, 0, 0))) == []


def test_few_dates_and_dates_that_repeat_are_not_asked():
    few = pl.Series("day", DAYS[:20])
    assert leak_note([few], [pl.Series("y", LEVEL[:20])]) == ()
    repeated = pl.Series("day", [day for day in DAYS[:40] for _ in range(3)])
    assert leak_note([repeated], [pl.Series("y", LEVEL)]) == ()


@pytest.mark.parametrize(("name", "target"), [("wine", "cultivar"), ("houses", "price"), ("diabetes", "progression")])
def test_the_examples_are_not_told(name, target):
    from pathlib import Path

    data = Path(__file__).parents[2] / "examples" / "data"
    assert told(prepare(read_table(data / f"{name}.csv"), target=target)) == []


@pytest.mark.parametrize(("share", "follows"), [(0.5, False), (1.0, True)])
def test_neighbours_follow_each_other_where_more_than_half_is_shared(share, follows):
    """A mean of a row's own draw and a share of the one before it: a correlation of 0.4; and one of 0.5 and above."""
    draws = np.random.default_rng(6).normal(size=N + 1)
    target = draws[1:] + share * draws[:-1] + (0.3 * LEVEL if follows else 0.0)
    assert bool(told(prepare(frame(target), target="y"))) == follows
