"""docs/worked-gallery.md: the gallery as a table, made from its step files and from the numbers they are held to.

python tests/gallery_document.py      # writes docs/worked-gallery.md anew
"""

import tomllib
from pathlib import Path

from options_document import table

from thalweg.core.network import Network
from thalweg.registry import title_of
from thalweg.worked.step_files.gallery import ALIASES, gallery

ROOT = Path(__file__).parents[1]
PATH = ROOT / "docs" / "worked-gallery.md"
NUMBERS = ROOT / "tests" / "worked" / "gallery_numbers.toml"
HEAD = """# The gallery of worked examples

Made by `python tests/gallery_document.py` from the step files of `examples/gallery/` and `examples/worked/`, and from
`tests/worked/gallery_numbers.toml`, which has every number that the texts print with its place in the text.

You have a text open and want its example, every line of it, in the notation you know? It is likely here: {count}
published examples of backpropagation, and the {own} of [the five texts](sources.md). They come with the installation.

```{{terminal}}
:lines: 24
$ thalweg step --gallery mazur --weight "out[0,0]" --digits 9
```

`--gallery NAME` stands in the place of a step file wherever one is taken: `thalweg step`, `thalweg check`,
`thalweg surface`. Alone, `thalweg step --gallery` lists the names. In Python:

```python
>>> import thalweg as tw
>>> step = tw.worked.gallery_step("han_kamber").open()
>>> [float(out.round(3)) for out in step.passed.outputs["hidden"][0]]
[0.332, 0.525]
>>> [example.name for example in tw.worked.gallery() if "Nielsen" in example.source]
['nielsen_neuron', 'nielsen_saturated']

```

{held}
"""
HELD = """The tests hold each example to what its text prints: {numbers} numbers, at all their printed digits. Where an
example's own arithmetic gives another digit, the text has a slip; it is told in the notes of the step, and
[below](#slips-of-the-texts)."""


def written() -> str:
    """The whole document."""
    data = tomllib.loads(NUMBERS.read_text(encoding="utf-8"))
    held = {
        name: sum(len(group["numbers"]) for group in data["print"] if group["name"] == name) for name in _names(data)
    }
    examples = gallery()
    of_others = [example for example in examples if example.path.parent.name == "gallery"]
    of_the_five = [example for example in examples if example.path.parent.name == "worked"]
    heads = ("example", "text", "network", "what it shows", "numbers")
    others = [
        (
            _link(example.name),
            _text(example.reference),
            *_network(example.read()),
            example.about,
            str(held[example.name]),
        )
        for example in of_others
    ]
    five = [
        (_link(example.name, "worked"), example.source, *_network(example.read()), example.about)
        for example in of_the_five
    ]
    slips = [
        (f"`{slip['name']}`", slip["where"], slip["printed"], slip["right"], f"`{slip['quantity']}`")
        for slip in data["slip"]
    ]
    also = "; ".join(f"`--gallery {alias}` is `{name}`" for alias, name in ALIASES.items())
    return (
        HEAD.format(
            count=len(of_others),
            own=len(of_the_five),
            held=HELD.format(numbers=sum(held.values()) + len(slips)),
        )
        + "\n## Examples of other texts\n\n"
        + table(heads, others)
        + "\n## Examples of the five texts\n\n"
        + f"Their numbers are told equation by equation in [the five texts](sources.md); {also}.\n\n"
        + table(heads[:-1], five)
        + "\n## Slips of the texts\n\n"
        + "What a text prints, and what its own numbers give, neither of which is guessed: a test holds both.\n\n"
        + table(("example", "where", "printed", "right", "quantity"), slips)
        + ADDING
    )


ADDING = """
## An example of your own text

A step file (`thalweg step FILE`) with `title`, `source` (short, it stands behind the title), `reference` (the text in
full, with page or address: it is the first of the notes) and `about` (what it shows, in a line) is an example as these
are; [the keys](step-files.md) say the rest. Sent with the numbers that the text prints, and where, it joins them: a
group in `tests/worked/gallery_numbers.toml` is all that the test needs.
"""


def _names(data: dict) -> list[str]:
    return sorted({group["name"] for group in data["print"]})


def _link(name: str, folder: str = "gallery") -> str:
    return f"[`{name}`](../examples/{folder}/{name}.toml)"


def _text(reference: str) -> str:
    """A reference with its address as a link."""
    head, https, rest = reference.partition("https://")
    http = head.partition("http://")
    if not https and http[1]:
        head, https, rest = http
    if not https:
        return reference
    address, semicolon, more = rest.partition("; ")
    return f"{head.rstrip(' ,')}, <{https}{address}>{semicolon}{more}"


def _network(read) -> tuple[str]:
    """Inputs, and each layer's size and activation."""
    net: Network = read.network
    inputs = " + ".join(str(size) for size in net.inputs.values())
    layers = [f"{layer.size} {title_of(layer.activation).lower()}" for layer in net.layers]
    return (" – ".join([inputs, *layers]),)


if __name__ == "__main__":
    PATH.write_text(written(), encoding="utf-8")
