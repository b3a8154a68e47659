"""Trainings that are killed, terminated and interrupted at random moments, in children of a process without JAX.

A program, as such children are forked: it prints one JSON object of what became of them.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np

import thalweg as tw

P = np.random.default_rng(0).normal(size=(60, 2))
T = np.sin(P[:, :1]) + P[:, 1:]
OPTIONS = {
    "epochs": 120, "batch_size": 20, "order": tw.PrioritySampling(0.5, refill_every=3), "engine": "numpy",
    "optimizer": tw.Adam(tw.schedules.ReduceOnPlateau(0.05, patience=9)), "validation": (P[:20], T[:20]),
}  # fmt: skip


def train(folder=None, callbacks=()):
    place = None if folder is None else tw.Checkpoints(folder, every="0.02s", resume=True)
    net = tw.mlp(2, 6, 1, dropout=0.2)
    return tw.train(net, P, T, "mse", verbose=False, **OPTIONS, checkpoint=place, callbacks=callbacks)


def told(run):
    numbers = run.network.ravel(run.params), run.history.loss, run.history.validation_loss
    return b"".join(values.tobytes() for values in numbers).hex()


def child(folder, answer, until=None):
    """A process that trains, and writes what came out; one that has begun waits for a file, if it is told to."""

    def wait(_):
        while list(folder.glob("checkpoint-*")) and not until.exists():
            time.sleep(0.005)

    number = os.fork()
    if number == 0:
        try:
            run = train(folder, [wait] if until else [])
            answer.with_suffix(".aside").write_text(json.dumps([run.stopped_because, told(run)]))
            answer.with_suffix(".aside").replace(answer)
        finally:
            os._exit(7)
    return number


def ended(number):
    """Its exit status, or that of the signal that ended it, negative."""
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def begun(folder):
    while not list(folder.glob("checkpoint-*")):
        time.sleep(0.005)


def main(place):
    found = {"whole": told(train())}
    began = time.perf_counter()
    train()
    seconds = time.perf_counter() - began
    draw, statuses = random.Random(0), []
    folder, answer = Path(place, "killed"), Path(place, "killed.json")
    while len(statuses) < 10:
        number = child(folder, answer)
        time.sleep(draw.uniform(0.0, 0.25 * seconds))
        os.kill(number, signal.SIGKILL)
        statuses.append(ended(number))
        if statuses[-1] != -signal.SIGKILL:  # it came to its end: another
            statuses.pop()
            folder = folder.with_name(f"{folder.name}+")
    number = child(folder, answer)
    found["killed"] = [statuses, ended(number), *json.loads(answer.read_text())]
    for signalled in (signal.SIGTERM, signal.SIGINT):
        folder, answer = Path(place, signalled.name), Path(place, f"{signalled.name}.json")
        sent = answer.with_suffix(".sent")
        number = child(folder, answer, until=sent)
        begun(folder)
        os.kill(number, signalled)
        sent.touch()
        status = ended(number)
        stopped = json.loads(answer.read_text())[0] if answer.exists() else None
        again = ended(child(folder, answer))
        found[signalled.name] = [status, stopped, again, *json.loads(answer.read_text())]
    number = child(Path(place, "locked"), Path(place, "locked.json"), until=Path(place, "never"))
    begun(Path(place, "locked"))
    os.kill(number, signal.SIGSTOP)
    try:
        train(Path(place, "locked"))
    except tw.FileError as error:
        found["locked"] = str(error).replace(str(number), "N")
    os.kill(number, signal.SIGKILL)
    ended(number)
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
