from hypothesis import given
from hypothesis import strategies as st

from thalweg.training.engines import plan


@given(steps=st.integers(1, 30), epochs=st.integers(1, 20), budgets=st.lists(st.integers(0, 100), min_size=1))
def test_stretches_cover_every_update_once_and_in_order(steps, epochs, budgets):
    done, position, turn, covered = 0, 0, 0, []
    while done < epochs:
        budget = budgets[turn % len(budgets)]
        stretch = plan(done, position, steps, epochs, budget)
        assert stretch.updates <= max(1, budget)
        assert stretch.ends == (stretch.stop == steps)
        for epoch in range(stretch.first, stretch.first + stretch.epochs):
            covered += [(epoch, update) for update in range(stretch.start, stretch.stop)]
        if stretch.ends:
            done, position = done + stretch.epochs, 0
        else:
            position = stretch.stop
        turn += 1
    assert covered == [(epoch, update) for epoch in range(epochs) for update in range(steps)]
