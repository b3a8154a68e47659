"""A student who works a step by hand: plain loops, every number rounded on the way, and one mistake if one is planted.

Not by the library's formulas: the chain rule of the textbooks, unit by unit. `say` writes a line down; where the
planted mistake is of that line, it writes what comes out of the mistake instead, and goes on with that.
"""

import math

import numpy as np


class Student:
    """`how` is "operations" (each one rounded), "lines" (each line) or "memory" (only what is written down)."""

    def __init__(self, step, decimals, how="lines", line=None, mistake=None):
        self.step, self.decimals, self.how = step, decimals, how
        self.line, self.mistake = line, mistake
        self.said, self.kept = {}, {}
        self.possible = {}
        self.several = step.examples > 1

    def r(self, value):
        """An operation's result, rounded by one who rounds each."""
        return round(value, self.decimals) if self.how == "operations" else value

    def say(self, name, value, **wrong):
        self.possible[name] = {
            kind: made for kind, made in wrong.items() if not math.isclose(made, value, abs_tol=1e-9)
        }
        if name == self.line:
            value = wrong[self.mistake]
        self.said[name] = round(value, self.decimals)
        self.kept[name] = value if self.how == "memory" and self.line is None else self.said[name]
        return self.kept[name]

    def f(self, kind, n):
        r = self.r
        if kind == "sigmoid":
            return r(1 / r(1 + r(math.exp(-n))))
        return {"tanh": math.tanh, "linear": lambda u: u, "relu": lambda u: max(u, 0.0)}[kind](n)

    def slope(self, kind, n, a):
        r = self.r
        return {"sigmoid": r(a * (1 - a)), "tanh": 1 - r(a * a), "linear": 1.0, "relu": float(n > 0)}[kind]

    def work(self):
        step = self.step
        gradients = [self._example(q) for q in range(step.examples)]
        mean = step.loss.reduction == "mean"
        for name in gradients[0]:
            parts = [gradient[name] for gradient in gradients]
            g = parts[0]
            if self.several:
                added = sum(parts)
                share = self.r(added / len(parts)) if mean else added
                other = added if mean else added / len(parts)
                g = self.say(f"gradient:{name}", share, mean_for_sum=other, sign=-share, term=share - parts[0])
            rate, old = step.rule.learning_rate, self._weight(name)
            delta = self.say(f"delta:{name}", self.r(-rate * g), sign=rate * g, factor=-g, update=old - rate * g)
            self.say(f"new_weight:{name}", old + delta, sign=old - delta, update=delta)
        return self.said

    def _weight(self, name):
        layer, _, place = name.removesuffix("]").partition("[")
        to, _, of = place.partition(",")
        weights, bias = self.step.params[layer]
        if not of:
            return float(bias[int(to)])
        source, _, j = of.rpartition(":")
        source = source or next(iter(weights))
        return float(weights[source][int(to), int(j)])

    def _example(self, q):
        step, net, r = self.step, self.step.network, self.r
        end = f"#{q + 1}" if self.several else ""
        sent = {name: [float(x) for x in values[q]] for name, values in step.inputs.items()}
        nets, slopes, s = {}, {}, {}
        for layer in net.layers:
            weights, bias = step.params[layer.name]
            kind = type(layer.activation).__name__.lower()
            nets[layer.name] = []
            for i in range(layer.size):
                terms = [r(float(W[i, j]) * sent[k][j]) for k, W in weights.items() for j in range(W.shape[1])]
                b = float(bias[i])
                turned = [
                    float(W[j, i]) * sent[k][j] if j < W.shape[0] and i < W.shape[1] else math.nan
                    for k, W in weights.items()
                    for j in range(W.shape[1])
                ]
                wrong = {"bias": sum(terms), "term": sum(terms[1:]) + b, "sign": sum(terms) - b}
                if not math.isnan(sum(turned)):
                    wrong["transposed"] = sum(turned) + b
                nets[layer.name].append(self.say(f"net_input:{layer.name}[{i}]{end}", sum(terms) + b, **wrong))
            n = nets[layer.name]
            if kind == "softmax":
                e = [r(math.exp(u)) for u in n]
                values = [r(u / sum(e)) for u in e]
                alone = [{"factor": u, "sign": math.exp(-v) / sum(e)} for u, v in zip(e, n, strict=True)]
            else:
                values = [self.f(kind, u) for u in n]
                alone = [{"activation": u} for u in n] if kind != "linear" else [{} for u in n]
            sent[layer.name] = [self.say(f"output:{layer.name}[{i}]{end}", a, **alone[i]) for i, a in enumerate(values)]
            if kind != "softmax":
                slopes[layer.name] = []
                for i, (u, a) in enumerate(zip(n, sent[layer.name], strict=True)):
                    value = self.slope(kind, u, a)
                    if kind != "linear":
                        value = self.say(f"slope:{layer.name}[{i}]{end}", value, derivative=a, sign=-value)
                    slopes[layer.name].append(value)
        last = net.output.name
        t, a = [float(x) for x in step.targets[q]], sent[last]
        for i in range(len(t)):
            self.say(f"error:{last}[{i}]{end}", t[i] - a[i], sign=a[i] - t[i])
        s[last] = []
        loss = type(step.loss).__name__.lower()
        factor = {"halfsse": 1.0, "sse": 2.0, "mse": 2.0 / len(t), "crossentropy": 1.0}[loss]
        for i in range(len(t)):
            e, fused = t[i] - a[i], last not in slopes
            if fused:
                value, wrong = a[i] - t[i], {"derivative": (a[i] - t[i]) * a[i] * (1 - a[i])}
            else:
                slope = slopes[last][i]
                value = r(r(-factor * e) * slope)
                wrong = {"derivative": -factor * e, "factor": -e * slope}
            wrong["sign"] = -value
            s[last].append(self.say(f"sensitivity:{last}[{i}]{end}", value, **wrong))
        for layer in reversed(net.layers[:-1]):
            s[layer.name] = []
            for i in range(layer.size):
                fed = [
                    (after, k, np.asarray(step.params[after].weights[layer.name]))
                    for after in net.fed_by[layer.name]
                    for k in range(net.sizes[after])
                ]
                terms = [r(float(W[k, i]) * s[after][k]) for after, k, W in fed]
                slope = slopes[layer.name][i]
                new = [float(step.new_params[after].weights[layer.name][k, i]) * s[after][k] for after, k, _ in fed]
                wrong = {"derivative": sum(terms), "sign": -slope * sum(terms), "stale": slope * sum(new)}
                if len(terms) > 1:
                    wrong["term"] = slope * sum(terms[1:])
                if all(i < W.shape[0] and k < W.shape[1] for _, k, W in fed):
                    wrong["transposed"] = slope * sum(float(W[i, k]) * s[after][k] for after, k, W in fed)
                if net.fed_by[layer.name] == (last,) and len(t) == 1:
                    wrong["error"] = slope * float(fed[0][2][0, i]) * (t[0] - a[0])
                value = r(slope * sum(terms))
                s[layer.name].append(self.say(f"sensitivity:{layer.name}[{i}]{end}", value, **wrong))
        found = {}
        for layer in net.layers:
            weights, bias = step.params[layer.name]
            for i in range(layer.size):
                for source, W in weights.items():
                    for j in range(W.shape[1]):
                        place = f"{i},{source + ':' if len(weights) > 1 else ''}{j}"
                        name = f"{layer.name}[{place}]"
                        x = sent[source][j]
                        value = r(s[layer.name][i] * x)
                        wrong = {
                            "sign": -value,
                            "factor": s[layer.name][i],
                            "layer": s[layer.name][i] * sent[layer.name][i],
                        }
                        if source in nets:
                            wrong["activation"] = s[layer.name][i] * nets[source][j]
                        if i != j and j < layer.size and i < W.shape[1]:
                            wrong["transposed"] = s[layer.name][j] * sent[source][i]
                        found[name] = self.say(f"example_gradient:{name}{end}", value, **wrong)
                name = f"{layer.name}[{i}]"
                value = s[layer.name][i]
                found[name] = self.say(f"example_gradient:{name}{end}", value, sign=-value, bias=value * float(bias[i]))
        return found


