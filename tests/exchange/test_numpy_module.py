"""The module in Python: equal to `predict` on hostile rows, read from frames and lists, needing NumPy alone."""

import ast
import datetime
import importlib.util
import sys

import numpy as np
import polars as pl
import pytest
from to_export import COLUMNS, SUBJECTS, hostile, models, of_hostile, python, table, write, wrong

import thalweg as tw
from thalweg.data import Encoding
from thalweg.exchange.numpy_module import numpy_module
from thalweg.exchange.subject import subject_of


def module(source):
    spec = importlib.util.spec_from_file_location("net_module", source)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.mark.parametrize("name", SUBJECTS)
def test_the_check_rows_come_out_as_they_should(name, tmp_path):
    subject = SUBJECTS[name]()
    assert module(write(numpy_module(subject, "net.py"), tmp_path)).check()


def test_a_wrong_number_is_found(tmp_path):
    assert not module(write(numpy_module(wrong(of_hostile("measured")), "net.py"), tmp_path)).check()


def test_it_runs_alone_and_imports_numpy_and_the_standard_library_alone(tmp_path):
    source = write(numpy_module(of_hostile("classes"), "net.py"), tmp_path)
    names = {
        alias.name
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert names - set(sys.stdlib_module_names) == {"numpy"}
    ended = python(source)
    assert (ended.returncode, ended.stdout.split()) == (0, f"{hostile().height} check rows: as expected".split())


@pytest.mark.parametrize("name", ["classes", "several"])
def test_a_frame_a_dict_of_lists_and_one_row_give_what_predict_gives(name, tmp_path):
    found = module(write(numpy_module(of_hostile(name), "net.py"), tmp_path))
    expected = models()[name].predict_table(table()).columns()
    frame = table().select(COLUMNS)
    for given in (frame, frame.to_dict(as_series=False)):
        answer = found.predict(given)
        assert list(answer) == list(expected)
        for column, values in expected.items():
            if values.dtype.kind == "f":
                np.testing.assert_allclose(answer[column], values, rtol=1e-6)
            else:
                assert answer[column].tolist() == values.tolist()
    one = found.predict({name: frame[name][7] for name in COLUMNS})
    assert [values.shape for values in one.values()] == [(1,)] * len(expected)


def test_an_array_has_the_columns_in_their_order(tmp_path):
    frame = pl.DataFrame({"a": [1.0, 2.0, 4.0], "b": [3.0, 1.0, 7.0], "y": [1.0, 2.0, 4.5]})
    encoding = Encoding.fit(frame, "y", "regression")
    net = tw.mlp(2, 1)
    model = tw.Model(net, net.init(0), tw.losses.MSE(), encoding)
    found = module(write(numpy_module(subject_of(model, "net"), "net.py"), tmp_path))
    P = frame.select("a", "b").to_numpy()
    np.testing.assert_allclose(found.predict(P)["predicted_y"], model.predict_table(frame).values, rtol=1e-12)
    with pytest.raises(ValueError, match=r"shape \(2, 3\); it must be \(rows, 2\)"):
        found.predict(P.T)


def test_dates_as_texts_and_as_arrays_of_numpy(tmp_path):
    found = module(write(numpy_module(of_hostile("measured"), "net.py"), tmp_path))
    frame = table().select(COLUMNS).filter(pl.col("sold").is_not_null())
    columns = frame.to_dict(as_series=False)
    expected = found.predict(columns)["predicted_price"]
    texts = {
        **columns,
        "sold": [str(one) for one in columns["sold"]],
        "opens": [one.isoformat() for one in columns["opens"]],
    }
    arrays = {**columns, "sold": np.array(columns["sold"], dtype="datetime64[ns]")}
    for given in (texts, arrays):
        np.testing.assert_array_equal(found.predict(given)["predicted_price"], expected)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("size", np.inf, "'size' is infinite in row 2"), ("size", 1e300, "row 2 has values too far")],
)
def test_what_predict_refuses_is_refused(column, value, message, tmp_path):
    found = module(write(numpy_module(of_hostile("measured"), "net.py"), tmp_path))
    columns = table().select(COLUMNS).head(3).to_dict(as_series=False)
    columns[column][1] = value
    with pytest.raises(ValueError, match=message):
        found.predict(columns)
    del columns[column]
    with pytest.raises(ValueError, match=f"columns are missing: {column}"):
        found.predict(columns)


class Odd:
    def __repr__(self):
        return "<odd>"


TABLE_MISTAKES = {
    "a text": ({"size": ["a", 1, 2]}, "column 'size' is 'a' in row 1; it must be a number"),
    "yes": ({"ripe": [True, None, "yes"]}, "column 'ripe' is 'yes' in row 3; it must be a number"),
    "an object": ({"size": [1, Odd(), 2]}, "column 'size' is <odd> in row 2; it must be a number"),
    "no date": ({"sold": [None, "x", None]}, "column 'sold' is 'x' in row 2; it must be a date or time, such as"),
    "no such day": ({"sold": [None, "2024-02-30", None]}, "column 'sold' is '2024-02-30' in row 2; it must be a date"),
    "no time": ({"opens": ["25:00", None, None]}, "column 'opens' is '25:00' in row 1; it must be a date or time"),
    "no clock": ({"zoned": [1e300, None, None]}, r"a moment of 1e\+300 seconds has no date"),
    "fewer": ({"size": [1, 2]}, "columns have different numbers of rows: 'size' 2, 'far' 3, "),
    "wide": ({"size": [[1, 2]] * 3}, "column 'size' has not one value for each row"),
    "ragged": ({"size": [[1], [1, 2], [3]]}, "column 'size' has not one value for each row"),
}


