"""field s23-what-a-notebook-shows: a result that ends a cell shows its words, not a dump of its arrays."""

import numpy as np
import pytest

import thalweg as tw

P, T = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])
STEP = "[network]\ninputs = {p = 1}\n[[network.layers]]\nname = 'out'\nsize = 1\n[data]\ninputs = [1]\ntargets = [2]\n"


def results(tmp_path):
    net = tw.mlp(2, 3, 1, hidden="tanh", output="sigmoid")
    run = tw.train(net, P, T, epochs=50, batch_size="all")
    (tmp_path / "one.toml").write_text(STEP, encoding="utf-8")
    yield tw.check_network(net, "mse", run.params, P, T), "The gradient is right"
    yield tw.diagnose(run), tw.diagnose(run).verdict
    yield run, run.explanation
    yield tw.gradient_flow(net, "mse", run.params, P, T), "layer"
    yield tw.Model.from_run(run), "a network 2 - 3 - 1 of 13 parameters"
    yield tw.error_surface(net, "mse", run.params, P, T, ("layer1[0,0]", "layer1[0,1]"), points=5), "layer1[0,1] ="
    yield tw.read_step_file(tmp_path / "one.toml"), "2 parameters"


def test_a_cell_shows_the_words_of_its_result(tmp_path):
    for shown, words in results(tmp_path):
        page = shown._repr_html_()
        assert page.startswith("<div")
        assert "array(" not in page + repr(shown)
        assert len(repr(shown)) < 300
        assert "\n" not in repr(shown)
        assert words in str(shown)


def test_markup_in_a_title_stays_text(tmp_path):
    (tmp_path / "m.toml").write_text('title = "<b>bold</b>"\n' + STEP, encoding="utf-8")
    page = tw.read_step_file(tmp_path / "m.toml")._repr_html_()
    assert "<b>" not in page
    assert "&lt;b&gt;bold" in page


@pytest.mark.parametrize("notation", ["nnd", "aifh"])
def test_a_worked_page_is_legible_in_a_dark_notebook(notation, tmp_path):
    """Dark letters bring their own light ground."""
    (tmp_path / "one.toml").write_text(STEP, encoding="utf-8")
    page = tw.read_step_file(tmp_path / "one.toml").open(notation=notation)._repr_html_()
    (rule,) = [line for line in page.replace("\n  ", " ").splitlines() if line.startswith(".worked {")]
    assert "color: #1b1b1b; background: #fff;" in rule
