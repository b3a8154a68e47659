"""A table with numbers, categories, dates and gaps: trained, tested, saved, and used on new rows."""

import sys
from pathlib import Path

import thalweg as tw

table = tw.read_table(Path(__file__).parent / "data" / "houses.csv")
settings = tw.Settings(hidden=(32,), activation="tanh", weight_decay=0.01)
trained = tw.train_table(table, target="price", settings=settings)

for note in trained.prepared.notes:
    print("note:", note)
for name, value in trained.scores.lines():
    print(f"{name}: {value}")
print(trained.model.predict_table(table.head(3)).values.round())

figure = tw.plots.predicted_against_actual(trained.actual, trained.prediction.values)
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "houses.svg")
