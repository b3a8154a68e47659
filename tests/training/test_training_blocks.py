"""Training on blocks: in memory to the bit where they fit; else every example once an epoch, in bounded memory."""

import threading

import numpy as np
import polars as pl
import pytest

import thalweg as tw
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


@pytest.mark.parametrize("engine", ["numpy", "xla"])
@pytest.mark.parametrize("weight", [(), (W,)])
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
    first = np.cumsum([0, *counts[:-1]])
    epochs = []
    for epoch in range(2):
        seen, left = [], []
        for span in found.spans(epoch):
            held = [*left, *(i for piece in span.pieces for i in range(first[piece], first[piece] + counts[piece]))]
            assert span.rows == len(held) <= found.most_rows
            rows, carried = found.drawn(epoch, span)
            seen += [[held[row] for row in batch_ if row < total] for batch_ in rows]
            left = [held[row] for row in carried]
        assert not left
        assert sorted(row for one in seen for row in one) == list(range(total))
        assert [len(one) for one in seen[:-1]] == [batch] * (found.steps - 1)
        assert found.rows(epoch, 1).shape == (1, found.steps, batch)
        epochs.append(seen)
    assert (epochs[0] == epochs[1]) == (order == "sequential")


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
    with pytest.raises(tw.ArgumentError, match="blocks"):
        tw.train(NET, tw.blocks(parts(), memory=MEMORY // 2), **HOW, checkpoint=tw.Checkpoints(tmp_path, resume=True))


def test_validation_sets_come_as_blocks_that_fit():
    held = parts()[:3]
    arrays = tuple(np.concatenate(values) for values in zip(*held, strict=True))
    runs = [tw.train(NET, P, T, **HOW, validation=one) for one in (tw.blocks(held), arrays)]
    np.testing.assert_array_equal(*(run.history.validation_loss for run in runs))
    with pytest.raises(tw.ArgumentError, match="the blocks of validation hold 90 examples, of which memory holds 41"):
        tw.train(NET, P, T, **HOW, validation=tw.blocks(held, memory=6 * 41 * ROW))


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
    memory = tw.train(NET, P[order], T[order], sample_weight=W[order], **HOW, order="sequential")
    how = {"target": ["y", "z"], "sample_weight": "w"}
    for source, size in ((folder, "1GB"), (folder, MEMORY), (str(folder / "*.parquet"), MEMORY)):
        same(tw.train(NET, tw.blocks(source, **how, memory=size), **HOW, order="sequential"), memory)


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
