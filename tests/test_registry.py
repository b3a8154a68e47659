"""The tables of named parts: what every row promises, and what a table says of a name that it lacks."""

import dataclasses
import json
import pickle

import numpy as np
import pytest

import thalweg as tw
from thalweg.core.activations import ACTIVATIONS, LeakyReLU, Tanh
from thalweg.core.initializers import INITIALIZERS
from thalweg.core.losses import LOSSES
from thalweg.optimizers import RULES
from thalweg.registry import Registry, replaced, title_of

TABLES = {"activation": ACTIVATIONS, "loss": LOSSES, "initializer": INITIALIZERS, "optimizer": RULES}
ROWS = [(kind, name) for kind, table in TABLES.items() for name in table]

each_table = pytest.mark.parametrize("kind", list(TABLES))
each_row = pytest.mark.parametrize(("kind", "name"), ROWS)


@each_row
def test_a_row_is_a_frozen_dataclass_with_defaults(kind, name):
    row = TABLES[kind][name]
    part = row()
    assert isinstance(part, row)
    assert row.__dataclass_params__.frozen
    assert part == row()
    assert hash(part) == hash(row())
    assert pickle.loads(pickle.dumps(part)) == part


@each_row
def test_name_object_and_description_are_one(kind, name):
    table = TABLES[kind]
    part = table.get(name)
    assert type(part) is table[name]
    assert table.get(part) is part
    assert table.name_of(part) == name
    description = json.loads(json.dumps(table.describe(part)))
    assert description["name"] == name
    assert set(description) == {"name", *(field.name for field in dataclasses.fields(part))}
    assert table.build(description) == part
    assert table.build({"name": name}) == part


def _others(value, name):
    """Other values of a setting; its bounds, which are not known here, let one of them pass."""
    if name == "reduction":
        return ["mean", "sum"]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1]
    if isinstance(value, float):
        return [0.5 * (1.0 + value), 1.5 * value, 0.75 * value]
    return [value]


def _changed(part, field):
    value = getattr(part, field.name)
    refusals = []
    for other in _others(value, field.name):
        try:
            changed = dataclasses.replace(part, **{field.name: other})
        except tw.ArgumentError as error:
            refusals.append(error)
            continue
        if changed != part or value == other:
            return changed
    raise AssertionError(f"{field.name} takes none of the values tried: {refusals}")


@each_row
def test_every_setting_survives_its_description(kind, name):
    table = TABLES[kind]
    part = table.get(name)
    for field in dataclasses.fields(part):
        changed = _changed(part, field)
        assert table.build(json.loads(json.dumps(table.describe(changed)))) == changed
        assert table.describe(changed)[field.name] == getattr(changed, field.name)


@each_row
def test_a_row_explains_itself(kind, name):
    """The docstring says what it computes; the generated one of a dataclass would repeat the signature."""
    row = TABLES[kind][name]
    assert row.__doc__
    assert not row.__doc__.startswith(f"{row.__name__}(")
    assert ">>>" in row.__doc__


@each_table
def test_a_table_is_a_mapping_of_names(kind):
    table = TABLES[kind]
    assert table.kind == kind
    assert len(table) == len(list(table)) == len(set(table.values()))
    assert all(name == name.lower() and name.isidentifier() for name in table)
    with pytest.raises(KeyError):
        table["no such row"]


@each_table
def test_an_unknown_name_names_the_known_ones(kind):
    table = TABLES[kind]
    first = next(iter(table))
    with pytest.raises(tw.ArgumentError) as told:
        table.get("zzz")
    assert str(told.value) == f"unknown {kind} 'zzz': Known: {', '.join(table)}"
    with pytest.raises(tw.ArgumentError, match=f"unknown {kind} '{first}q': did you mean '{first}'"):
        table.get(f"{first}q")
    with pytest.raises(tw.ArgumentError, match=f"unknown {kind} 'zzz'"):
        table.build({"name": "zzz"})
    with pytest.raises(tw.ArgumentError, match=f"unknown {kind} None"):
        table.build({})


