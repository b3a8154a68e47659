"""The report as a page: read by a parser, as a browser would."""

import dataclasses
import re

import numpy as np
import pytest
from read_page import ATTACK, Page
from sklearn import metrics

from thalweg.errors import ArgumentError, FileError
from thalweg.reports.page import PageFigure
from thalweg.reports.report import Report, render_report, write_report
from thalweg.tables.scores import RegressionScores, classification_scores


def classification(classes=("barolo", "barbera", "grignolino"), rows=40):
    random = np.random.default_rng(0)
    actual, predicted = random.integers(0, len(classes), (2, rows))
    return classification_scores(
        [classes[index] for index in actual],
        [classes[index] for index in predicted],
        random.dirichlet(np.ones(len(classes)), rows),
        classes,
    )


def report(**changes):
    return dataclasses.replace(
        Report(
            title="wine",
            subtitle="wine.csv, target cultivar",
            task="Classification, because cultivar holds 3 names.",
            scores=classification(),
            loss=[1.0, 0.5, 0.25, 0.2],
            validation_loss=[1.1, 0.7, 0.4, 0.45],
            loss_name="cross_entropy",
            best_epoch=3,
            epochs=4,
            stopped_because="no better validation loss for 1 epoch",
            seconds=75.2,
            engine="numpy",
            columns=(("alcohol", "number", 1, "mean 13"), ("region", "category", 5, "north, south")),
            notes=("Column 'id' was dropped.",),
            split=(("train", 1124), ("test", 40)),
            layers=(("layer1", 64, "relu", "input", 896), ("layer2", 3, "softmax", "layer1", 195)),
            settings=(("optimizer", "Adam"), ("seed", "0")),
            versions=(("thalweg", "0.1.0"), ("NumPy", "2.4")),
        ),
        **changes,
    )


@pytest.fixture
def undrawn(monkeypatch):
    """Figures are made, but not written as SVG, which takes most of the time."""
    monkeypatch.setattr(
        "thalweg.reports.report.drawn",
        lambda figure, name, title, caption: PageFigure("<svg></svg>", f"{title}. {caption}", False),
    )


def regression(count=30, **changes):
    actual = np.random.default_rng(0).normal(size=count)
    scores = RegressionScores(count, 1.5, 1.25, 0.875)
    return report(scores=scores, actual=actual, predicted=actual * 0.9, **changes)


@pytest.fixture(scope="module")
def pages():
    """The text of a page of each kind."""
    return [render_report(one) for one in (report(), binary(), regression(1000, scores_part="held-out"))]


def test_a_classification_is_told(undrawn):
    page = Page(render_report(report()))
    for words in (
        "wine.csv, target cultivar", "Classification, because", "accuracy", "log loss", "precision", "grignolino",
        "1,164 rows: train 1,124, test 40.", "2 columns make 6 features.", "region category 5 north, south",
        "Column 'id' was dropped.", "layer1 64 relu input 896", "1,091 parameters", "optimizer Adam", "seed 0",
        "Stopped no better validation loss for 1 epoch", "Best epoch 3 (validation loss 0.4)", "Epochs 4",
        "Time 1 min 15 s", "Engine numpy", "Made by thalweg 0.1.0, NumPy 2.4.", "examples, test part 40",
    ):  # fmt: skip
        assert words in page.text
    assert page.tags.count("svg") == 2
    assert "Confusion matrix of the test part" in page.text


def test_each_class_has_its_row(undrawn):
    scores = classification()
    page = Page(render_report(report(scores=scores)))
    for row in zip(scores.classes, scores.precision, scores.recall, scores.f1, scores.support, strict=True):
        assert "{} {:.3f} {:.3f} {:.3f} {}".format(*row) in page.text


def test_the_classes_most_often_taken_for_others_are_named(undrawn):
    predicted = ["b", "b", "a", "c", "c", "c"]
    scores = classification_scores(["a", "a", "a", "b", "c", "c"], predicted, np.full((6, 3), 1 / 3), ["a", "b", "c"])
    assert "Most often taken for another: a for b (2), b for c (1)." in Page(render_report(report(scores=scores))).text
    right = classification_scores(["a", "b"], ["a", "b"], np.eye(2), ["a", "b"])
    assert "None was taken for another." in Page(render_report(report(scores=right))).text


def test_a_regression_is_told(pages, undrawn):
    page = Page(pages[2])
    for words in (
        "RMSE 1.5", "MAE 1.25", "R² 0.875", "Predicted against actual values of the held-out part",
        "Errors of the held-out part", "1,000 examples, standard deviation",
    ):  # fmt: skip
        assert words in page.text
    assert page.tags.count("svg") == 3
    assert "precision" not in page.text
    assert Page(render_report(report(scores=RegressionScores(1, 1.5, 1.5, None)))).tags.count("svg") == 1


def binary(actual=("a", "b") * 20, **changes):
    chances = np.random.default_rng(0).dirichlet(np.ones(2), len(actual))
    predicted = [("a", "b")[index] for index in chances.argmax(axis=1)]
    scores = classification_scores(actual, predicted, chances, ("a", "b"))
    return report(**{"scores": scores, "actual": actual, "probabilities": chances, **changes})


