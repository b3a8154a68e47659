"""Training on blocks: in memory to the bit where they fit; else every example once an epoch, in bounded memory."""

import gzip
import threading

import numpy as np
import polars as pl
import pytest

import thalweg as tw
from thalweg.training import column_part
from thalweg.training.examples import Examples
from thalweg.training.interruption import Interruption, interrupted_by
from thalweg.training.replay import replay_run
from thalweg.training.stream_order import StreamOrder

RNG = np.random.default_rng(5)
P, T = RNG.normal(size=(500, 3)), RNG.normal(size=(500, 2))
W = RNG.uniform(0.5, 2.0, 500)
NET = tw.mlp(3, 4, 2)
ROW = 4 * 6
"""Bytes of an example in float32, its weight among them."""
MEMORY = 6 * 120 * ROW
"""A buffer of 120 examples."""
HOW = {"epochs": 3, "batch_size": 7, "engine": "numpy", "optimizer": "adam"}


def parts(size=30, *more):
    return [tuple(values[i : i + size] for values in (P, T, *more)) for i in range(0, 500, size)]


def same(one, other):
    np.testing.assert_array_equal(one.history.loss, other.history.loss)
    np.testing.assert_array_equal(NET.ravel(one.params), NET.ravel(other.params))


@pytest.mark.parametrize("how", [{"optimizer": "lm"}, {"order": "random"}, {"batch_size": "all"}, {"batch_size": 7}])
def test_blocks_that_fit_are_arrays_to_the_bit(how):
    how = {"epochs": 3, "engine": "numpy", **how}
    weighed = {} if how.get("optimizer") == "lm" else {"sample_weight": W}
    blocks = tw.blocks(parts(30, *weighed.values()))
    same(tw.train(NET, blocks, **how), tw.train(NET, P, T, **how, **weighed))


@pytest.mark.parametrize(("engine", "weight"), [("numpy", ()), ("xla", (W,))])
def test_in_order_a_stream_is_the_training_in_memory_to_the_bit(engine, weight):
    """The same batches come whether or not all of the examples are at hand: an oracle for what is carried."""
    how = {**HOW, "engine": engine, "order": "sequential"}
    memory = tw.train(NET, P, T, **how, sample_weight=weight[0] if weight else None)
    streamed = tw.train(NET, tw.blocks(parts(30, *weight), memory=MEMORY), **how)
    assert streamed.recipe.stream is not None
    same(streamed, memory)


def test_engines_agree_on_a_shuffled_stream_and_any_way_of_giving_it():
    runs = [tw.train(NET, tw.blocks(parts(), memory=MEMORY), **{**HOW, "engine": e}) for e in ("numpy", "xla")]
    np.testing.assert_allclose(NET.ravel(runs[0].params), NET.ravel(runs[1].params), rtol=1e-4, atol=1e-6)

    class Given:
        def __len__(self):
            return len(parts())

        def at(self, number):
            return parts()[number]

        def __iter__(self):
            return iter(parts())

    same(tw.train(NET, tw.blocks(Given(), memory=MEMORY), **HOW), runs[0])
    in_turn = [tw.train(NET, tw.blocks(source, memory=MEMORY), **HOW) for source in (lambda: iter(parts()), _Again())]
    same(*in_turn)
    assert not np.array_equal(in_turn[0].history.loss, runs[0].history.loss)


class _Again:
    def __iter__(self):
        return iter(parts())


