"""What a refused resume of a training on a table names: the setting, where the numbers follow from one."""

import dataclasses

import numpy as np
import polars as pl
import pytest

import thalweg as tw
from thalweg.tables.streamed_training import train_files

SETTINGS = tw.Settings(hidden=(3,), engine="numpy", epochs=2)
HOW = {"verbose": False}


@pytest.fixture
def table(tmp_path):
    rows = np.random.default_rng(0)
    made = pl.DataFrame({"x": rows.random(60), "z": rows.random(60)}).with_columns(y=pl.col("x") * 3)
    made.write_csv(tmp_path / "n.csv")
    return made


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"split": "80/10/10"}, "split was 70/15/15 and is 80/10/10;"),
        ({"seed": 3}, "seed was 0 and is 3;"),
        ({"ignore": ("z",)}, "ignore was [] and is ['z'], network was 2-3-1 and is 1-3-1;"),
        ({"hidden": (5,)}, "network was 2-3-1 and is 2-5-1;"),
    ],
)
@pytest.mark.parametrize("streamed", [False, True], ids=["in memory", "streamed"])
def test_the_setting_is_named(table, tmp_path, setting, told, streamed):
    def trained(settings, **given):
        if streamed:
            return train_files(tmp_path / "n.csv", "y", settings, **HOW, **given).run
        return tw.train_table(table, "y", settings, **HOW, **given).run

    trained(SETTINGS, checkpoint=tmp_path / "runs")
    again = tw.Checkpoints(tmp_path / "runs", resume=True)
    with pytest.raises(tw.ArgumentError) as refused:
        trained(dataclasses.replace(SETTINGS, **setting), checkpoint=again)
    assert f"is of another training: {told}" in str(refused.value)
    assert trained(dataclasses.replace(SETTINGS, epochs=3), checkpoint=again).epochs == 3


def test_other_rows_under_the_same_settings_and_what_one_tells_oneself(table, tmp_path):
    P, T = table["x", "z"].to_numpy(), table[["y"]].to_numpy()
    net, given = tw.mlp(2, 3, 1), {"epochs": 2, "engine": "numpy", **HOW}
    one = tw.Checkpoints(tmp_path / "own", made_by={"cleaned": "by hand", "rows": np.int64(60)})
    tw.train(net, P, T, **given, checkpoint=one)
    for made_by, told in (
        ({"cleaned": "by rule", "rows": 60}, "training: cleaned was by hand and is by rule;"),
        ({"cleaned": "by hand", "rows": 60}, "training: other inputs;"),
        ({}, "training: other inputs;"),
    ):
        other = dataclasses.replace(one, made_by=made_by, resume=True)
        with pytest.raises(tw.ArgumentError, match=told):
            tw.train(net, P + 1, T, **given, checkpoint=other)
    assert tw.resume(tmp_path / "own", P, T, epochs=3, verbose=False).epochs == 3
    with pytest.raises(tw.ArgumentError, match="cleaned was by hand"):  # which the resumed training tells on
        tw.train(net, P + 1, T, **given, checkpoint=dataclasses.replace(one, made_by={"cleaned": "no"}, resume=True))
    with pytest.raises(tw.ArgumentError, match=r"made_by is .*; it must be plain data with names, such as"):
        tw.Checkpoints("runs", made_by={1: 2})
