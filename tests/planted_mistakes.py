"""The mistakes of `backprop_by_hand`, what their names must match, and where each changes a gradient."""

import functools

import numpy as np
from backprop_by_hand import NETS, data_of, loss_and_gradient

SINGLES = {
    "targets one later": "targets one row later",
    "targets shifted": "targets' columns shifted",
    "1 - t": "1 - t",
    "plus t": r"\+ t",
    "n for a in the error": "net input n for the output a",
    "rounded outputs": "rounded outputs",
    "error of mae": "mae",
    "no f' at the output": "without f'|a - t",
    "f' twice at the output": "f' twice|derivative already",
    "other f' at the output": "derivative of",
    "softmax's diagonal": "diagonal",
    "a - t of cross-entropy": "a - t|without f'|cross_entropy|factor",
    "|e|": r"\|e\|",
    "the sign": "other sign",
    "twice": "factor 2",
    "half": "factor 0.5",
    "sum for mean": "sum over the .* examples where their mean belongs|factor",
    "mean once more": "mean over the .* examples|divided",
    "mean over outputs": "mean over the .* outputs|factor",
    "sum over outputs": "sum over the .* outputs|factor",
    "N - 1 for N": "divided by",
    "a factor of 0.37": "factor 0.37",
    "row 2 dropped": "without row 2",
    "last row dropped": "without row",
    "row 1 twice": "row 1 of the examples twice",
    "last example only": "last of the examples alone",
    "first three only": "first 3|without row 3",
    "new W": "new weights",
    "|W|": r"\|W\|",
    "error before f'": "before that layer's f'|without f'",
    "output's error all the way": "error terms of",
    "mean of the errors back": "averaged over the examples",
    "W for W'": "W for Wᵀ",
    "without W": "without the weights",
    "bias column left in": "bias's column",
    "no f'": "without f'",
    "no f' in layer 1": "without f'",
    "f' at a": "f' taken at a",
    "n in the formula of f'": "n in the place of a|f' taken at a",
    "f' twice in layer 1": "f' twice",
    "other f'": "derivative of",
    "f for f'": "the output itself",
    "1 - a for f'": "1 - a",
    "sign of layer 1": "other sign",
    "n into the product": "net inputs n of the layer before",
    "inputs one later": "one example later",
    "own output into the product": "its own outputs",
    "ones into the product": "ones for|once for each",
    "W's gradient by the last example": "last of the examples alone",
    "b's gradient by the last example": "last of the examples alone",
    "b's gradient a mean": "mean over the .* examples|factor|divided",
    "b's gradient one sum": "one sum over",
    "b's sum over the units": "sum over the units",
    "b from W's rows": "weights' gradient",
    "e in b for s": "before its f'",
    "no penalty": "without the penalty",
    "no penalty in layer 1": "without the penalty",
    "penalty twice": "2λ",
    "penalty's sign": "-λ",
    "penalty over N": "divided by the",
    "l1 for l2": r"Σ \|w\|",
    "penalty on biases": "penalty of the weights on the biases",
    "a penalty too many": "penalty's derivative of 0.07",
    "W1 transposed": "transposed",
    "last W transposed": "transposed",
    "W1 by columns": "by columns|transposed",
    "b1 0": "zeros",
    "W1 0": "zeros",
    "all biases 0": "zeros",
    "sign of W1": "other sign",
    "sign of the last b": "other sign",
    "W1 twice": "factor 2",
    "last W over N": "mean over the .* examples|factor|divided",
    "first row of W1 left out": "first row",
    "last column of W1 left out": "last column",
    "rows of W1 exchanged": "rows",
    "columns of W1 reversed": "columns",
    "a column of the inputs twice": "column 1 is that of column 0",
    "b1 rolled": "entries",
    "|W1|": "absolute",
}
"""Each mistake, and what its name must match."""

PAIRS = [
    ("the sign", "no f'"),
    ("the sign", "new W"),
    ("twice", "no f' in layer 1"),
    ("sum for mean", "no f'"),
    ("sum for mean", "b's gradient a mean"),
    ("no f' at the output", "no f' in layer 1"),
    ("no f' at the output", "new W"),
    ("no f' at the output", "W1 transposed"),
    ("softmax's diagonal", "no f'"),
    ("softmax's diagonal", "b1 0"),
    ("targets one later", "no f'"),
    ("row 2 dropped", "other f'"),
    ("row 1 twice", "b1 0"),
    ("last row dropped", "no f'"),
    ("new W", "no f' in layer 1"),
    ("new W", "b's gradient one sum"),
    ("new W", "last W over N"),
    ("W for W'", "no f'"),
    ("W for W'", "sign of W1"),
    ("|W|", "f' at a"),
    ("error before f'", "sign of layer 1"),
    ("no f' in layer 1", "last W transposed"),
    ("no f'", "b's gradient by the last example"),
    ("no f'", "no penalty"),
    ("other f'", "penalty on biases"),
    ("f' at a", "W1 twice"),
    ("n in the formula of f'", "sign of the last b"),
    ("f' twice in layer 1", "rows of W1 exchanged"),
    ("1 - a for f'", "all biases 0"),
    ("n into the product", "no f' in layer 1"),
    ("n into the product", "the sign"),
    ("inputs one later", "b's gradient a mean"),
    ("own output into the product", "half"),
    ("penalty twice", "no f'"),
    ("no penalty", "sum for mean"),
    ("penalty on biases", "the sign"),
    ("sign of W1", "sign of the last b"),
    ("W1 by columns", "all biases 0"),
    ("b1 rolled", "half"),
    ("columns of W1 reversed", "last W over N"),
    ("bias column left in", "no f' in layer 1"),
    ("a factor of 0.37", "no f' in layer 1"),
    ("a penalty too many", "no f'"),
    ("1 - t", "W1 transposed"),
]


@functools.cache
def cases():
    """(network, mistakes) of all that change a gradient, two where each changes it alone."""
    found = []
    for name, net in NETS.items():
        x, P, T = data_of(net)
        right = loss_and_gradient(net, P, T, x)[1]

        def changes(wrong, net=net, x=x, P=P, T=T, right=right):
            g = loss_and_gradient(net, P, T, x, wrong)[1]
            return not all(np.allclose(g[k], right[k], rtol=1e-9, atol=1e-12) for k in g)

        single = {one for one in SINGLES if changes((one,))}
        found += [(name, (one,)) for one in SINGLES if one in single]
        found += [(name, pair) for pair in PAIRS if single.issuperset(pair) and changes(pair)]
    return found


def check_of(name, wrong):
    """What the check says of a network's gradient with mistakes."""
    import thalweg as tw

    net = NETS[name]
    x, P, T = data_of(net)
    return tw.check_gradient(
        lambda x: loss_and_gradient(net, P, T, x, wrong),
        x,
        network=tw.mlp(*net["sizes"], hidden=net["hidden"], output=net["output"]),
        loss=net["loss"],
        l2=net["l2"],
        data=(P, T),
    )
