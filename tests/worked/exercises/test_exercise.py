"""Exercises: answers that are neither trivial nor alike, the same for the same seed, and what one may ask for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from step_files import BATCH, CHAIN, SOFTMAX, written
from student_by_hand import Student

from thalweg.errors import ArgumentError
from thalweg.worked import Exercise, exercise
from thalweg.worked.exercises.exercise import names_of
from thalweg.worked.step_files.file import read_step_file


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    texts = {"chain": CHAIN, "softmax": SOFTMAX, "batch": BATCH}
    return {name: read_step_file(written(folder, text, f"{name}.toml")) for name, text in texts.items()}


@given(st.integers(0, 100_000), st.sampled_from(["chain", "softmax", "batch"]))
@settings(max_examples=6, deadline=None)
def test_answers_are_never_trivial(files, seed, name):
    (task,) = exercise(files[name], "net_inputs,outputs,sensitivities", seed=seed).tasks
    for blank in task.asked.blanks:
        value = abs(task.key[blank])
        told = any(task.ledger.names.texts[blank] in flaw for flaw in task.flaws)
        assert told or (value > 0.0009 and abs(value - 1) > 5e-5), (blank, value)
    step = task.step
    for layer in step.network.layers[:-1]:
        n, a = step.passed.net_inputs[layer.name], step.passed.outputs[layer.name]
        assert (np.abs(layer.activation.backpropagate(n, a, np.ones_like(n))) > 0.02).all()


def test_a_student_who_works_by_hand_has_the_key(files):
    """What is drawn is worked by plain loops, rounded line by line: the same numbers as in the key, within a unit."""
    for name in files:
        (task,) = exercise(files[name], "all", seed=3, round=4).tasks
        said = Student(task.step, 4).work()
        for blank in task.asked.blanks:
            if blank in said:
                assert abs(said[blank] - task.key[blank]) < 3e-4, (name, blank)
        told = task.judge({blank: said[blank] for blank in task.asked.blanks if blank in said})
        assert told.first_wrong is None


def test_every_planted_mistake_is_told_from_the_right_answer(files):
    (task,) = exercise(files["chain"], "net_inputs,outputs,derivatives,sensitivities", seed=1, round=4).tasks
    assert task.flaws == ()
    ideal = Student(task.step, 4)
    ideal.work()
    seen = 0
    for line, wrong in ideal.possible.items():
        for mistake in wrong.keys() & {"sign", "derivative", "transposed", "factor", "bias", "term", "activation"}:
            if line in task.asked.blanks:
                said = Student(task.step, 4, "lines", line, mistake).work()
                told = task.judge({blank: said[blank] for blank in task.asked.blanks})
                assert told.first_wrong is not None, (line, mistake)
                assert told.first_wrong.id == line, (line, mistake)
                assert len(told.mistakes) == 1
                seen += 1
    assert seen > 20


def test_students_have_other_numbers_and_each_the_same_again(files):
    made = exercise(files["chain"], students=4, seed=5)
    assert isinstance(made, Exercise)
    vectors = [tuple(task.step.network.ravel(task.step.params)) for task in made.tasks]
    assert len(set(vectors)) == 4
    again = exercise(files["chain"], students=["Ada", "Carl"], seed=5)
    assert [task.name for task in again.tasks] == ["Ada", "Carl"]
    assert [task.key for task in again.tasks] == [task.key for task in made.tasks[:2]]
    other = exercise(files["chain"], students=1, seed=6)
    assert other.tasks[0].key != made.tasks[0].key


def test_the_numbers_of_the_file_may_be_kept(files):
    made = exercise(files["chain"], students=2, numbers="file")
    assert made.tasks[0].key == made.tasks[1].key
    assert np.array_equal(made.tasks[0].step.params["out"].weights["hidden"], [[0.4, 0.45], [0.5, 0.55]])


def test_only_what_is_needed_and_gives_nothing_away_is_printed(files):
    (task,) = exercise(files["chain"], "sensitivities").tasks
    quantities = {line.partition(":")[0] for line in task.asked.printed}
    assert quantities == {"net_input", "output", "slope"}
    (task,) = exercise(files["chain"], "updates:hidden[0,0]").tasks
    assert {"sensitivity:hidden[0]", "example_gradient:hidden[0,0]"} <= task.asked.printed.keys()
    assert "new_weight:hidden[0,0]" not in task.asked.printed
    assert "example_gradient:out[0,0]" not in task.asked.printed


def test_decimals_are_those_of_the_file_unless_others_are_asked_for(files, tmp_path):
    file = read_step_file(written(tmp_path, "round = 3" + CHAIN))
    assert exercise(file).settings.decimals == 3
    assert exercise(file, round=5).settings.decimals == 5
    assert exercise(files["chain"]).settings.decimals == 4


def test_what_cannot_be_had_is_told(files):
    made = exercise(files["chain"], "updates", seed=1, round=1, students=2)
    assert made.notes
    assert "(students 1, 2)" in " ".join(made.notes)
    assert "2 students" in repr(made)
    assert "<li>" in made._repr_html_()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"students": 0}, "students is 0"),
        ({"students": []}, "students is empty"),
        ({"students": ["Ada", "Ada"]}, "is there twice, as 1 and 2"),
        ({"students": ["Ada", " "]}, "name 2 is empty"),
        ({"seed": -1}, "seed"),
        ({"round": 0}, "round is 0"),
        ({"numbers": "some"}, "'drawn' or 'file'"),
        ({"step": 0}, "step 0"),
        ({"notation": "nnx"}, "did you mean 'nnd'"),
        ({"blank": "sums"}, "unknown blank"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(files, settings, message):
    with pytest.raises(ArgumentError, match=message) as told:
        exercise(files["chain"], **settings)
    assert "\n" not in str(told.value)


def test_names_are_as_many_as_students():
    assert names_of(3) == ("", "", "")
    assert names_of("Ada") == ("Ada",)
    with pytest.raises(ArgumentError, match="at most 2,000"):
        names_of([f"name {k}" for k in range(2001)])


def test_a_later_step_begins_where_the_first_ended(tmp_path):
    file = read_step_file(
        written(tmp_path, BATCH.replace("targets = [2.0, 1.0]", "targets = [2.0, 1.0], batch_size = 1"))
    )
    (task,) = exercise(file, "sensitivities", step=2, seed=1).tasks
    assert task.step.number == 2