@pytest.mark.parametrize(
    ("counts", "batch", "capacity"), [((30,) * 7, 8, 64), ((5, 50, 1, 1, 20), 16, 50), ((3,), 2, 3)]
)
@pytest.mark.parametrize("order", ["shuffle", "sequential"])
def test_every_example_comes_once_an_epoch_in_whole_batches(counts, batch, capacity, order):
    total = sum(counts)
    found = StreamOrder(total, batch, order, 3, counts=counts, capacity=capacity)
    in_turn = StreamOrder(total, batch, order, 3, counts=counts, capacity=capacity, in_turn=True)
    first = np.cumsum([0, *counts[:-1]])
    epochs = []
    for epoch in range(2):
        seen, left = [], []
        for span in found.spans(epoch):
            held = [*left, *(i for piece in span.pieces for i in range(first[piece], first[piece] + counts[piece]))]
            assert span.rows == len(held) <= found.most_rows
            rows, carried = found.drawn(epoch, span)
            seen += [[held[row] for row in batch_ if row < total] for batch_ in rows]
            turned, mixed = in_turn.drawn(epoch, span), found.mixed(epoch, span)
            taken = np.append(np.arange(span.rows) if mixed is None else mixed, np.full(total + 1 - span.rows, total))
            np.testing.assert_array_equal(taken[turned[0]], rows)
            np.testing.assert_array_equal(taken[turned[1]], carried)
            left = [held[row] for row in carried]
        assert not left
        assert sorted(row for one in seen for row in one) == list(range(total))
        assert [len(one) for one in seen[:-1]] == [batch] * (found.steps - 1)
        assert found.rows(epoch, 1).shape == (1, found.steps, batch)
        epochs.append(seen)
    assert (epochs[0] == epochs[1]) == (order == "sequential")
    read = [[piece for span in found.spans(epoch) for piece in span.pieces] for epoch in range(9)]
    assert (len({tuple(pieces) for pieces in read}) > 1) == (order == "shuffle" and len(counts) > 1)


def test_a_step_of_a_stream_is_opened_and_a_run_goes_on():
    run = tw.train(NET, tw.blocks(parts(), memory=MEMORY), **HOW)
    assert "are the run's to the bit" in str(replay_run(run, 100).replay_error)
    assert replay_run(run, 100).batch.T.shape == (7, 2)
    assert run.step(100).notes[0] == "Update 28 of 72 in epoch 2; float32."
    more = tw.train(NET, tw.blocks(parts(), memory=MEMORY), **{**HOW, "epochs": 1}, state=run)
    same(more, tw.train(NET, tw.blocks(parts(), memory=MEMORY), **{**HOW, "epochs": 4}))
    assert not [thread for thread in threading.enumerate() if thread.name == "thalweg-read-ahead"]


