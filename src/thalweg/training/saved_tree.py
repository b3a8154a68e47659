"""A tree of arrays and numbers as named arrays and back, to the bit: what is a plain number stays one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

_PLAIN = {"bool": bool, "int": int, "float": float}


def tensors_of(place: str, tree: Any, *, by_jax: bool = False) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The leaves of a tree as arrays named by their places, and the kinds of those that are more than an array.

    `by_jax`: a tree of any nodes that JAX knows, such as the state of a rule of optax.

    >>> tensors_of("state", {"x": np.ones(2), "step": 3})
    ({'state/x': array([1., 1.]), 'state/step': array(3)}, {'state/step': 'int'})
    """
    tensors, kinds = {}, {}
    for name, leaf in _leaves_by_jax(place, tree) if by_jax else _leaves(place, tree):
        kind, array = _as_array(leaf)
        tensors[name] = array
        if kind:
            kinds[name] = kind
    return tensors, kinds


def tree_of(
    place: str, like: Any, tensors: Mapping[str, np.ndarray], kinds: Mapping[str, str], *, by_jax: bool = False
) -> Any:
    """The tree that has the structure and the shapes of another, and these leaves; KeyError or ValueError if it cannot.

    >>> like = {"x": np.zeros(2), "step": 0}
    >>> tree_of("state", like, *tensors_of("state", {"x": np.ones(2), "step": 3}))
    {'x': array([1., 1.]), 'step': 3}
    """
    if by_jax:
        import jax

        found = [_leaf(name, leaf, tensors, kinds) for name, leaf in _leaves_by_jax(place, like)]
        return jax.tree.unflatten(jax.tree.structure(like), found)
    if like is None:
        return None
    if isinstance(like, Mapping):
        return {key: tree_of(f"{place}/{key}", value, tensors, kinds) for key, value in like.items()}
    if isinstance(like, tuple):
        parts = [tree_of(f"{place}/{name}", part, tensors, kinds) for name, part in _named(like)]
        return type(like)(*parts) if hasattr(like, "_fields") else tuple(parts)
    return _leaf(place, like, tensors, kinds)


def _leaves(place: str, tree: Any) -> Iterator[tuple[str, Any]]:
    if tree is None:
        return
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _leaves(f"{place}/{key}", value)
    elif isinstance(tree, tuple):
        for name, part in _named(tree):
            yield from _leaves(f"{place}/{name}", part)
    else:
        yield place, tree


def _named(parts: tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    names = getattr(parts, "_fields", None) or [str(number) for number in range(len(parts))]
    return zip(names, parts, strict=True)


def _leaves_by_jax(place: str, tree: Any) -> Iterator[tuple[str, Any]]:
    import jax

    for path, leaf in jax.tree_util.tree_flatten_with_path(tree)[0]:
        yield place + jax.tree_util.keystr(path), leaf


def _as_array(leaf: Any) -> tuple[str, np.ndarray]:
    """A leaf's kind and array; the kind is empty for an array as it lies."""
    plain = next((name for name, kind in _PLAIN.items() if type(leaf) is kind), "")
    if plain:
        return plain, np.asarray(leaf)
    if not isinstance(leaf, np.ndarray | np.generic) and _is_key(leaf):
        import jax

        return f"key {jax.random.key_impl(leaf)}", np.asarray(jax.random.key_data(leaf))
    array = np.asarray(leaf)
    if array.dtype.kind not in "biuf":  # types of JAX's, such as bfloat16
        return f"type {array.dtype}", np.asarray(array, order="C").view(f"u{array.dtype.itemsize}")
    if isinstance(leaf, np.generic):
        return "scalar", array
    if array.flags.f_contiguous and not array.flags.c_contiguous:
        return "columns", array.T
    return "", np.asarray(array, order="C")


def _leaf(name: str, like: Any, tensors: Mapping[str, np.ndarray], kinds: Mapping[str, str]) -> Any:
    kind, _, of = kinds.get(name, "").partition(" ")
    array = np.array(tensors[name])
    if kind in _PLAIN:
        return _PLAIN[kind](array)
    if kind == "key":
        import jax

        return jax.random.wrap_key_data(jax.numpy.asarray(array), impl=of)
    if kind == "type":
        dtype = np.dtype(of)
        if dtype.hasobject:
            raise ValueError(f"{name} is of type {of}, which no file holds")
        array = array.view(dtype)
    if kind == "columns":
        array = array.T
    if array.shape != np.shape(like):
        raise ValueError(f"{name} has shape {array.shape}, not {np.shape(like)}")
    return array[()] if kind == "scalar" else array


def _is_key(leaf: Any) -> bool:
    from .xla_engine import is_key

    return is_key(leaf)