@each_table
@pytest.mark.parametrize("thing", [3, None, ["tanh"], object()])
def test_what_is_neither_name_nor_part(kind, thing):
    table = TABLES[kind]
    with pytest.raises(tw.ArgumentError, match=f"{kind} must be a name or a .* object, not {type(thing).__name__}"):
        table.get(thing)


@each_table
def test_a_part_of_another_table_is_refused(kind):
    other = "loss" if kind == "activation" else "activation"
    part = next(iter(TABLES[other].values()))()
    with pytest.raises(tw.ArgumentError, match=f"{kind} must be a name or a .* object, not {type(part).__name__}"):
        TABLES[kind].get(part)


def test_an_unknown_setting():
    with pytest.raises(tw.ArgumentError) as told:
        ACTIVATIONS.build({"name": "leaky_relu", "slop": 0.2})
    assert str(told.value) == "unknown setting of activation 'leaky_relu', 'slop': did you mean 'slope'? Known: slope"


def test_settings_are_checked_as_ever():
    with pytest.raises(tw.ArgumentError, match="elu: alpha is -1"):
        ACTIVATIONS.build({"name": "elu", "alpha": -1})


@dataclasses.dataclass(frozen=True)
class Steeper(Tanh):
    """A part that nobody entered."""


def test_a_part_that_is_not_registered_has_no_name():
    for ask in (ACTIVATIONS.name_of, ACTIVATIONS.describe):
        with pytest.raises(tw.ArgumentError, match="activation Steeper is not registered: enter it"):
            ask(Steeper())
    assert ACTIVATIONS.get(Steeper()) == Steeper()


def test_a_table_of_ones_own():
    class Shape:
        pass

    table = Registry("shape", Shape)
    assert not table
    with pytest.raises(tw.ArgumentError, match="unknown shape 'dot': Known: none"):
        table.get("dot")

    @table.register("dot")
    @dataclasses.dataclass(frozen=True)
    class Dot(Shape):
        size: float = 1.0

    assert table.get("dot") == Dot()
    assert table.build({"name": "dot", "size": 2.0}) == Dot(2.0)
    assert dict(table) == {"dot": Dot}
    with pytest.raises(tw.ArgumentError, match="shape 'dot' is registered already: choose another name"):
        table.register("dot")(Dot)
    assert dict(table) == {"dot": Dot}


def test_describe_gives_settings_of_ones_own():
    assert ACTIVATIONS.describe(LeakyReLU(slope=0.2)) == {"name": "leaky_relu", "slope": 0.2}
    assert LOSSES.describe(tw.losses.Huber(reduction="sum", delta=0.5)) == {
        "name": "huber",
        "reduction": "sum",
        "delta": 0.5,
    }


MATLAB = {
    "activation": {
        "logsig": "sigmoid", "tansig": "tanh", "purelin": "linear", "poslin": "relu", "elliotsig": "elliott",
    },
    "loss": {"crossentropy": "cross_entropy"},
    "optimizer": {
        "trainlm": "lm", "trainbr": "br", "trainscg": "scg", "trainbfg": "bfgs", "trainrp": "rprop", "traincgf": "cg",
        "traincgp": "cg", "traincgb": "cg", "trainoss": "oss", "traingd": "gd", "traingdm": "momentum",
        "traingda": "gda", "traingdx": "gdx",
    },
}  # fmt: skip
ALIASES = [(kind, alias, name) for kind, known in MATLAB.items() for alias, name in known.items()]


