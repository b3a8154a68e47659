"""A whole job of Thalweg, as a program of its own: `python whole_job_thalweg.py DATA.npz EPOCHS BATCH_SIZE`."""

import sys
import time

import numpy as np

import thalweg as tw

data = dict(np.load(sys.argv[1]))
P, T, held_out, test_y = (data[name] for name in ("P", "T", "test_P", "test_y"))
regression = test_y.dtype.kind == "f"
output = "linear" if regression else "sigmoid" if T.shape[1] == 1 else "softmax"
net = tw.mlp(P.shape[1], 100, T.shape[1], hidden="relu", output=output)
began = time.perf_counter()
run = tw.train(net, P, T, batch_size=int(sys.argv[3]), epochs=int(sys.argv[2]))
took = time.perf_counter() - began
outputs = run.predict(held_out)
if regression:
    score = 1 - ((test_y - outputs[:, 0]) ** 2).sum() / ((test_y - test_y.mean()) ** 2).sum()
else:
    found = outputs.argmax(axis=1) if T.shape[1] > 1 else outputs[:, 0] > 0.5
    score = (found == test_y).mean()
print(run.engine, run.updates, took, float(score))
