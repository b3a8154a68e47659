"""Sheets and keys as Markdown."""

import re


def test_a_sheet_has_blanks_and_a_key_their_values(two):
    sheet, key = two.sheet("markdown"), two.key("markdown")
    asked = sum(len(task.asked.blanks) for task in two.tasks)
    assert sheet.count(r"\_\_\_\_\_\_\_\_\_\_") == asked
    assert r"\_\_\_" not in key
    bold = [float(value) for value in re.findall(r"\\mathbf\{([^}]*)\}", key)]
    assert bold == [task.key[blank] for task in two.tasks for blank in task.asked.blanks]
    assert sheet.count("\n---\n") == 1
    assert "<script" not in sheet


def test_hints_are_shown_where_they_are_asked_for(two):
    assert two.sheet("markdown", hints=True).count(r"\partial F") > two.sheet("markdown").count(r"\partial F")
