"""One step of backpropagation, every number of it, from net inputs to updates (AIFH's XOR)."""

import sys

import numpy as np
from rich.console import Console

import thalweg as tw

net = tw.Network({"I": 2}, [tw.Layer("H", 2, "sigmoid"), tw.Layer("O", 1, "sigmoid")])
params = {
    "H": tw.LayerParameters({"I": np.array([[-0.06783, 0.22341], [0.94878, 0.46159]])}, np.array([-0.46351, 0.09750])),
    "O": tw.LayerParameters({"H": np.array([[-0.22792, 0.58171]])}, np.array([0.77930])),
}
P, T = np.array([[1.0, 0.0]]), np.array([[1.0]])

passed = tw.forward(net, params, P)
s = tw.sensitivities(net, "half_sse", params, P, T)
F, gradient = tw.gradient(net, "half_sse", params, P, T)
rule = tw.Momentum(learning_rate=0.7, momentum=0.3)
delta, state = rule.update(gradient, rule.init(params), params)

np.set_printoptions(precision=6, suppress=True)
out = Console(record=True, width=72)
out.print(f"F = {F:.6f}")
for name in ("H", "O"):
    out.print(f"\nlayer {name}")
    out.print("  net input n    ", passed.net_inputs[name][0])
    out.print("  output a       ", passed.outputs[name][0])
    out.print("  sensitivity s  ", s[name][0])
    for source, g in gradient[name].weights.items():
        for neuron, row in enumerate(g, start=1):
            out.print(f"  dF/dW, {source} to {name}{neuron}", row)
    out.print("  dF/db          ", gradient[name].bias)
    out.print("  update of b    ", delta[name].bias)
out.save_svg(sys.argv[1] if len(sys.argv) > 1 else "one_step.svg", title="python examples/one_step.py")
