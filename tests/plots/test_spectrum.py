"""Spectra: what the axes hold, and what is said of gradient descent."""

import numpy as np
import pytest
from figures import assert_whole, legend, named, texts
from matplotlib.figure import Figure

import thalweg as tw
from thalweg.core.curvature import hessian
from thalweg.errors import DataError
from thalweg.plots import sort_spectrum, spectrum


def test_the_points_are_the_sizes_of_the_eigenvalues_from_the_largest():
    ax = spectrum([-2.0, 5.0, 0.1, -0.03]).axes[0]
    np.testing.assert_array_equal(named(ax, "2 positive").get_xydata(), [[1, 5], [2, 0.1]])
    np.testing.assert_array_equal(named(ax, "2 negative").get_xydata(), [[3, 0.03], [4, 2]])
    assert ax.get_yscale() == "log"
    assert named(ax, "2 positive").get_marker() != named(ax, "2 negative").get_marker()
    assert named(ax, "2 positive").get_color() != named(ax, "2 negative").get_color()
    assert legend(ax) == ["2 positive", "2 negative"]


def test_zeros_stand_on_the_lower_edge():
    ax = spectrum([3.0, 1e-13, 0.0, -1e-14, -0.5]).axes[0]
    zeros = named(ax, "3 zero")
    np.testing.assert_array_equal(zeros.get_xdata(), [2, 3, 4])
    assert set(zeros.get_ydata()) == {ax.get_ylim()[0]}
    assert ax.get_ylim()[0] < 0.5


def test_what_is_said_of_a_networks_hessian(reference):
    net = tw.Network({"p": 2}, [tw.Layer("out", 1, bias=False)])
    random = np.random.default_rng(0)
    P, T = random.normal(size=(20, 2)), random.normal(size=(20, 1))
    H = hessian(net, tw.losses.SSE(), net.init(0), {"p": P}, T)
    told = sort_spectrum(np.linalg.eigvalsh(H))
    values = np.linalg.svd(P, compute_uv=False) ** 2 * 2  # of 2 PᵀP
    np.testing.assert_allclose(told.eigenvalues, values)
    assert told.largest_stable_rate == pytest.approx(2 / values[0])
    assert told.condition == pytest.approx(np.linalg.cond(P) ** 2)
    (words,) = texts(spectrum(told.eigenvalues).axes[0])
    assert f"2/λmax = {2 / values[0]:.3g}" in words
    assert f"λmax/λmin = {values[0] / values[1]:.3g}" in words


def test_without_a_positive_eigenvalue_no_rate_is_stable():
    assert sort_spectrum([-1.0, -2.0]).largest_stable_rate is None
    assert sort_spectrum([4.0, -9.0]).largest_stable_rate == 0.5
    assert sort_spectrum([4.0, -9.0]).condition is None
    (words,) = texts(spectrum([-1.0, -2.0]).axes[0])
    assert words == "λ from −1 to −2"


@pytest.mark.parametrize(
    "values", [[0.0, 0.0], [-3.0], [1e-300, 1e300], [1e-320], [1.0] * 5, list(np.logspace(-9, 2, 2000))]
)
def test_odd_spectra_can_be_rendered(values):
    figure = spectrum(values)
    assert_whole(figure)
    assert sum(len(line.get_xdata()) for line in figure.axes[0].lines) == len(values)


def test_many_points_become_a_picture():
    assert spectrum(np.arange(1.0, 502)).axes[0].lines[0].get_rasterized()
    assert not spectrum(np.arange(1.0, 501)).axes[0].lines[0].get_rasterized()


def test_axes_of_another_figure():
    figure = Figure()
    assert spectrum([1.0], ax=figure.add_subplot()) is figure


def test_the_ends_of_a_spectrum_are_told_as_such():
    figure = spectrum([4.0, 2.0, 0.5], of=1000)
    ax = figure.axes[0]
    assert ax.get_xlabel() == "some of 1,000 eigenvalues"
    assert ax.get_title(loc="left") == "Ends of the Hessian's spectrum"
    (words,) = texts(ax)
    assert words == "λ from 4 to 0.5\nlargest stable learning rate 2/λmax = 0.5", "what lies between is not known"
    assert_whole(figure)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["positive"], "those between are not counted"
    whole = spectrum([4.0, 2.0, 0.5], of=3).axes[0]
    assert whole.get_xlabel() == "eigenvalue, from the largest"
    assert whole.get_title(loc="left") == "Spectrum of the Hessian"
    assert "λmax/λmin = 8" in texts(whole)[0]
    with pytest.raises(DataError, match="of is 2; it must be at least the 3 eigenvalues that are given"):
        spectrum([4.0, 2.0, 0.5], of=2)


def test_the_two_ends_of_a_found_spectrum_stand_apart():
    import thalweg as tw

    net = tw.mlp(2, 4, 1)
    P = np.random.default_rng(0).normal(size=(20, 2))
    found = tw.curvature_spectrum(net, "mse", net.init(0), P, P[:, :1], largest=3, smallest=2)
    figure = spectrum(found)
    ax = figure.axes[0]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2", "3", "16", "17"]
    marked = sorted((x, y) for line in ax.lines[:-1] for x, y in line.get_xydata())
    np.testing.assert_allclose(marked, list(zip([1, 2, 3, 5, 6], abs(found.eigenvalues), strict=True)))
    assert ax.get_title(loc="left") == "Ends of the Hessian's spectrum"
    assert_whole(figure)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "one or more, not"),
        (np.eye(2), r"numpy.linalg.eigvalsh\(A\)"),
        ([1.0, np.nan], "eigenvalue 2 is not"),
        ([1.0 + 2j], "complex"),
    ],
)
def test_mistakes(values, words):
    with pytest.raises(DataError, match=words):
        spectrum(values)