def a_step(kind, seed=0, examples=1):
    """A chain, softmax with cross-entropy, or a graph whose layers have two sources, with numbers of few decimals."""
    import thalweg as tw

    rng = np.random.default_rng(seed)
    if kind == "chain":
        net, loss = tw.mlp(2, 2, 2, hidden="sigmoid", output="sigmoid"), "half_sse"
        T = rng.choice([0.1, 0.2, 0.8, 0.9], (examples, 2))
    elif kind == "squares":
        net, loss = tw.mlp(2, 3, 1, hidden="tanh", output="linear"), "mse"
        T = np.round(rng.uniform(1.5, 2.5, (examples, 1)), 1)
    elif kind == "softmax":
        net, loss = tw.mlp(2, 2, 3, hidden="tanh", output="softmax"), "cross_entropy"
        T = np.eye(3)[rng.integers(0, 3, examples)]
    else:
        net, loss = tw.cascade(2, 2, 1, hidden="tanh", output="linear"), "sse"
        T = np.round(rng.uniform(1.5, 2.5, (examples, 1)), 1)
    x = rng.choice([-1, 1], net.parameter_count) * np.round(rng.uniform(0.2, 0.9, net.parameter_count), 2)
    P = np.round(rng.choice([-1, 1], (examples, 2)) * rng.uniform(0.4, 1.2, (examples, 2)), 1)
    return tw.worked_step(net, loss, net.unravel(x), P, T, tw.GradientDescent(0.5))


KINDS = ("chain", "squares", "softmax", "graph")
