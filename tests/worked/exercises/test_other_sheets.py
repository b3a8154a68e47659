"""Whose sheet numbers are of: of the student's own, of another's, of nobody's."""

from thalweg.worked.exercises.other_sheets import sheet_of


def test_numbers_are_of_the_sheet_that_most_of_them_fit(two):
    tasks = {task.number: task for task in two.tasks}
    own, other = (dict(list(tasks[number].key.items())) for number in (1, 2))
    blanks = two.tasks[0].asked.blanks
    assert sheet_of(1, {id_: own[id_] for id_ in blanks}, tasks) is None
    found = sheet_of(1, {id_: other[id_] for id_ in blanks}, tasks)
    assert found is not None
    assert found[0] == 2
    assert found[1] > len(blanks) / 2
    turned = {id_: -other[id_] if k % 2 else 9.0 for k, id_ in enumerate(blanks)}
    assert sheet_of(1, turned, tasks) is None
    assert sheet_of(1, dict.fromkeys(blanks, 0.0), tasks) is None
    assert sheet_of(1, {blanks[0]: other[blanks[0]]}, tasks) is None
