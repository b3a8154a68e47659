"""The page: driven as a student would, in a browser; what it judges is what `grade` judges."""

import csv
import io
import re

import pytest
from step_files import CHAIN, written
from student_by_hand import Student

from thalweg.worked.exercises.exercise import exercise
from thalweg.worked.step_files.file import read_step_file


def typed(window, path, page, number, answers):
    path.write_text(page, encoding="utf-8")
    window.goto(path.as_uri())
    if window.query_selector("#who"):
        window.select_option("#who", str(number))
    for line, text in answers.items():
        window.fill(f'[data-student="{number}"] input[data-id="{line}"]', text)
    section = f'[data-student="{number}"] label.row'
    return window.eval_on_selector_all(
        section,
        "rows => rows.map(row => [row.querySelector('input').dataset.id, row.querySelector('.said').className, "
        "row.querySelector('.said').textContent])",
    )


VERDICTS = {"right": "right", "follow-on": "follow", "wrong": "wrong", "again": "wrong"}


@pytest.mark.parametrize(
    "plant",
    [
        (None, None),
        ("sensitivity:out[0]", "derivative"),
        pytest.param(("sensitivity:hidden[0]", "stale"), marks=pytest.mark.thorough),
    ],
)
def test_the_page_judges_as_grading_does(two, window, tmp_path, plant):
    task = two.tasks[1]
    said = Student(task.step, 4, "lines", *plant).work()
    answers = {blank: said[blank] for blank in task.asked.blanks}
    told = task.judge(answers)
    texts = {blank: f"{value:.4f}".replace(".", ",") for blank, value in answers.items()}
    found = typed(window, tmp_path / "sheet.html", two.sheet("html"), 2, texts)
    assert [(line, kind.split()[-1]) for line, kind, _ in found] == [
        (line.id, VERDICTS[line.verdict]) for line in told.lines
    ]
    for judged, (_, _, words) in zip(told.lines, found, strict=True):
        if judged.verdict == "wrong":
            assert judged.words in words
    assert window.inner_text("#count") == f"{told.points} of {len(told.lines)} right"


def test_a_wrong_error_is_gone_on_with_and_zeros_earn_nothing(window, tmp_path):
    made = exercise(read_step_file(written(tmp_path, CHAIN)), "errors:out[0],sensitivities:out[0]", seed=1)
    (task,) = made.tasks
    turned = {blank: f"{-task.key[blank]:.4f}".replace("-", "\uff0d") for blank in task.asked.blanks}
    for answers in (turned, dict.fromkeys(turned, "0")):
        section = typed(window, tmp_path / "sheet.html", made.sheet("html"), 1, answers)
        told = task.judge({blank: float(text.replace("\uff0d", "-")) for blank, text in answers.items()})
        kinds = [VERDICTS[line.verdict] for line in told.lines]
        assert [kind.split()[-1] for _, kind, _ in section] == kinds == ["wrong", "follow"]
        assert window.inner_text("#count") == f"{told.points} of 2 right"


def test_a_mistake_that_is_there_again_keeps_its_point(two, window, tmp_path):
    """Page and grading count alike."""
    task = two.tasks[0]
    work = Student(task.step, 4).work()
    said = {blank: work[blank] for blank in task.asked.blanks}
    for i in (0, 1):
        column = task.step.params["out"].weights["hidden"][:, i]
        said[f"sensitivity:hidden[{i}]"] = sum(w * work[f"sensitivity:out[{k}]"] for k, w in enumerate(column))
        said[f"delta:hidden[{i}]"] = -work[f"delta:hidden[{i}]"]
    told = task.judge(said)
    verdicts = [line.verdict for line in told.lines]
    again = verdicts.count("again")
    assert again >= 1
    texts = {blank: f"{value:.4f}" for blank, value in said.items()}
    found = typed(window, tmp_path / "sheet.html", two.sheet("html"), 1, texts)
    for judged, (_, kind, words) in zip(told.lines, found, strict=True):
        assert kind.split()[-1] == VERDICTS[judged.verdict]
        assert words.startswith("the same mistake again") == (judged.verdict == "again")
    right = len(verdicts) - verdicts.count("wrong") - again
    count = f"{right} of {len(told.lines)} right; the same mistake counts once: {right + again} points"
    assert window.inner_text("#count") == told.count == count
    assert told.points == right + again


