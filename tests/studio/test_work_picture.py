"""The picture of the room Work: its data change, and it tells what is asked of it."""

import json

import pytest

from thalweg.studio.work_picture import WorkPicture
from thalweg.worked.step_files.gallery import gallery_step

pytest.importorskip("anywidget", reason="anywidget is not installed: the extra studio")


def made(asked, left):
    steps = gallery_step("aifh_xor_online").run()
    return steps, WorkPicture(steps, None, ["aifh", "ncsu"], asked.append, left.append, {"line": 3, "step": 1}, {})


def test_a_notation_is_asked_for_and_comes_with_other_data():
    asked, left = [], []
    steps, picture = made(asked, left)
    assert [one["name"] for one in picture.data["offered"]] == ["aifh", "ncsu"]
    assert [one["name"] for one in picture.data["notations"]] == ["aifh"]
    assert (picture.line, picture.step) == (3, 1)
    picture.wanted = "ncsu"
    assert asked == ["ncsu"]
    before = json.dumps(picture.data)
    show = picture.rewritten(steps[:1], picture.kind_of("ncsu"), {"digits": 3}, 0)
    assert json.dumps(picture.data) == before
    show()
    assert (picture.data["notation"], picture.data["digits"], len(picture.data["steps"])) == ("ncsu", 3, 1)
    assert picture.kind_of("nnd") is None


def test_leaving_its_steps_is_told_with_the_way():
    asked, left = [], []
    _, picture = made(asked, left)
    for count, by in ((1, 1), (2, 1), (3, -1)):  # counted, as the page does
        picture.beyond = by * count
    assert left == [1, 1, -1]
