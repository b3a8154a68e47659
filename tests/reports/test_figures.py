"""The figures of a training: which ones there are, and that they show its numbers."""

import figures_of_pages
import numpy as np
import polars as pl
import pytest

import thalweg as tw
from thalweg.errors import FileError
from thalweg.reports.figures import FIGURES, draw_figures, figure_paths, training_figures
from thalweg.reports.report import render_report
from thalweg.reports.training_report import training_report
from thalweg.system import make_folder, write_together

ALWAYS = ["learning_curves", "network", "weights", "gradients"]
CLASSES = ["confusion_matrix", "roc", "precision_recall", "calibration"]
VALUES = ["predicted_against_actual", "error_histogram"]
BY_PART = ["regression", "errors_by_part"]
FAST = tw.Settings(hidden=(4,), epochs=3, engine="numpy")
RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(100, 30, 80), RANDOM.normal(size=80)


def table(target, **more):
    return pl.DataFrame({"width (mm)": X, "$height": Y, **more, "target": target})


def trained(target, settings=FAST, **more):
    return tw.train_table(table(target, **more), "target", settings)


TWO = np.where((X - 100) / 30 > Y, "above", "below").tolist()
THREE = [["a", "b", "c"][place] for place in RANDOM.integers(0, 3, 80)]


@pytest.mark.parametrize(
    ("target", "more", "expected"),
    [
        (TWO, {}, [*ALWAYS, *CLASSES, "decision_regions"]),
        (THREE, {}, [*ALWAYS, *CLASSES, "decision_regions"]),
        (TWO, {"third": Y * 2}, [*ALWAYS, *CLASSES]),
        (TWO, {"name": ["x", "y"] * 40}, [*ALWAYS, *CLASSES]),
        (X + Y, {}, [*ALWAYS, *VALUES, *BY_PART]),
    ],
    ids=["two classes", "three classes", "three columns", "a category", "a regression"],
)
def test_the_figures_fit_the_task(target, more, expected):
    figures = training_figures(trained(target, **more))
    assert list(figures) == expected
    assert all(draw().axes for draw in figures.values())


def test_without_a_test_part_there_are_no_scores_to_draw():
    bare = tw.Settings(hidden=(4,), epochs=3, engine="numpy", split="80/20/0")
    assert list(training_figures(trained(TWO, bare))) == [*ALWAYS, "decision_regions"]
    assert list(training_figures(trained(X + Y, bare))) == [*ALWAYS, *BY_PART]


def test_every_figure_has_its_place():
    assert set(FIGURES) == {*ALWAYS, *CLASSES, *VALUES, *BY_PART, "decision_regions", "training_state"}
    assert [path.name for path in figure_paths("here").values()] == [f"{name}.png" for name in FIGURES]


def test_the_test_part_is_what_is_drawn():
    told = trained(X + Y)
    figures = training_figures(told)
    points = figures["predicted_against_actual"]().axes[0].lines[1]
    np.testing.assert_array_equal(points.get_xydata(), np.column_stack([told.actual, told.prediction.values]))
    counts = [bar.get_height() for bar in figures["error_histogram"]().axes[0].patches]
    assert counts == np.histogram(told.actual - told.prediction.values, 20)[0].tolist()


def test_the_gradient_is_that_of_the_training_rows_at_the_parameters_that_are_left():
    told = trained(X + Y)
    part = told.prepared.train
    dtype = told.model.dtype
    _, found = tw.gradient(told.run.network, told.run.loss, told.run.params, part.P.astype(dtype), part.T.astype(dtype))
    expected = [f"rms {np.sqrt(np.mean(found[name].weights[s] ** 2)):.2g}"
                for name, s in (("layer1", "input"), ("layer2", "layer1"))]  # fmt: skip
    drawn = training_figures(told)["gradients"]().axes[0]
    assert [text.get_text() for text in drawn.texts[:2]] == expected


@pytest.mark.parametrize("gaps", [False, True])
def test_the_regions_are_in_the_units_of_the_table(gaps):
    height = [None if gaps and row % 9 == 0 else value for row, value in enumerate(Y.tolist())]
    width = [None if gaps and row % 7 == 0 else value for row, value in enumerate(X.tolist())]
    frame = table(TWO).with_columns(pl.Series("$height", height), pl.Series("width (mm)", width))
    told = tw.train_table(frame, "target", FAST)
    ax = training_figures(told)["decision_regions"]().axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("width (mm)", "$height")
    rows = told.prepared.test.rows
    drawn = np.concatenate([found.get_offsets() for found in ax.collections if found.get_label() in ("above", "below")])
    for axis, column in enumerate((width, height)):  # a value that is missing stands at the training median
        known = np.array([column[row] for row in rows if column[row] is not None])
        median = np.median([column[row] for row in told.prepared.train.rows if column[row] is not None])
        expected = np.append(known, [median] * (len(rows) - len(known)))
        np.testing.assert_allclose(np.sort(drawn[:, axis]), np.sort(expected))
    right = (told.prediction.values == told.actual).sum()
    assert ax.texts[0].get_text() == f"{right} of {len(rows)} examples lie in the region of their class"
    (image,) = ax.images
    left, _, bottom, top = image.get_extent()
    corner = pl.DataFrame({"width (mm)": [left + 1e-3], "$height": [bottom + (top - bottom) * 0.001]})
    said = told.model.predict_table(corner).values[0]
    assert image.get_array()[0, 0] == told.prepared.encoding.target.classes.index(said)