@pytest.mark.parametrize(("kind", "alias", "name"), ALIASES)
def test_a_name_of_matlab_stands_for_its_part_and_is_kept(kind, alias, name):
    table = TABLES[kind]
    part = table.get(alias)
    assert type(part) is table[name] is table[alias]
    assert alias in table
    assert alias not in list(table)
    assert table.aliases[alias] == name
    kept = [part, pickle.loads(pickle.dumps(part)), table.build(json.loads(json.dumps(table.describe(part))))]
    for one in [*kept, replaced(part)]:
        assert one == part
        assert table.name_of(one) == alias
        assert title_of(one) == alias
    assert table.name_of(table[name]()) == name
    assert table.get(alias) is part
    with pytest.raises(tw.ArgumentError, match=f"unknown {kind} '{alias}q': did you mean '{alias}'. Known: "):
        table.get(f"{alias}q")
    with pytest.raises(tw.ArgumentError, match=f"{kind} '{alias}' is registered already"):
        table.alias(alias, name)


def test_the_names_of_matlab_have_its_defaults():
    assert RULES.get("trainlm") == tw.LevenbergMarquardt(1e-3, 10.0, 0.1, 1e10, acceleration=False)
    assert RULES.get("trainbr") == tw.BayesianRegularization(0.005, 10.0, 0.1, 1e10, acceleration=False)
    assert RULES.get("trainscg") == tw.ScaledConjugateGradient(damping=5e-7)
    assert RULES.get("trainrp").delta0 == 0.07
    variants = {"traincgf": "fletcher_reeves", "traincgp": "polak_ribiere", "traincgb": "powell_beale"}
    assert {alias: RULES.get(alias).variant for alias in variants} == variants
    assert RULES.build({"name": "trainlm", "mu": 0.5}) == tw.LevenbergMarquardt(0.5, acceleration=False)


def test_a_table_without_some_parts_lacks_their_other_names_too():
    rest = ACTIVATIONS.without("tanh")
    assert "tansig" not in rest
    assert "logsig" in rest
    assert set(rest) == set(ACTIVATIONS) - {"tanh"}


def test_a_part_that_is_not_listed_is_known():
    assert "hardlim" in ACTIVATIONS
    assert "hardlim" not in list(ACTIVATIONS)
    assert ACTIVATIONS.has(ACTIVATIONS.get("hardlim"))
    assert ACTIVATIONS.build({"name": "hardlims"}) == ACTIVATIONS.get("hardlims")
    with pytest.raises(tw.ArgumentError, match="unknown activation 'hardlin': did you mean 'hardlim'"):
        ACTIVATIONS.get("hardlin")


def test_the_name_that_was_given_is_shown(tmp_path):
    net = tw.mlp(1, 3, 1, hidden="logsig", output="purelin")
    assert net == tw.mlp(1, 3, 1, hidden="sigmoid")
    assert str(net) == "1 - 3 logsig - 1 purelin, 10 parameters"
    P = np.linspace(-1, 1, 8)[:, None]
    run = tw.train(net, P, P**2, optimizer="trainlm", epochs=3, loss="mse", engine="numpy")
    assert "3 epochs of trainlm on 10 parameters" in str(run)
    step = run.step(2)
    assert "layer1: 3 logsig, fed by input; layer2: 1 purelin, fed by layer1" in step.show()
    assert "Rule: trainlm, mu" in step.show()
    assert step.title == "Update 2 of a run with trainlm"
    tw.save(tw.Model.from_run(run), tmp_path / "m.thalweg")
    again = tw.load(tmp_path / "m.thalweg").network
    assert str(again) == str(net)
    assert str(tw.load(tmp_path / "m.thalweg").network) == str(net)


def test_a_setting_that_is_wrong_is_told_by_the_name_that_was_given():
    with pytest.raises(tw.ArgumentError, match=r"^traingdx: learning_rate is -1; it must be at least 0"):
        RULES.build({"name": "traingdx", "learning_rate": -1})
    with pytest.raises(tw.ArgumentError, match=r"^AdaptiveMomentum: learning_rate is -1; it must be"):
        RULES.build({"name": "gdx", "learning_rate": -1})