@pytest.fixture(scope="module")
def fruit(tmp_path_factory):
    return module(write(numpy_module(of_hostile("classes"), "net.py"), tmp_path_factory.mktemp("fruit")))


@pytest.mark.parametrize("mistake", TABLE_MISTAKES)
def test_mistakes_in_columns_are_told_in_a_line(mistake, fruit):
    changed, told = TABLE_MISTAKES[mistake]
    columns = table().select(COLUMNS).head(3).to_dict(as_series=False)
    with pytest.raises(ValueError, match=told) as error:
        fruit.predict({**columns, **changed})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("given", [[1, 2, 3], None, 5])
def test_what_are_no_columns_is_told(given, fruit):
    with pytest.raises(TypeError, match=r"columns is a .*; it must be a dict of columns, a frame, or an array"):
        fruit.predict(given)


def test_columns_of_one_value_each_are_columns(fruit):
    columns = table().select(COLUMNS).head(3)
    given = {**columns.to_dict(as_series=False), "size": columns["size"].to_numpy()[:, None]}
    np.testing.assert_array_equal(fruit.predict(given)["predicted_kind"], fruit.predict(columns)["predicted_kind"])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (np.ones((2, 4)), r"P has shape \(2, 4\); it must be \(rows, 3\)"),
        (None, r"P has shape \(\); it must be \(rows, 3\)"),
        ([["a", 1, 2]], "P must hold numbers alone, in rows of 3"),
        ([[1, 2, 3], [1]], "P must hold numbers alone, in rows of 3"),
    ],
)
def test_arrays_that_are_no_inputs_are_told_in_a_line(given, told, tmp_path):
    net = tw.mlp(3, 1)
    found = module(write(numpy_module(subject_of(tw.Model(net, net.init(0), tw.losses.MSE()), "n"), "n.py"), tmp_path))
    with pytest.raises(ValueError, match=told):
        found.predict(given)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"right": None}, "P must be a dict of inputs 'left', 'right'"),
        ({"right": np.ones((3, 1))}, "the inputs have different numbers of rows: 'left' 4, 'right' 3"),
        ({"left": np.ones((4, 1))}, r"P\['left'\] has shape \(4, 1\); it must be \(rows, 2\)"),
    ],
)
def test_several_inputs_are_told_by_name(change, told, tmp_path):
    found = module(write(numpy_module(SUBJECTS["two inputs"](), "n.py"), tmp_path))
    given = {"left": np.ones((4, 2)), "right": np.ones((4, 1)), **change}
    with pytest.raises(ValueError, match=told):
        found.predict({name: rows for name, rows in given.items() if rows is not None})
    with pytest.raises(ValueError, match="P must be a dict of inputs"):
        found.predict(np.ones((4, 3)))


def test_a_column_of_many_texts_is_hashed_as_in_training(tmp_path):
    frame = pl.DataFrame({"zip": [f"z{row % 80}" for row in range(200)] + [None] * 4, "y": np.arange(204.0) % 7})
    encoding = Encoding.fit(frame, "y", "regression", many_texts="hash")
    net = tw.mlp(len(encoding.feature_names), 1)
    model = tw.Model(net, net.init(0), tw.losses.MSE(), encoding)
    found = module(write(numpy_module(subject_of(model, "net"), "net.py"), tmp_path))
    rows = {"zip": ["z1", None, "unseen", "z79"]}
    np.testing.assert_allclose(found.predict(rows)["predicted_y"], model.predict_table(rows).values, rtol=1e-12)
    assert found.check()


def test_many_numbers_are_held_as_base64_and_many_rows_go_in_blocks(tmp_path):
    net = tw.mlp(200, 130, 1, hidden="relu")
    model = tw.Model(net, net.init(0, dtype="float32"), tw.losses.MSE())
    source = write(numpy_module(subject_of(model, "net"), "net.py"), tmp_path)
    assert "base64.b64decode" in source.read_text()
    P = np.random.default_rng(0).normal(size=(9000, 200)).astype(np.float32)
    np.testing.assert_allclose(module(source).predict(P), model.predict(P), rtol=2e-4, atol=1e-5)


def test_the_head_says_what_it_came_from_and_a_name_within_it_does_no_harm(tmp_path):
    frame = pl.DataFrame({'a """\\n b': [1.0, 2.0, 4.0], "y": [1.0, 2.0, 4.5]})
    encoding = Encoding.fit(frame, "y", "regression")
    net = tw.mlp(1, 1)
    found = module(
        write(numpy_module(subject_of(tw.Model(net, net.init(0), tw.losses.MSE(), encoding), "n"), "n.py"), tmp_path)
    )
    assert "Written by Thalweg" in found.__doc__
    assert "regression of 'y'" in found.__doc__
    assert found.check()


def test_zones_follow_the_clock_of_their_place(tmp_path):
    found = module(write(numpy_module(of_hostile("measured"), "net.py"), tmp_path))
    rows = table().select(COLUMNS).head(2).to_dict(as_series=False)
    local = [one.astimezone(datetime.timezone(datetime.timedelta(hours=9))) for one in rows["zoned"]]
    np.testing.assert_array_equal(
        found.predict({**rows, "zoned": local})["predicted_price"], found.predict(rows)["predicted_price"]
    )


def test_the_last_block_may_be_of_one_row(tmp_path):
    frame = pl.DataFrame({"a": np.arange(1025.0), "y": np.arange(1025.0)})
    net = tw.mlp(1, 1)
    model = tw.Model(net, net.init(0), tw.losses.MSE(), Encoding.fit(frame, "y", "regression"))
    found = module(write(numpy_module(subject_of(model, "net"), "net.py"), tmp_path))
    answer = found.predict(frame.select("a").to_numpy())["predicted_y"]
    np.testing.assert_allclose(answer, model.predict_table(frame).values, rtol=1e-12)
