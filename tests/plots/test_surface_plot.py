"""Contours of an error surface: what the axes hold."""

import dataclasses
import itertools

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import thalweg as tw
from thalweg.plots import error_surface

NET = tw.Network({"p": 2}, [tw.Layer("a", 1, bias=False)])
P, T = np.array([[-4.0, 2.0], [1.0, 2.0]]), np.array([[-1.0], [1.0]])  # NND P3.3
A, MINIMUM = np.array([[34.0, -12.0], [-12.0, 16.0]]), np.array([0.4, 0.3])
START = NET.unravel(np.array([1.0, 1.0]))
WEIGHTS = ("a[0,0]", "a[0,1]")


def surface(rules=(), params=START, **given):
    taken = [tw.trajectory(NET, "sse", START, P, T, rule, steps=30, name=name) for name, rule in rules]
    return tw.error_surface(NET, "sse", params, P, T, WEIGHTS, trajectories=taken, **given)


def labels(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def named(figure, label):
    (line,) = [line for line in figure.axes[0].lines if str(line.get_label()).startswith(label)]
    return line


def contours(figure):
    """The filled contours and the lines."""
    filled, lines = [c for c in figure.axes[0].collections if hasattr(c, "levels")]
    return filled, lines


def test_the_lines_are_where_the_error_has_their_level():
    figure = error_surface(surface(span=(-1, 2), points=200))
    _, lines = contours(figure)
    checked = 0
    for level, path in zip(lines.levels, lines.get_paths(), strict=True):
        for x in path.vertices:
            F = 0.5 * (x - MINIMUM) @ A @ (x - MINIMUM)
            assert pytest.approx(level, rel=0.02, abs=0.02) == F
            checked += 1
    assert checked > 1000


def test_levels_rise_and_are_logarithmic_over_decades():
    for span, logarithmic in (((-1, 2), True), ((3, 4), False)):
        levels = contours(error_surface(surface(span=span)))[0].levels
        steps = np.diff(np.log(levels)) if logarithmic else np.diff(np.sqrt(levels - levels[0]))
        assert (np.diff(levels) > 0).all()
        np.testing.assert_allclose(steps, steps[0], rtol=1e-6)
        bar = error_surface(surface(span=span)).axes[1]
        assert bar.get_ylabel() == "error (sse)" + (", logarithmic levels" if logarithmic else "")


def test_the_marks_of_a_narrow_scale_are_told_apart():
    """Errors that differ by a part in ten thousand were marked 0.614 and 0.614."""
    bar = error_surface(surface(span=(3, 3.0005))).axes[1]
    marks = [text.get_text() for text in bar.get_yticklabels()]
    assert len(set(marks)) == len(marks) >= 5
    np.testing.assert_allclose([float(mark) for mark in marks], bar.get_yticks(), rtol=1e-3)


def test_paths_start_and_minimum():
    over = surface([("gd", tw.GradientDescent(0.01)), ("adam", tw.Adam(0.05))])
    figure = error_surface(over)
    for path in over.paths:
        np.testing.assert_array_equal(named(figure, path.name).get_xydata(), path.points)
    np.testing.assert_array_equal(named(figure, "start").get_xydata(), [[1.0, 1.0]])
    np.testing.assert_allclose(named(figure, "minimum").get_xydata(), [MINIMUM], atol=1e-6)
    assert labels(figure)[0] == f"gd, ends at {over.paths[0].F[-1]:.3g}"
    assert labels(figure)[2:] == ["start", "minimum: 0"]
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == WEIGHTS
    assert not figure.axes[0].texts  # nothing is left out, and nothing needs an explanation


def test_paths_differ_in_colour_dashes_and_marks():
    over = surface([(f"gd {rate}", tw.GradientDescent(rate)) for rate in (0.01, 0.02, 0.03, 0.04, 0.045)])
    lines = [named(error_surface(over), f"{path.name},") for path in over.paths]
    for one, other in itertools.combinations(lines, 2):
        assert one.get_color() != other.get_color()
        assert one.get_marker() != other.get_marker()
        assert one.get_linestyle() != other.get_linestyle() or one._dash_pattern != other._dash_pattern


def test_a_diverging_path_says_so():
    over = surface([("gd", tw.GradientDescent(1e30))])
    assert labels(error_surface(over))[0].startswith("gd, diverges after ")
    assert labels(error_surface(surface([("lm", tw.LevenbergMarquardt())])))[0].startswith("lm, stalls at ")


def test_without_paths_the_parameters_are_marked():
    figure = error_surface(surface(span=((2, 3), (2, 3))))
    np.testing.assert_array_equal(named(figure, "parameters").get_xydata(), [[1.0, 1.0]])
    assert labels(figure)[1].startswith("lowest shown: ")


def test_eigenvectors():
    over = surface(params=NET.unravel(MINIMUM), span=(-1, 2))
    figure = error_surface(over, eigenvectors=True)
    texts = {text.get_text(): text for text in figure.axes[0].texts if text.get_text()}
    assert set(texts) == {"λ = 10", "λ = 40"}
    for name, eigenvalue in (("λ = 10", 10.0), ("λ = 40", 40.0)):
        direction = np.array(texts[name].xy) - MINIMUM
        np.testing.assert_allclose(A @ direction, eigenvalue * direction, rtol=1e-9)


def test_what_is_not_finite_is_hatched_and_told():
    over = surface(span=(-1, 2), points=20)
    F = over.F.copy()
    F[:, :10] = np.nan
    figure = error_surface(dataclasses.replace(over, F=F))
    assert figure.axes[0].patch.get_hatch() == "///"
    assert figure.axes[0].texts[0].get_text() == "Hatched: not finite (50 %)"
    assert (contours(figure)[1].get_paths()[5].vertices[:, 0] >= over.first[10]).all()


def test_what_lies_in_the_plane_is_told():
    net = tw.mlp(2, 3, 1, hidden="tanh")
    taken = [tw.trajectory(net, "mse", net.init(0), P, T, rule, steps=20) for rule in ("gd", tw.Adam(0.05))]
    over = tw.error_surface(net, "mse", net.init(0), P, T, ("layer1[0,0]", "layer2[0]"), trajectories=taken, points=9)
    shares = sorted(100 * path.share for path in over.paths)
    (told,) = [text.get_text() for text in error_surface(over).axes[0].texts]
    assert (
        told == f"The paths leave this plane: {shares[0]:.0f} to {shares[1]:.0f} % of their squared length lies in it"
    )


def test_equal_units_where_the_ranges_are_alike():
    assert error_surface(surface(span=(-1, 2))).axes[0].get_aspect() == 1.0
    assert error_surface(surface(span=((-1, 2), (-100, 100)))).axes[0].get_aspect() == "auto"


@pytest.mark.parametrize("F", [np.full((4, 4), 7.0), np.eye(4) * 1e300, -np.arange(16.0).reshape(4, 4)])
def test_odd_surfaces_can_be_rendered(F):
    over = dataclasses.replace(surface(span=(-1, 2), points=4), F=F, F_minimum=float(F.min()))
    figure = error_surface(over)
    FigureCanvasAgg(figure).draw()
    assert (np.diff(contours(figure)[0].levels) > 0).all()


def test_nothing_to_draw():
    over = surface(span=(-1, 2), points=4)
    for F in (np.full((4, 4), np.nan), np.full((4, 4), 1e201)):
        with pytest.raises(tw.DataError, match="nothing can be drawn"):
            error_surface(dataclasses.replace(over, F=F))


def test_axes_of_another_figure():
    whole = Figure()
    left, _ = whole.subfigures(1, 2)
    ax = left.add_subplot()
    assert error_surface(surface(), ax=ax) is whole
    assert len(ax.lines) == 2


def test_too_many_paths():
    over = surface([(f"gd {k}", tw.GradientDescent(0.01)) for k in range(6)])
    with pytest.raises(tw.ArgumentError, match="6 paths cannot be told apart: draw at most 5"):
        error_surface(over)
