import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import thalweg as tw
from thalweg.training.batch_order import ORDERS, BatchOrder, make_batch_order

sizes = st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n)))
seeds = st.integers(0, 2**40)


@given(sizes, seeds)
def test_shuffle_takes_each_example_once_an_epoch(size, seed):
    examples, batch = size
    for epoch in BatchOrder(examples, batch, "shuffle", seed).rows(3, 4):
        assert sorted(epoch.ravel()[:examples]) == list(range(examples))


def test_shuffle_takes_another_order_each_epoch():
    first, second = BatchOrder(50, 7, "shuffle", 0).rows(0, 2)
    assert (first != second).any()
    assert (first.ravel()[:50] != np.arange(50)).any()


def test_every_order_of_a_shuffle_is_equally_likely():
    epochs = 6000
    rows = BatchOrder(3, 3, "shuffle", 1).rows(0, epochs).reshape(epochs, 3)
    found = np.unique(rows, axis=0, return_counts=True)[1]
    assert len(found) == 6
    assert abs(found - epochs / 6).max() < 5 * np.sqrt(epochs * (1 / 6) * (5 / 6))  # five standard deviations


@given(sizes)
def test_sequential_takes_them_in_order(size):
    examples, batch = size
    for epoch in BatchOrder(examples, batch, "sequential").rows(0, 2):
        assert epoch.ravel()[:examples].tolist() == list(range(examples))


@given(sizes, seeds)
def test_random_draws_full_batches_of_existing_examples(size, seed):
    examples, batch = size
    rows = BatchOrder(examples, batch, "random", seed).rows(0, 3)
    assert rows.min() >= 0
    assert rows.max() < examples


def test_random_draws_with_replacement_and_evenly():
    rows = BatchOrder(10, 10, "random", 0).rows(0, 2000)
    assert any(len(set(epoch.ravel().tolist())) < 10 for epoch in rows)
    counts = np.bincount(rows.ravel(), minlength=10)
    assert abs(counts - 2000).max() < 5 * np.sqrt(2000)


@given(sizes, seeds, st.sampled_from(["shuffle", "sequential"]))
def test_only_the_last_batch_is_padded_and_only_at_its_end(size, seed, order):
    examples, batch = size
    shown = BatchOrder(examples, batch, order, seed)
    rows = shown.rows(0, 3)
    assert rows.shape == (3, shown.steps, batch)
    assert shown.steps == int(np.ceil(examples / batch))
    flat = rows.reshape(3, -1)
    assert (flat[:, :examples] < examples).all()
    assert (flat[:, examples:] == examples).all()
    assert shown.steps * batch - examples < batch


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("examples", [7, 3000, 70_000])  # many, few and one epoch in a drawn block
def test_an_epoch_is_the_same_however_it_is_asked_for(examples, order):
    together = BatchOrder(examples, 5, order, 3).rows(0, 30)
    shown = BatchOrder(examples, 5, order, 3)
    for epoch in (29, 0, 21, 22, 7):  # also backwards
        np.testing.assert_array_equal(shown.rows(epoch, 1)[0], together[epoch])
    np.testing.assert_array_equal(BatchOrder(examples, 5, order, 3).rows(20, 9), together[20:29])


@pytest.mark.parametrize("order", ["shuffle", "random"])
@pytest.mark.parametrize(("examples", "epochs"), [(9, 600), (3000, 60), (70_000, 3)])
def test_no_epoch_repeats_another(examples, epochs, order):
    """Of blocks that hold many, few and one epoch, several."""
    rows = BatchOrder(examples, 3, order, 1).rows(0, epochs).reshape(epochs, -1)
    assert len(np.unique(rows[:, :9], axis=0)) > 0.98 * epochs  # of 9! or more beginnings, hardly any comes twice


@pytest.mark.parametrize(("examples", "block"), [(9, 256), (3000, 21), (70_000, 1)])
def test_the_draws_that_runs_of_before_made_are_made_again(examples, block):
    """A generator of the seed and the number of the block, which replays of runs on files need: 256 epochs at most."""
    epoch = 2 * block + min(block - 1, 5)
    rng = np.random.default_rng([3, 2])
    shuffled = rng.permuted(np.tile(np.arange(examples, dtype=np.int32), (block, 1)), axis=1)[epoch - 2 * block]
    rows = BatchOrder(examples, 5, "shuffle", 3).rows(epoch, 1).ravel()
    np.testing.assert_array_equal(rows[:examples], shuffled)


@pytest.mark.parametrize("order", ["shuffle", "random"])
def test_the_seed_chooses_the_order(order):
    draw = [BatchOrder(30, 4, order, seed).rows(0, 2) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(draw[0], draw[1])
    assert (draw[0] != draw[2]).any()


def test_all_means_one_update_an_epoch():
    shown = make_batch_order(9, "all", "shuffle", 0)
    assert (shown.batch_size, shown.steps, shown.takes_all) == (9, 1, True)
    assert make_batch_order(9, 9, "sequential", 0).takes_all
    assert not make_batch_order(9, "all", "random", 0).takes_all
    assert not make_batch_order(9, 8, "shuffle", 0).takes_all


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"batch_size": 11}, "batch_size is 11, but there are 10 training examples: use 'all' or less"),
        ({"batch_size": 0}, "batch_size is 0; it must be 'all' or a whole number of at least 1"),
        ({"batch_size": -3}, "batch_size is -3"),
        ({"batch_size": 2.0}, "batch_size is 2.0"),
        ({"batch_size": True}, "batch_size is True"),
        ({"batch_size": "full"}, "batch_size is 'full'"),
        ({"order": "shufle"}, "unknown order 'shufle': did you mean 'shuffle'"),
        ({"seed": -1}, "seed is -1; it must be a whole number of at least 0"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"seed": None}, "seed is None"),
        ({"seed": True}, "seed is True"),
    ],
)
def test_refuses(settings, says):
    with pytest.raises(tw.ArgumentError) as refused:
        make_batch_order(**{"examples": 10, "batch_size": 4, "order": "shuffle", "seed": 0, **settings})
    assert says in str(refused.value)
