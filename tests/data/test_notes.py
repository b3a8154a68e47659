"""Notes stand in the order of what they may do to the result; a clean table has none."""

import copy
import pickle

import numpy as np
import polars as pl
import pytest
from sklearn import datasets

from thalweg.data import prepare
from thalweg.data.notes import Importance, Note, importance_of, most_important_first, of_table
from thalweg.data.reading import open_table
from thalweg.tables.arguments import prepare_table
from thalweg.tables.settings import Settings


def test_a_note_is_a_text_that_keeps_its_importance():
    note = Note("3 rows left out", Importance.LEFT_OUT)
    assert note == "3 rows left out"
    for again in (copy.deepcopy(note), pickle.loads(pickle.dumps(note)), of_table("test", note)):
        assert importance_of(again) == Importance.LEFT_OUT
    assert importance_of("plain") == Importance.GUESS


def test_the_order_is_stable_and_each_stands_once():
    notes = [Note(f"{kind.name} {k}", kind) for k in range(3) for kind in reversed(Importance)]
    ordered = most_important_first([*notes, *notes])
    assert [str(note) for note in ordered] == [f"{kind.name} {k}" for kind in Importance for k in range(3)]


def test_the_notes_of_a_training():
    """Those of one table in which everything happens, the doubtful before the guessed before the left out."""
    rng = np.random.default_rng(0)
    rows = 120
    frame = pl.DataFrame(
        {
            "same": ["x"] * rows,
            "price": [f"{value:.2f} EUR" for value in rng.normal(50, 9, rows)],
            "day": [f"{1 + k % 9}/{1 + k % 7}/2024" for k in range(rows)],
            "size": [None, *rng.normal(size=rows - 1)],
            "age": [*rng.integers(20, 60, rows - 4), 999, 999, 999, 999],
            "y": [*rng.normal(size=rows - 2), None, None],
        }
    )
    notes = prepare(frame, target="y").notes
    found = [next(k for k, note in enumerate(notes) if words in note) for words in (
        "which is a GUESS", "are 999", "is read as numbers", "target 'y' is missing", "'same' is left out", "missing in"
    )]  # fmt: skip
    kinds = [importance_of(notes[k]) for k in found]
    assert kinds == sorted(kinds)
    assert [kind.name for kind in kinds] == [
        "MAY_BE_WRONG", "MAY_BE_WRONG", "GUESS", "LEFT_OUT", "LEFT_OUT", "ASIDE"
    ]  # fmt: skip
    assert [importance_of(note) for note in notes] == sorted(importance_of(note) for note in notes)


BUNDLED = {
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
    "breast_cancer": datasets.load_breast_cancer,
    "diabetes": datasets.load_diabetes,
    "digits": datasets.load_digits,
}


@pytest.mark.parametrize("name", BUNDLED)
def test_a_clean_table_has_no_doubts(tmp_path, name):
    found = BUNDLED[name]()
    names = getattr(found, "feature_names", None)
    frame = pl.DataFrame(found.data, schema=list(names), orient="row")
    varies = [series for series in frame.iter_columns() if series.n_unique() > 1]  # of the digits some edges do not
    frame = pl.DataFrame([*varies, pl.Series("target", found.target)])
    frame.write_csv(tmp_path / "t.csv")
    table = open_table(tmp_path / "t.csv")
    assert table.notes == ()
    notes = prepare_table(table.frame, "target", Settings(), None, None).notes
    assert [note for note in notes if importance_of(note) < Importance.LEFT_OUT] == []
