"""The page of a diagnosis: read by a parser, as a browser would."""

import dataclasses
import re

import numpy as np
import pytest
from read_page import ATTACK, Page

import thalweg as tw
from thalweg import plots
from thalweg.errors import FileError
from thalweg.reports.diagnosis_page import HEADS, numbers_of, render_diagnosis, table_of_layers, write_diagnosis
from thalweg.reports.page import PageFigure

pytestmark = pytest.mark.usefixtures("short_trials")
RNG = np.random.default_rng(0)
P = RNG.normal(size=(40, 3))
T = np.sin(P @ [[1.0, 0.5], [0.0, -1.0], [0.3, 0.0]])


def diagnosed(net=None, **settings):
    net = net or tw.mlp(3, 4, 2)
    return tw.diagnose(tw.train(net, P, T, **{"epochs": 20, "engine": "numpy", **settings}))


@pytest.fixture(scope="module", name="wild")
def _wild():
    """The diagnosis of a run that diverged."""
    return diagnosed(optimizer=tw.GradientDescent(1e3), batch_size="all", epochs=300)


@pytest.fixture(scope="module", name="tame")
def _tame():
    """One of nothing unusual, without a loss_curve."""
    net = tw.mlp(3, 4, 2)
    return tw.diagnose_network(net, "mse", net.init(0), P, T, tw.GradientDescent(0.1))


@pytest.fixture(scope="module", name="page_of_wild")
def _page_of_wild(wild):
    return render_diagnosis(wild, title="wine", subtitle="of wine.csv", versions=[("Thalweg", "1")])


@pytest.fixture
def undrawn(monkeypatch):
    """Figures are made, but not written as SVG, which takes most of the time."""
    frame = PageFigure("<svg></svg>", "", False)
    monkeypatch.setattr(
        "thalweg.reports.diagnosis_page.drawn", lambda figure, name, title, caption: frame._replace(caption=caption)
    )


def test_what_is_told_of_a_run_that_diverged(wild, page_of_wild):
    page = Page(page_of_wild)
    first, second = wild.findings[:2]
    for words in (
        first.text[0].upper() + first.text[1:] + ".", second.text[1:], second.remedy[1:] + ".", *wild.notes,
        f"λ_max {wild.lambda_max:.4g}", f"λ_min {wild.lambda_min:.4g}", "learning rate of gd 1e+03",
        f"largest stable rate, 2/λ_max {wild.stable_rate:.3g}", f"error (mse) {wild.F:.4g}", "examples 40",
        f"norm of ∇F {wild.gradient_norm:.3g}", "layer1 tanh 4", "layer2 linear 2", "Made by Thalweg 1.",
        "Saturated is the share of outputs whose slope is under 0.05",
    ):  # fmt: skip
        assert words in page.text, words
    assert "nothing unusual" not in page.text.lower().split("flow of the gradient")[0]
    assert page.tags.count("svg") == page.tags.count("figure") == 7


def test_what_is_told_where_nothing_is_unusual(undrawn, tame):
    assert tame.findings == ()
    page = Page(render_diagnosis(tame))
    assert f"N{tame.verdict[1:]}." in page.text
    assert "Remedy" not in page.text
    assert "ul" not in page.tags
    assert page.tags.count("svg") == 6, "no learning curves"


def test_figures_that_there_are_not(undrawn, tame):
    assert Page(render_diagnosis(dataclasses.replace(tame, surface=None))).tags.count("svg") == 5


@pytest.mark.parametrize("rule", ["gd", "adam", "lm", None])
def test_the_numbers_of_rules(rule):
    net = tw.mlp(3, 4, 2)
    found = tw.diagnose_network(net, "mse", net.init(0), P, T, rule)
    told = dict(numbers_of(found))
    if rule == "gd":
        assert told["largest stable rate, 2/λ_max"] == f"{2 / found.lambda_max:.3g}"
    else:
        assert told["largest stable rate of gradient descent, 2/λ_max"] == f"{2 / found.lambda_max:.3g}"
    assert ("learning rate of gd" in told) == (rule == "gd")
    assert told.get("learning rate of adam") == (f"{0.001:g}" if rule == "adam" else None)
    assert [name for name in told if "learning rate of" in name and "stable" not in name] == (
        [f"learning rate of {rule}"] if rule in ("gd", "adam") else []
    )


def test_where_nothing_curves_upwards_any_rate_is_stable(undrawn):
    net = tw.Network({"p": 3}, [tw.Layer("a", 2, bias=False)])
    of_gd, of_none = (tw.diagnose_network(net, "mse", net.init(0), 0 * P, T, rule) for rule in ("gd", None))
    assert dict(numbers_of(of_gd))["largest stable rate, 2/λ_max"] == "any"
    assert not any("stable" in name for name, _ in numbers_of(of_none))
    assert Page(render_diagnosis(of_gd)).tags.count("svg") >= 5


