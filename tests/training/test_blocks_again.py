"""Blocks that are read again in each epoch must be those of the first passage: others are refused, not trained on."""

import numpy as np
import pytest

import thalweg as tw

DRAWN = np.random.default_rng(5)
P = DRAWN.normal(size=(120, 2))
T = P.sum(axis=1, keepdims=True)
BLOCKS = [(P[start : start + 20], T[start : start + 20]) for start in range(0, 120, 20)]
HOW = {"epochs": 3, "batch_size": 10, "engine": "numpy", "verbose": False}
MEMORY = 6 * 16 * 40
"""A buffer of forty examples: two inputs, a target and what each counts, in float32."""


def passages(*given):
    """A source that gives other blocks in each passage, the last ones from then on."""
    left = list(given)
    return lambda: iter(left.pop(0) if len(left) > 1 else left[0])


class Listed(list):
    """A list whose third block is another once all were seen."""

    def __init__(self):
        super().__init__(BLOCKS)
        self.seen = 0

    def __getitem__(self, number):
        self.seen += 1
        inputs, targets = super().__getitem__(number)
        return (inputs + (number == 2 and self.seen > len(self)), targets)


OTHERS = {
    "more": (BLOCKS + BLOCKS[:1], "block 7: more blocks came than the 6 before"),
    "fewer": (BLOCKS[:-1], "blocks: 5 came, and 6 before"),
    "sizes": ([(P[:19], T[:19]), *BLOCKS[1:]], "block 1: 19 examples now, and 20 before"),
    "inputs": ([*BLOCKS[:3], (P[60:80] + 1, T[60:80]), *BLOCKS[4:]], "block 4: other examples, or weights, than"),
    "targets": ([*BLOCKS[:5], (P[100:], -T[100:])], "block 6: other examples, or weights, than before"),
    "weights": ([(*block, np.full(20, 0.5)) for block in BLOCKS], "block 1: other examples, or weights, than before"),
}


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("judged", [False, True], ids=["trained on", "validated by"])
def test_others_in_a_later_epoch_are_refused(other, judged):
    given, told = OTHERS[other]
    source = tw.blocks(passages(BLOCKS, BLOCKS, given), memory=MEMORY)
    streams = {"validation": source} if judged else {}
    with pytest.raises(tw.DataError, match=f"^{told}.*: give the same in each epoch"):
        tw.train(tw.mlp(2, 3, 1), tw.blocks(BLOCKS, memory=MEMORY) if judged else source, **streams, **HOW)


def test_a_list_whose_blocks_change_is_refused():
    with pytest.raises(tw.DataError, match=r"^block 3: other examples, or weights, than before"):
        tw.train(tw.mlp(2, 3, 1), tw.blocks(Listed(), memory=MEMORY), **HOW)


def test_the_same_blocks_are_the_same_training_in_a_list_that_is_made_anew():
    made_anew = type("Anew", (Listed,), {"__getitem__": lambda self, number: tuple(map(np.copy, BLOCKS[number]))})
    one, other = (
        tw.train(tw.mlp(2, 3, 1), tw.blocks(source, memory=MEMORY), **HOW) for source in (BLOCKS, made_anew())
    )
    np.testing.assert_array_equal(one.history.loss, other.history.loss)
