"""Runs for the pictures of what moves: small ones, made once."""

from functools import cache

import numpy as np

import thalweg as tw

WILD = "<img src=x onerror=alert(1)>"
PHONE = {"viewport": {"width": 360, "height": 740}}
RNG = np.random.default_rng(0)
P = RNG.normal(size=(60, 2))
LABELS = (P[:, 0] * P[:, 1] > 0).astype(int)


@cache
def classifier():
    """Two classes over a plane, with three parts, and early stopping."""
    T = LABELS[:, None].astype(float)
    return tw.train(
        tw.mlp(2, 4, 1, output="sigmoid"), P[:30], T[:30], optimizer=tw.Adam(0.05), epochs=60, engine="numpy", seed=1,
        validation=(P[30:45], T[30:45]), test=(P[45:], T[45:]), record="all",
    )  # fmt: skip


@cache
def curve():
    """One input and one output."""
    x = np.linspace(-1, 1, 20)[:, None]
    return tw.train(tw.mlp(1, 3, 1), x[::2], np.sin(3 * x[::2]), optimizer="lm", epochs=12, engine="numpy",
                    validation=(x[1::2], np.sin(3 * x[1::2])), record="all")  # fmt: skip


NOTEBOOK = """async ([source, values]) => {
  const heard = new Map();
  window.model = {
    sent: [],
    get: (name) => values[name],
    set(name, value) { values[name] = value; for (const one of heard.get(`change:${name}`) ?? []) one(); },
    on(event, listener) { heard.set(event, [...(heard.get(event) ?? []), listener]); },
    save_changes() { this.sent.push({ ...values }); },
  };
  const module = await import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  window.end = module.default.render({ model, el: document.body.appendChild(document.createElement("div")) });
}"""
"""A model as a notebook gives it, whose changes are sent where `save_changes` is called."""


def painted(page):
    """Waits until what was asked for is drawn."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