def test_numbers_cut_off_and_lines_not_asked_are_judged_as_by_grading(window, tmp_path):
    file = read_step_file(written(tmp_path, CHAIN))
    made = exercise(file, "errors:out[0],updates", seed=1, round=3)
    (task,) = made.tasks
    turned = {blank: task.key[blank] for blank in task.asked.blanks}
    error = next(blank for blank in turned if blank.startswith("error"))
    turned[error] *= -1
    own = {blank: -value if blank.startswith("delta:out[0") else value for blank, value in turned.items()}
    cut = {blank: value + 0.001 * (k % 3 - 1) for k, (blank, value) in enumerate(task.key.items()) if blank in turned}
    for answers in (turned, own, cut):
        texts = {blank: f"{value:.3f}" for blank, value in answers.items()}
        told = task.judge({blank: float(text) for blank, text in texts.items()})
        found = typed(window, tmp_path / "sheet.html", made.sheet("html"), 1, texts)
        assert [kind.split()[-1] for _, kind, _ in found] == [VERDICTS[line.verdict] for line in told.lines]
        for judged, (_, _, words) in zip(told.lines, found, strict=True):
            assert judged.verdict != "wrong" or judged.words in words or words == "not right"
        assert window.inner_text("#count") == told.count


def test_words_are_told_and_judging_can_be_left_off(two, window, tmp_path):
    line = two.tasks[0].asked.blanks[0]
    ((_, kind, words), *_) = typed(window, tmp_path / "sheet.html", two.sheet("html"), 1, {line: "a half"})
    assert (kind, words) == ("said wrong", "no number")
    window.uncheck("#tell")
    assert window.eval_on_selector(".said", "one => one.textContent") == ""
    assert window.inner_text("#count").endswith("filled in")


def test_answers_are_saved_as_the_table_that_is_graded(two, window, tmp_path):
    line = two.tasks[0].asked.blanks[0]
    typed(window, tmp_path / "sheet.html", two.sheet("html"), 1, {line: "0,25"})
    with window.expect_download() as saved:
        window.click("#save")
    saved.value.save_as(tmp_path / "answers.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "answers.csv").read_text("utf-8-sig"))))
    assert [row["line"] for row in rows] == list(two.tasks[0].asked.blanks)
    assert (rows[0]["answer"], rows[0]["exercise"], rows[0]["name"]) == ("0,25", two.code, "Ada </h1>")


def test_in_print_every_student_has_a_page(two, window, tmp_path):
    path = tmp_path / "sheet.html"
    path.write_text(two.sheet("html"), encoding="utf-8")
    window.goto(path.as_uri())
    assert window.eval_on_selector_all(".sheet", "all => all.map(one => one.offsetHeight > 0)") == [True, False]
    window.emulate_media(media="print")
    assert window.eval_on_selector_all(".sheet", "all => all.map(one => one.offsetHeight > 0)") == [True, True]
    wide = window.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    window.emulate_media(media="screen")
    assert wide


def test_the_key_is_not_in_the_page_and_nothing_is_loaded(two):
    page = two.sheet("html")
    for task in two.tasks:
        for blank in task.asked.blanks:
            value = f"{abs(task.key[blank]):.4f}"
            assert not re.search(rf"(?<![\d.]){re.escape(value)}(?!\d)", page) or value in page.split("<script")[0]
    assert not re.search(r"(src|href)\s*=\s*[\"']?http", page)
    assert "<script>x</script>" not in page
    assert "</h1> " not in page.replace("</h1>\n", "")


def test_a_key_has_no_script_and_each_value(two):
    key = two.key("html")
    assert "<script" not in key
    values = [value.replace("−", "-") for value in re.findall(r"<strong>([−\d.e-]+)</strong>", key)]
    assert [float(value) for value in values] == [task.key[blank] for task in two.tasks for blank in task.asked.blanks]
