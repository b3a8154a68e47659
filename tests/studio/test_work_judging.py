"""What is said beside a blank is what `thalweg grade` says of it."""

import numpy as np
import pytest

import thalweg as tw
from thalweg.studio.work_judging import answers_csv, judged
from thalweg.worked.exercises.making import Maker
from thalweg.worked.exercises.task import Settings, exactly


@pytest.fixture(scope="module")
def maker():
    return Maker(exactly(tw.worked.gallery_step("mazur")), Settings(("sensitivities", "updates"), 1, 4, 1, "drawn"))


@pytest.fixture(scope="module")
def task(maker):
    return maker.task(1, "")


def written(key, decimals=4):
    return {id_: f"{value:.{decimals}f}" for id_, value in key.items()}


def test_all_right_is_right(maker, task):
    found = judged(task, maker.book, written({id_: task.key[id_] for id_ in task.asked.blanks}))
    assert found.told == "12 of 12 right"
    assert {kind for kind, _ in found.of.values()} == {"right"}


def test_a_mistake_is_named_once_and_what_follows_is_right(maker, task):
    first = task.asked.blanks[0]
    assert first == "sensitivity:out[0]"
    follows = [id_ for id_ in task.asked.blanks if id_.startswith("delta:out[0")]  # each a multiple of the sensitivity
    found = judged(task, maker.book, written({id_: -task.key[id_] for id_ in (first, *follows)}))
    assert found.of[first] == ("wrong", "not right; it looks like sign: the sign is turned")
    assert {found.of[id_] for id_ in follows} == {("follow", "right, given the earlier mistake")}
    assert found.told == f"{len(follows)} of 12 right"


def test_no_number_is_told_and_counts_as_empty(maker, task):
    first, second = task.asked.blanks[:2]
    found = judged(task, maker.book, {first: "1/4x", second: " ", "made up": "3"})
    assert found.of[first] == ("wrong", "no number")
    assert found.of[second] == ("", "")
    assert found.told == "0 of 12 right"
    assert "made up" not in found.of


def test_no_right_number_is_told(maker, task):
    rng = np.random.default_rng(0)
    typed = {id_: f"{value:.4f}" for id_, value in zip(task.asked.blanks, rng.normal(size=12), strict=True)}
    said = " ".join(words for _, words in judged(task, maker.book, typed).of.values())
    assert not any(f"{abs(task.key[id_]):.4f}" in said for id_ in task.asked.blanks)


def test_the_table_of_what_was_typed_is_graded_with_the_same_points(maker, task, tmp_path):
    key = {id_: task.key[id_] for id_ in task.asked.blanks}
    typed = written(key)
    typed[task.asked.blanks[3]] = "0,77"
    del typed[task.asked.blanks[5]]
    path = tmp_path / "mine.csv"
    path.write_text(answers_csv(maker, task, typed), encoding="utf-8")
    graded = tw.worked.grade(tw.worked.gallery_step("mazur"), path)
    assert judged(task, maker.book, typed).told == f"{graded.grades[0].comparison.points} of 12 right"
