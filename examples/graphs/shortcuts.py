"""A graph instead of a chain: every layer is fed by all before it; a schedule of optax; the best epoch is kept."""

import sys
from pathlib import Path

import optax

import thalweg as tw
from thalweg.data import prepare

table = tw.read_table(Path(__file__).parents[1] / "data" / "diabetes.csv")
data = prepare(table, target="progression", seed=1)

net = tw.cascade(data.train.P.shape[1], 8, 4, 1, hidden="elliott", output="linear")
rule = tw.optimizers.Adam(learning_rate=optax.cosine_decay_schedule(0.02, decay_steps=1000))
validation = (data.validation.P, data.validation.T)
run = tw.train(net, data.train.P, data.train.T, optimizer=rule, epochs=100, validation=validation, patience=30, l2=0.01)

print(net.layers[-1].sources, net.parameter_count, "parameters")
print(run.explanation)

figure = tw.plots.learning_curves(run)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "shortcuts.svg")
