"""The curves as they are read without a program."""

from moving_runs import WILD, classifier

from thalweg.widgets.curves_data import several_runs, whole_data
from thalweg.widgets.curves_page import as_read


def test_the_numbers_of_some_epochs_are_a_table_and_no_name_is_markup():
    runs = several_runs({WILD: classifier(), "b": {"loss": [1.0, float("nan")], WILD: [0.5, 0.25]}})
    read = as_read(runs, whole_data(runs, WILD))
    assert WILD not in read
    assert read.count("&lt;img src=x onerror=alert(1)&gt;") >= 3
    assert f"<p>Best: epoch {classifier().kept_epoch}, " in read
    assert "<tr><td>2</td><td>not finite</td><td>0.25</td></tr>" in read
    assert read.count("<tr><td>") == 40 + 2
    assert f"<tr><td>60</td><td>{classifier().history.loss[-1]:.6g}" in read
