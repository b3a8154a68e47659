"""What the room Work opens: the training, the gallery, what is brought; and what there is not."""

import tempfile
import threading

import numpy as np
import pytest
from driven import built_of, ran

from thalweg.errors import ArgumentError, ThalwegError
from thalweg.studio.session import Session
from thalweg.studio.work_source import MOST_ONLINE, Source, notation_of, of_file, own_file, own_notation
from thalweg.studio.work_state import WorkState
from thalweg.worked.notations import NOTATIONS
from thalweg.worked.step_files.gallery import gallery_step

OWN = b"""
network = {inputs = 2, layers = [{name = "hidden", size = 2}, {name = "out", size = 1}]}
data = {inputs = [[0.5, 1.0], [1.0, 2.0]], targets = [1.5, 1.0]}
"""


def opened(source, **state):
    return source.open(WorkState(**state), threading.Event(), lambda updates: None)


def test_the_training_is_opened_where_it_stands_and_by_number():
    session = Session(built_of(epochs=20))
    source = Source(session)
    assert opened(source).number == 1
    ahead = opened(source, step=12)
    ran(session, "step", "step")
    assert opened(source).number == 3
    ran(session, "run")
    last = opened(source)
    assert (last.number, last.last) == (20, 20)
    assert opened(source, step=12).steps[0].value == ahead.steps[0].value == session.finished().step(12).value
    with pytest.raises(ArgumentError, match="step 21: the run ends with update 20"):
        opened(source, step=21)
    ran(session, "run")  # it goes on
    assert opened(source, step=25).steps[0].value == session.finished().step(25).value


def test_a_training_that_is_changed_and_changed_back_is_opened():
    session = Session(built_of(epochs=5))
    source = Source(session)
    before = opened(source, step=3)
    for seed in (1, 0):
        session.reset(built_of(epochs=5, seed=seed))
    assert opened(source, step=3).steps[0].value == before.steps[0].value


def test_a_run_that_diverged_is_opened_up_to_where_it_did():
    session = ran(Session(built_of(data="sine", optimizer="gd", rule={"learning_rate": 900.0}, epochs=100)), "run")
    updates = session.sample().updates
    assert session.sample().stopped == "diverged"
    assert opened(Source(session)).number == updates
    with pytest.raises(ArgumentError, match=f"the run ends with update {updates}"):
        opened(Source(session), step=updates + 1)


def test_online_are_the_examples_one_after_another_and_batch_all_of_them():
    source = Source(Session(built_of(data="sine", points=60, batch_size=20, epochs=4)))
    made = opened(source, step=2).steps
    online = opened(source, step=2, batch="online")
    assert len(made) == 1
    assert made[0].examples == 20
    assert [step.examples for step in online.steps] == [1] * MOST_ONLINE
    assert online.told[-1] == f"The first {MOST_ONLINE} of 20 examples are shown."
    (whole,) = opened(source, step=2, batch="batch").steps
    assert whole.examples == len(source._session.built.prepared.train.T)
    assert np.array_equal(*(step.network.ravel(step.params) for step in (whole, made[0])))
    with pytest.raises(ArgumentError, match="takes all examples at once"):
        opened(Source(Session(built_of(data="sine", optimizer="lm", epochs=4))), batch="online")


def test_a_file_is_opened_at_a_step_and_beyond_those_that_it_shows():
    file = gallery_step("aifh_xor_online")
    assert [step.number for step in of_file(file, WorkState(step=3)).steps] == [1, 2, 3, 4]
    beyond = of_file(file, WorkState(step=7))
    assert [step.number for step in beyond.steps] == [7]
    passed, stopped = [], threading.Event()

    def told(number):
        passed.append(number)
        if number == 5:
            stopped.set()

    far = WorkState(of="aifh_xor_online", step=9000)
    assert Source(Session(built_of())).open(far, stopped, told) is None
    assert passed == [1, 2, 3, 4, 5]
    (batch,) = of_file(file, WorkState(batch="batch")).steps[:1]
    assert batch.examples == 4
    online = of_file(gallery_step("aifh_xor_batch"), WorkState(batch="online"))
    assert [step.examples for step in online.steps] == [1, 1, 1, 1]


def test_what_is_brought_is_called_by_its_name_alone():
    own = own_file("../folder/mine.toml", OWN)
    assert (own.name, own.file.title, len(own.file.targets)) == ("mine.toml", "mine", 2)
    source = Source(Session(built_of()))
    with pytest.raises(ArgumentError, match="upload it"):
        opened(source, of="file")
    source.own = own
    assert opened(source, of="file").steps[0].examples == 2


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("bad.toml", b"title = ", "bad.toml is no TOML file"),
        ("bad.toml", b"[network]\ninputs = 2\nlayers = 3", "bad.toml: .network. "),
        ("bad.toml", b"\xff\xfe\x00", "bad.toml"),
        ("bad.csv", b"a,b", "bad.csv: it must be a .toml file"),
        ("big.toml", b"#" * (2 << 20) + b"##", "big.toml: 2.0 MiB"),
        ("sly.toml", b'notation = "/etc/symbols.toml"\n' + OWN, "its notation is the table '/etc/symbols.toml'"),
        ("wide.toml", b"network = {inputs = 900, layers = [{size = 900}, {size = 1}]}", "wide.toml"),
        ("<b>.toml", b"a = 1", "_b_.toml: "),
    ],
)
def test_what_cannot_be_read_is_told_without_a_path(name, content, told):
    with pytest.raises(ThalwegError, match=told) as caught:
        own_file(name, content)
    assert "\n" not in str(caught.value)
    assert tempfile.gettempdir() not in str(caught.value)


def test_a_table_of_symbols_of_one_s_own_has_a_name_of_its_own():
    from importlib.resources import files

    content = files("thalweg.worked.notations").joinpath("mazur.toml").read_bytes()
    own = own_notation("mazur.toml", content)
    assert own.name == "my_mazur"
    assert own.name not in NOTATIONS
    assert notation_of(WorkState(notation="my_mazur"), own) is own
    assert notation_of(WorkState(notation="mazur"), own) == "mazur"
    assert notation_of(WorkState(), own) is None
    with pytest.raises(ArgumentError, match=r"unknown notation 'my_mazur'.*upload it"):
        notation_of(WorkState(notation="my_mazur"), None)
    with pytest.raises(ThalwegError, match=r"mine\.toml"):
        own_notation("mine.toml", b"weight = 3")