def test_two_classes_are_ranked_and_their_probabilities_judged(pages):
    page = Page(pages[1])
    for words in ("ROC curve of the test part", "an example of b is given a higher", "Calibration of the test part"):
        assert words in page.text
    assert page.tags.count("svg") == 4
    area = metrics.roc_auc_score([label == "b" for label in binary().actual], binary().probabilities[:, 1])
    assert f"b (AUC {area:.3f})" in page.text


def test_of_one_class_alone_there_is_no_roc(undrawn):
    page = Page(render_report(binary(actual=("a",) * 20)))
    assert "ROC" not in page.text
    assert "Calibration of the test part" in page.text


def test_without_probabilities_or_of_several_classes_there_is_the_matrix_alone(undrawn):
    assert Page(render_report(binary(probabilities=None))).tags.count("svg") == 2
    assert "Calibration" not in Page(render_report(report(actual=["barolo"] * 40))).text


def test_without_a_test_part_the_page_says_so(undrawn):
    page = Page(render_report(report(scores=None)))
    assert "There is no test part, so there are no scores." in page.text
    assert page.tags.count("svg") == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"loss": [], "validation_loss": None, "best_epoch": None, "epochs": 0}, "Epochs 0"),
        ({"settings": (("l2 penalty", "0.001"),)}, "the training loss has the l2 penalty, the validation loss has not"),
        ({"best_epoch": 0}, "Best epoch none: the parameters before training were the best"),
        ({"validation_loss": None}, "Best epoch 3 (training loss 0.25)"),
        ({"loss": np.array([1.0, 0.5]), "validation_loss": np.array([1.0, 0.5]), "best_epoch": 2}, "epoch 2 was the"),
        ({"columns": (), "notes": (), "split": (), "layers": (), "settings": (), "versions": ()}, "Made by Thalweg."),
        ({"columns": tuple((f"c{k}", "number", 1, "") for k in range(202))}, "and 2 more."),
    ],
)
def test_unusual_runs(undrawn, changes, words):
    assert words in Page(render_report(report(**changes))).text


def test_losses_that_are_no_numbers_are_left_out_of_the_curves():
    page = Page(render_report(report(loss=[1.0, float("nan")], validation_loss=None, best_epoch=1)))
    assert "1 non-finite loss is left out" in page.text


def test_every_text_of_a_user_is_shown_as_it_is_written():
    texts = dict.fromkeys(("title", "subtitle", "task", "loss_name", "stopped_because", "engine"), ATTACK)
    page = Page(
        render_report(
            report(
                **texts,
                scores=classification((ATTACK, "b")),
                scores_part=ATTACK,
                columns=((ATTACK, ATTACK, 1, ATTACK),),
                notes=(ATTACK,),
                split=((ATTACK, 1),),
                layers=((ATTACK, 1, ATTACK, ATTACK, 1),),
                settings=((ATTACK, ATTACK),),
                versions=((ATTACK, ATTACK),),
            )
        )
    )
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert not any(name.startswith("on") for name, _ in page.attributes)
    assert page.text.count("alert(1)") >= 20
    assert "49" not in page.text


def test_nothing_comes_from_elsewhere(pages):
    for text in pages:
        page = Page(text)
        assert not {"script", "link", "iframe", "object", "img"} & set(page.tags)
        sources = [value for name, value in page.attributes if name in ("src", "href")]
        assert sources
        assert all(value.startswith(("#", "data:")) for value in sources)
        assert "@import" not in text
        assert re.findall(r"url\((?!#)", text) == []


def test_identifiers_are_unique(pages):
    identifiers = [value for name, value in Page(pages[1]).attributes if name == "id"]
    assert len(identifiers) == len(set(identifiers)) > 4


def test_the_same_report_is_the_same_page(pages):
    assert render_report(regression(1000, scores_part="held-out")) == pages[2]


def test_large_reports_stay_small():
    classes = tuple(f"a class with a long name, number {index}" for index in range(30))
    losses = list(1 + np.random.default_rng(0).random(20_000))
    large = report(scores=classification(classes, 3000), loss=losses, validation_loss=losses, epochs=20_000)
    assert len(render_report(large).encode()) < 500_000
    assert len(render_report(regression(20_000)).encode()) < 450_000
    many = binary(actual=("a", "b") * 20_000)
    assert len(render_report(many).encode()) < 450_000


def test_thousands_of_classes_and_columns_stay_legible(undrawn):
    """Field case h29-predict-memory: the worst and the most frequent are told, and how many more there are."""
    columns = tuple((f"column {k}", "numeric", 1, "mean 0") for k in range(5000))
    page = render_report(report(scores=classification(tuple(f"c{k}" for k in range(600)), 3000), columns=columns))
    assert page.count('<th scope="row">c') == 50 + 200
    assert "and 550 more" in page
    assert "and 4,800 more" in page
    assert "Most often taken for another" in page
    assert len(page.encode()) < 200_000


def test_written_whole_or_not_at_all(undrawn, tmp_path):
    path = tmp_path / "wine.report.html"
    write_report(path, report(title="Größe \ud800"))
    assert "Größe ?" in path.read_text(encoding="utf-8")
    with pytest.raises(FileError, match=r"cannot write the report .*missing.*there is no folder"):
        write_report(tmp_path / "missing" / "wine.report.html", report())
    with pytest.raises(ArgumentError, match="best_epoch"):
        write_report(path, report(best_epoch=99))
    assert "Größe ?" in path.read_text(encoding="utf-8")
    assert [entry.name for entry in tmp_path.iterdir()] == ["wine.report.html"]
