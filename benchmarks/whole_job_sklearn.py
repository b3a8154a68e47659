"""The same job of scikit-learn, as a program of its own: `python whole_job_sklearn.py DATA.npz EPOCHS BATCH_SIZE`."""

import sys
import time
import warnings

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

warnings.simplefilter("ignore")  # that the epochs were reached is what is wanted
data = dict(np.load(sys.argv[1]))
P, y, held_out, test_y = (data[name] for name in ("P", "y", "test_P", "test_y"))
epochs, batch_size = int(sys.argv[2]), int(sys.argv[3])
estimator = MLPRegressor if test_y.dtype.kind == "f" else MLPClassifier
model = estimator(
    hidden_layer_sizes=(100,),
    activation="relu",
    solver="adam",
    alpha=0.0,
    batch_size=batch_size,
    max_iter=epochs,
    tol=0.0,
    n_iter_no_change=epochs + 1,
    random_state=0,
)
began = time.perf_counter()
model.fit(P, y)
took = time.perf_counter() - began
print("-", model.n_iter_ * -(-len(P) // batch_size), took, float(model.score(held_out, test_y)))