def test_they_are_written_as_pictures(tmp_path):
    """Of classes with letters that the font lacks, which is no warning."""
    folder = tmp_path / "new" / "deeper"
    drawn = draw_figures(folder, trained(["赤" if name == "above" else "白" for name in TWO]))
    assert not folder.exists()
    make_folder(folder)
    (folder / "roc.png").mkdir()
    with pytest.raises(FileError, match=r"cannot write the plot .*roc.png.*it is a folder"):
        write_together(drawn.contents)
    assert [path.name for path in folder.iterdir()] == ["roc.png"]
    (folder / "roc.png").rmdir()
    write_together(drawn.contents)
    paths = [content.path for content in drawn.contents]
    assert drawn.notes == ()
    assert [path.stem for path in paths] == [*ALWAYS, *CLASSES, "decision_regions"]
    assert {path.name for path in folder.iterdir()} == {path.name for path in paths}
    for path in paths:
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG")
        assert int.from_bytes(content[16:20], "big") > 300  # pixels wide
        assert len(content) < 1_000_000


@pytest.fixture
def unwritten(monkeypatch):
    """The figures are made, and not written as pictures by Matplotlib, most of the time."""
    monkeypatch.setattr("thalweg.reports.figures._as_png", lambda _: b"")


@pytest.mark.usefixtures("unwritten")
def test_a_figure_that_the_rows_do_not_make_is_left_out_with_a_note(tmp_path):
    frame = table(TWO)
    one = frame.filter(pl.col("target") == "above").head(4)
    drawn = draw_figures(tmp_path, tw.train_table(frame, "target", FAST, test=one))
    assert [content.path.stem for content in drawn.contents] == [
        *ALWAYS,
        "confusion_matrix",
        "calibration",
        "decision_regions",
    ]
    assert drawn.notes == (
        "roc.png is left out: actual holds one class only, 'above': give examples of two classes or more",
        "precision_recall.png is left out: actual holds one class only, 'above': give examples of two classes or more",
    )


@pytest.mark.usefixtures("unwritten")
def test_nothing_is_written_unless_all_is_drawn(tmp_path, monkeypatch):
    told = trained(TWO)

    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr("thalweg.plots.calibration", fail)
    with pytest.raises(MemoryError):
        draw_figures(tmp_path / "new", told)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot write the plots into"):
        make_folder(tmp_path / "file", purpose="plots")


RECORDED = tw.Settings(hidden=(4,), epochs=3, engine="numpy", optimizer="lm", record="all")


@pytest.fixture(scope="module")
def recorded():
    frame = table(X + Y).with_columns(other=pl.Series(X * Y))
    return tw.train_table(frame, ["target", "other"], RECORDED)


def test_what_was_recorded_is_drawn_with_the_test_curve(recorded):
    figures = training_figures(recorded)
    rows = figures["training_state"]().axes
    assert [ax.get_ylabel() for ax in rows] == ["gradient norm", "mu", "validation checks"]
    (test,) = [line for line in figures["learning_curves"]().axes[0].lines if line.get_label() == "test"]
    assert test.get_ydata().tolist() == recorded.run.history["test_loss"].tolist()


def test_every_part_is_drawn_in_the_units_of_the_targets(recorded):
    figures = training_figures(recorded)
    assert [name for name in figures if name.startswith("errors_by_part")] == [
        "errors_by_part_target", "errors_by_part_other",
    ]  # fmt: skip
    axes = figures["regression"]().axes
    assert [ax.get_title(loc="left") for ax in axes[:5]] == [
        "target: training", "target: validation", "target: test", "target: all", "other: training",
    ]  # fmt: skip
    drawn = next(line for line in axes[2].lines if line.get_label() == "examples").get_xydata()
    said = recorded.prediction.each[0].values
    np.testing.assert_allclose(drawn, np.column_stack([recorded.actual[:, 0], said]))
    counts = sum(bar.get_height() for bar in figures["errors_by_part_other"]().axes[0].patches)
    assert counts == 80


def test_the_record_of_a_table_is_in_its_model_and_its_steps_are_replayed(recorded, tmp_path):
    tw.save(recorded.model, tmp_path / "model.thalweg")
    told = tw.load(tmp_path / "model.thalweg").record
    assert told["settings"]["record"] == "all"
    assert told["history"]["mu"] == recorded.run.history["mu"].tolist()
    part = recorded.prepared.test
    error = recorded.run.predict(part.P) - part.T
    kept = recorded.run.kept_epoch
    assert recorded.run.history["test_loss"][kept - 1] == pytest.approx(np.mean(error**2), rel=1e-9)
    assert "to the bit" in " ".join(recorded.run.step(2).notes)


def test_the_page_has_what_was_recorded(recorded):
    page = render_report(training_report(recorded, "recorded"))
    assert "What each epoch recorded" in page
    assert "validation checks" in page
    with figures_of_pages.unwritten():
        assert "What each epoch recorded" not in render_report(training_report(trained(X + Y), "plain"))