def test_the_table_of_layers(wild, tame):
    heads, rows = table_of_layers(tame)
    assert heads == HEADS
    assert [row[:3] for row in rows] == [("layer1", "tanh", "4"), ("layer2", "linear", "2")]
    layer = tame.flow.layers[0]
    assert rows[0][3:] == (
        f"{layer.gradient_rms:.2e}", f"{layer.sensitivity_rms:.2e}", f"{layer.slope:.2f}", f"{layer.saturated:.0%}",
        "0",
    )  # fmt: skip
    assert table_of_layers(wild)[0] == HEADS, "the state of the rule is of other parameters"
    heads, rows = table_of_layers(diagnosed())
    assert heads[-1] == "update / weights"
    assert all(len(row) == len(heads) for row in rows)


@pytest.mark.parametrize(
    ("rule", "drawn"),
    [
        (tw.GradientDescent(0.1), 0.1),
        (tw.Momentum(0.1, 0.9), None),
        (None, None),
        pytest.param(tw.Adam(0.1), None, marks=pytest.mark.thorough),
        pytest.param("lm", None, marks=pytest.mark.thorough),
    ],
)
def test_only_gradient_descent_goes_down_the_parabola(undrawn, monkeypatch, rule, drawn):
    """Momentum and Adam do not go where the picture would have them."""
    rates = []
    draw = plots.error_along_direction

    def seen(along, learning_rate):
        rates.append(learning_rate)
        return draw(along, learning_rate=learning_rate)

    monkeypatch.setattr(plots, "error_along_direction", seen)
    net = tw.mlp(3, 4, 2)
    render_diagnosis(tw.diagnose_network(net, "mse", net.init(0), P, T, rule))
    assert rates == [drawn]


def test_of_many_examples_the_surface_says_of_how_many_it_is(undrawn):
    net = tw.mlp(3, 2, 2)
    P13, T13 = np.tile(P, (13, 1)), np.tile(T, (13, 1))
    for rows, told in ((501, True), (500, False)):
        page = render_diagnosis(tw.diagnose_network(net, "mse", net.init(0), P13[:rows], T13[:rows]))
        assert ("The error is that of 500 examples." in page) == told


def test_names_are_shown_as_they_are_written():
    names = ["<b>", "$x$", "$\\frac{$", "{{ 7*191 }}"]
    net = tw.Network({"p": 3}, [*(tw.Layer(name, 4, "tanh") for name in names), tw.Layer("out", 2)])
    found = tw.diagnose_network(net, "mse", net.unravel(30.0 * net.ravel(net.init(0))), P, T)
    found = dataclasses.replace(found, notes=(ATTACK,), rule=ATTACK, learning_rate=0.1, loss=ATTACK)
    page = Page(render_diagnosis(found, title=ATTACK, subtitle=ATTACK, versions=((ATTACK, ATTACK),)))
    assert not {"script", "b", "img"} & set(page.tags)
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert page.text.count(ATTACK) >= 7
    for name in names:
        assert page.text.count(name) >= 2
    assert "1337" not in page.text


def test_nothing_comes_from_elsewhere(page_of_wild):
    text = page_of_wild
    page = Page(text)
    assert not {"script", "link", "iframe", "object"} & set(page.tags)
    assert re.findall(r"url\((?!#)", text) == []
    assert all(v.startswith(("#", "data:")) for name, v in page.attributes if name in ("src", "href", "xlink:href"))
    assert len(text.encode()) < 500_000


def test_identifiers_are_unique(page_of_wild):
    identifiers = [value for name, value in Page(page_of_wild).attributes if name == "id"]
    assert len(identifiers) == len(set(identifiers)) > 4


@pytest.mark.thorough  # as test_report.py has it of another page
def test_the_same_diagnosis_is_the_same_page(wild, page_of_wild):
    again = render_diagnosis(wild, title="wine", subtitle="of wine.csv", versions=[("Thalweg", "1")])
    assert again == page_of_wild


def test_written_whole_or_not_at_all(undrawn, tmp_path, tame, monkeypatch):
    path = tmp_path / "wine.diagnosis.html"
    write_diagnosis(path, tame, title="Größe \ud800")
    before = path.read_bytes()
    assert "Größe ?" in before.decode()
    with pytest.raises(FileError, match=r"cannot write the diagnosis .*missing.*there is no folder"):
        write_diagnosis(tmp_path / "missing" / "wine.html", tame)
    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(FileError, match="cannot write the diagnosis"):
        write_diagnosis(path, tame, title="another")
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["wine.diagnosis.html"]


def refuse(*given):
    raise OSError(28, "no space left")