def test_a_stream_that_was_cut_off_is_resumed_to_the_bit_but_not_with_another_memory(tmp_path):
    blocks, whole = tw.blocks(parts(), memory=MEMORY), tw.train(NET, tw.blocks(parts(), memory=MEMORY), **HOW)
    tw.train(NET, blocks, **{**HOW, "epochs": 1}, checkpoint=tw.Checkpoints(tmp_path, every="1epochs"))
    same(tw.train(NET, blocks, **HOW, checkpoint=tw.Checkpoints(tmp_path, resume=True)), whole)
    with pytest.raises(tw.ArgumentError, match="blocks buffer was 120 and is 60"):
        tw.train(NET, tw.blocks(parts(), memory=MEMORY // 2), **HOW, checkpoint=tw.Checkpoints(tmp_path, resume=True))


HELD = [tuple(values[i : i + 27] + shift for values, shift in ((P, 0.1), (T, 0), (W, 0))) for i in range(0, 200, 27)]


def judged(memory):
    """The ways to give the sets that are judged by."""
    return {"validation": tw.blocks(HELD, memory=memory), "test": tw.blocks(lambda: iter(HELD), memory=memory)}


_ADAM = {"record": "test_loss", "patience": 2}
_LM = {"optimizer": "lm", "batch_size": "all", "loss": "mse", "patience": 2}
_EVERY_THIRD = {"validate_every": 3, "loss": tw.losses.MSE(reduction="sum")}


@pytest.mark.parametrize(
    ("engine", "how"),
    [
        ("numpy", _ADAM),
        ("xla", _ADAM),
        ("numpy", _LM),
        pytest.param("xla", _LM, marks=pytest.mark.thorough),
        ("numpy", _EVERY_THIRD),
    ],
    ids=["adam-numpy", "adam-xla", "lm-numpy", "lm-xla", "every third epoch-numpy"],
)
def test_sets_that_do_not_fit_are_judged_in_passages_as_in_memory(engine, how):
    how = {**HOW, "epochs": 7, "engine": engine, **how}
    whole, passed = (tw.train(NET, P, T, **how, **judged(memory)) for memory in (10**6, 6 * 60 * ROW))
    assert whole.recipe.passages is None
    assert passed.recipe.passages.validation is not None
    for name in whole.history:
        np.testing.assert_allclose(passed.history[name], whole.history[name], rtol=1e-6, equal_nan=True)
    same(passed, whole)
    assert (passed.best_epoch, passed.stopped_because) == (whole.best_epoch, whole.stopped_because)
    arrays = tuple(np.concatenate(values) for values in zip(*HELD, strict=True))
    how.pop("record", None)
    np.testing.assert_array_equal(
        tw.train(NET, P, T, **how, validation=arrays).history.validation_loss, whole.history.validation_loss
    )
    assert "are the run's to the bit" in str(replay_run(passed, passed.updates).replay_error)


def test_a_run_cut_off_in_a_passage_is_resumed_to_the_bit(tmp_path):
    """Also where its learning rate depends on what the passage would have told."""
    rate = tw.schedules.ReduceOnPlateau(0.05, 0.5, 1, 1e-4)
    how = {**HOW, "epochs": 4, "optimizer": tw.Adam(rate)}
    held = [block[:2] for block in HELD]
    sets = {"memory": 6 * 60 * ROW}
    whole = tw.train(NET, tw.blocks(parts(), memory=MEMORY), **how, validation=tw.blocks(held, **sets))
    assert whole.recipe.stream is not None
    assert whole.recipe.passages is not None
    for cut_at in (13, 24, 37):  # in the passages of the first, the second and the fourth epoch
        stop, seen = Interruption(), []

        def blocks(stop=stop, seen=seen, cut_at=cut_at):
            for block in held:
                seen.append(0)
                if len(seen) == cut_at:
                    stop.press()
                yield block

        with interrupted_by(stop):
            cut = tw.train(
                NET, tw.blocks(parts(), memory=MEMORY), **how, validation=tw.blocks(blocks, **sets),
                checkpoint=tmp_path / str(cut_at),
            )  # fmt: skip
        assert (cut.stopped_because, cut.updates) == ("interrupted", (cut.epochs + 1) * 72)
        again = tw.resume(tmp_path / str(cut_at), tw.blocks(parts(), memory=MEMORY), validation=tw.blocks(held, **sets))
        same(again, whole)
        np.testing.assert_array_equal(again.history.validation_loss, whole.history.validation_loss)
        assert "are the run's to the bit" in str(replay_run(again, 288).replay_error)
    others = [(block[0], block[1] + 1e-6) for block in parts()]
    with pytest.raises(tw.ArgumentError, match="other examples, another validation set"):
        tw.resume(tmp_path / "13", tw.blocks(others, memory=MEMORY), validation=tw.blocks(held[::-1], **sets))


def test_many_networks_are_judged_by_sets_in_memory():
    with pytest.raises(tw.ArgumentError, match="the blocks of validation do not fit in their memory, and here"):
        tw.train_many(NET, P, T, seed=range(2), validation=tw.blocks(HELD, memory=6 * 60 * ROW))
    with pytest.raises(tw.ArgumentError, match="block 1 has 27 examples, and memory holds a buffer of 20"):
        tw.train(NET, P, T, validation=tw.blocks(HELD, memory=6 * 20 * ROW))


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"optimizer": "lm"}, "LevenbergMarquardt needs all examples in each update, and the blocks hold 500 examples"),
        ({"batch_size": "all"}, "batch_size='all' needs all examples"),
        ({"optimizer": "rprop", "batch_size": None}, "needs all examples in each update"),
        ({"order": "random"}, "order 'random' needs all examples at hand"),
        ({"sample_weight": W}, "blocks bring theirs"),
        ({"batch_size": 130}, "batch_size is 130, and the blocks hold 500 examples, of which memory holds 1"),
        ({"targets": "ignore_nan"}, "leave rows without a target out"),
    ],
)
def test_what_needs_all_examples_is_refused(how, told):
    with pytest.raises(tw.ArgumentError, match=told):
        tw.train(NET, tw.blocks(parts(), memory=MEMORY), **{**HOW, **how})


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (iter(parts()), "cannot be begun again"),
        (parts, None),
        (5, "cannot be begun again"),
        (lambda: 5, "blocks are 5, of which there are none"),
        ("no/such.parquet", "target is missing"),
        ([], "no example that counts"),
        ([(P, T, W, W)], "block 1 is"),
        ([P], "block 1 is"),
        ([*parts(), (P[:5], T[:4])], "block 18: "),
        ([*parts(), (np.where(P > 2, np.nan, P), T)], "block 18: P has nan at row"),
        ([*parts(), (P, T, W)], "block 18: weights are there in some blocks alone"),
        ([(P, T)], "block 1 has 500 examples, and memory holds a buffer of"),
    ],
)
def test_bad_blocks_are_told_with_their_number(source, told):
    if told is None:
        tw.train(NET, tw.blocks(source, memory=MEMORY), **HOW)
        return
    with pytest.raises(tw.ThalwegError, match=told):
        tw.train(NET, tw.blocks(source, memory=MEMORY), **HOW)


