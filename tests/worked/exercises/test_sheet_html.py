"""The page: driven as a student would, in a browser; what it judges is what `grade` judges."""

import csv
import io
import re

import pytest
from step_files import CHAIN, written
from student_by_hand import Student

from thalweg.worked.exercises.exercise import exercise
from thalweg.worked.step_file import read_step_file


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
    "plant", [(None, None), ("sensitivity:out[0]", "derivative"), ("sensitivity:hidden[0]", "stale")]
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