def test_blocks_that_change_between_epochs_end_the_run_with_a_line():
    times = []

    def fewer():
        times.append(0)
        return iter(parts()[: 17 if len(times) < 2 else 12])

    with pytest.raises(tw.DataError, match="blocks: 12 came, and 17 before"):
        tw.train(NET, tw.blocks(fewer, memory=MEMORY), **HOW)
    with pytest.raises(tw.ArgumentError, match="T is missing"):
        tw.train(NET, P)
    with pytest.raises(tw.ArgumentError, match="T is given beside blocks"):
        tw.train(NET, tw.blocks(parts()), T)
    assert not [thread for thread in threading.enumerate() if thread.name == "thalweg-read-ahead"]


@pytest.fixture(name="folder")
def _folder(tmp_path):
    for number in range(2):
        frame = pl.DataFrame({f"p{j}": P[number::2, j] for j in range(3)}).with_columns(
            y=T[number::2, 0], z=T[number::2, 1], w=W[number::2]
        )
        frame.write_parquet(tmp_path / f"part{number}.parquet", row_group_size=50)
    return tmp_path


def test_files_are_the_arrays_that_they_hold(folder):
    order = np.r_[0:500:2, 1:500:2]
    once = {**HOW, "epochs": 1, "order": "sequential"}
    memory = tw.train(NET, P[order], T[order], sample_weight=W[order], **once)
    how = {"target": ["y", "z"], "sample_weight": "w"}
    for source, size in ((folder, "1GB"), (folder, MEMORY), (str(folder / "*.parquet"), MEMORY)):
        same(tw.train(NET, tw.blocks(source, **how, memory=size), **once), memory)


@pytest.mark.parametrize("engine", ["numpy", pytest.param("xla", marks=pytest.mark.thorough)])
def test_columns_of_any_numbers_go_straight_to_their_places(tmp_path, engine, monkeypatch):
    """Written to a buffer by column, they are the blocks of arrays to the bit, whatever their types and the order."""
    frame = pl.DataFrame({f"p{j}": 1e3 * P[:, j] for j in range(3)} | {"y": T[:, 0], "z": 30 * T[:, 1]})
    frame = frame.cast({"p0": pl.Float32, "p1": pl.Int64, "z": pl.Int8}).with_columns(p2=pl.col("p2") > 0)
    frame.write_parquet(tmp_path / "t.parquet", row_group_size=40)
    read = [frame.select(names).cast(pl.Float64).to_numpy() for names in (["p0", "p1", "p2"], ["y", "z"])]
    arrays = [tuple(values[start : start + 40] for values in read) for start in range(0, 500, 40)]
    how = {**HOW, "engine": engine, "epochs": 2}
    monkeypatch.setattr(column_part, "_CHUNK", 96)
    for order in ("shuffle", "sequential"):
        memory = 6 * 160 * ROW
        runs = [
            tw.train(NET, source, **how, order=order)
            for source in (tw.blocks(tmp_path, target=["y", "z"], memory=memory), tw.blocks(arrays, memory=memory))
        ]
        assert runs[0].recipe.batch_order.counts == (*[40] * 12, 20)
        same(*runs)
    columns = [np.array([1.0, np.inf])], [np.zeros(2)]
    into = Examples({"p": np.zeros((2, 1))}, np.zeros((2, 1)), np.zeros(2))
    with pytest.raises(KeyError, match="told"):
        column_part.ColumnPart(*columns, "p", "float64", lambda: {}["told"]).put(into, slice(0, 2))


def test_texts_are_the_arrays_that_they_hold(tmp_path):
    """Also packed ones, which come in their order."""
    large = [np.tile(values, (6, 1)) for values in (P, T)]
    frame = pl.DataFrame(np.hstack(large), schema=["a", "b", "c", "y", "z"])
    whole = tw.train(NET, *large, **{**HOW, "epochs": 1}, order="sequential")
    how = {"target": ["y", "z"], "memory": "150kB"}
    for suffix in ("csv", "ndjson", "csv.gz"):
        folder = tmp_path / suffix
        folder.mkdir()
        for number in range(2):
            part, path = frame[number * 1500 : number * 1500 + 1500], folder / f"t{number}.{suffix}"
            text = part.write_ndjson() if suffix == "ndjson" else part.write_csv()
            path.write_bytes(gzip.compress(text.encode()) if suffix == "csv.gz" else text.encode())
        found = tw.blocks(folder, **how)
        run = tw.train(NET, found, **{**HOW, "epochs": 1}, order="sequential")
        assert run.recipe.stream is not None
        assert found.at_random == (suffix != "csv.gz")
        same(run, whole)
    path = tmp_path / "csv" / "t1.csv"
    text = path.read_text()
    for bad, told in (("oops,1,1,1,1", "is 'oops'"), ("1,,1,1,1", "is missing")):
        lines = text.splitlines()
        lines[1201] = bad
        path.write_text("\n".join(lines) + "\n")
        with pytest.raises(tw.DataError, match=rf"t1.csv: column '.' {told} in row 1201: fill it in"):
            tw.train(NET, tw.blocks(tmp_path / "csv", **how), **HOW)
    with pytest.raises(tw.ArgumentError, match=r"target 'w' is not a column of .*t0.csv"):
        tw.blocks(tmp_path / "csv", target="w")


def test_files_that_cannot_be_used_are_told_with_their_rows(folder):
    how = {"target": ["y", "z"], "sample_weight": "w"}
    with pytest.raises(tw.ArgumentError, match=r"target 'yy' is not a column of .*part0.parquet: did you mean 'y'"):
        tw.blocks(folder, target="yy")
    with pytest.raises(tw.FileError, match="no file is called so"):
        tw.blocks(folder / "*.arrow", target="y")
    found = tw.blocks(folder, **how, memory=MEMORY)
    frame = pl.read_parquet(folder / "part1.parquet")
    frame.drop("p1").write_parquet(folder / "part1.parquet")
    with pytest.raises(tw.FileError, match=r"part1.parquet: it changed while it was read"):
        tw.train(NET, found, **HOW)
    with pytest.raises(tw.DataError, match=r"part1.parquet: column 'p1' is missing, which .*part0.parquet has"):
        tw.blocks(folder, **how)
    bad = frame.with_columns(p1=pl.when(pl.int_range(pl.len()) == 170).then(float("nan")).otherwise("p1"))
    bad.write_parquet(folder / "part1.parquet")
    with pytest.raises(tw.DataError, match=r"part1.parquet: column 'p1' is nan in row 171"):
        tw.train(NET, tw.blocks(folder, **how, memory=MEMORY), **HOW)
    frame.with_columns(p1=pl.lit("x")).write_parquet(folder / "part1.parquet")
    with pytest.raises(tw.DataError, match="column 'p1' is String, and Float64 in"):
        tw.blocks(folder, **how)
    (folder / "part1.parquet").unlink()
    with pytest.raises(tw.FileError, match="vanished"):
        tw.train(NET, found, **HOW)


def test_blocks_that_come_in_their_order_have_no_numbers():
    with pytest.raises(tw.DataError, match="come one after another"):
        tw.blocks(parts).at(0)
