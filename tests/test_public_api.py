"""What is public: sorted into rooms, listed, typed and documented."""

import ast
import functools
import importlib
import inspect
import re
import types
from pathlib import Path

import pytest

import thalweg as tw

MODULES = {name: getattr(tw, name) for name in dir(tw) if isinstance(getattr(tw, name), types.ModuleType)}
FLAT = [getattr(tw, name) for name in dir(tw) if name not in MODULES]
PUBLIC = [*FLAT, *(getattr(module, name) for module in MODULES.values() for name in module.__all__)]
SOURCE = Path(tw.__file__).parent
EXPORTED = {part for part in PUBLIC if inspect.isclass(part)}


def test_the_rooms():
    assert set(MODULES) == {
        "activations", "callbacks", "diagnosis", "estimators", "exchange", "gradient_check", "initializers",
        "learning_rates", "losses", "optimizers", "plots", "recipes", "schedules", "surface", "widgets", "worked",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_public_module_lists_its_names_and_shows_nothing_else(name):
    module = MODULES[name]
    assert dir(module) == sorted(module.__all__)
    assert all(hasattr(module, listed) for listed in module.__all__)


def test_the_root_shows_verbs_main_classes_and_rooms():
    assert dir(tw) == sorted(tw.__all__)
    assert not [name for name in tw.__all__ if name.startswith("_")]
    assert not any(inspect.isclass(part) and issubclass(part, tw.Rule) and part is not tw.Rule for part in FLAT)


def test_the_names_of_some_rooms_are_found_at_the_root_too():
    assert tw.Adam is tw.optimizers.Adam
    assert tw.trajectory is tw.surface.trajectory
    with pytest.raises(AttributeError, match="nonsense"):
        tw.nonsense  # noqa: B018


def methods(kind):
    for name, member in vars(kind).items():
        if isinstance(member, property | functools.cached_property):
            function = member.fget if isinstance(member, property) else member.func
        else:
            function = getattr(member, "__func__", member)
        if not name.startswith("_") and inspect.isfunction(function):
            yield function


@functools.cache
def relative_imports(module):
    nodes = ast.walk(ast.parse(inspect.getsource(module)))
    return [node for node in nodes if isinstance(node, ast.ImportFrom) and node.level]


def named_types(function):
    """The classes of this package that a function says it returns."""
    told = function.__annotations__.get("return")
    text = told if isinstance(told, str) else getattr(told, "__name__", "")
    scope = importlib.import_module(function.__module__)
    imported = {}
    for node in relative_imports(scope):
        package = scope.__name__ if hasattr(scope, "__path__") else scope.__name__.rpartition(".")[0]
        source = importlib.import_module("." * node.level + (node.module or ""), package)
        imported |= {alias.asname or alias.name: getattr(source, alias.name, None) for alias in node.names}
    for name in re.findall(r"[A-Za-z_]\w*", text):
        found = getattr(scope, name, imported.get(name))
        if inspect.isclass(found) and found.__module__.startswith("thalweg."):
            yield found


def test_every_type_that_a_public_function_returns_is_exported():
    functions = [part for part in PUBLIC if inspect.isfunction(part)]
    functions += [method for kind in EXPORTED for method in methods(kind)]
    missing = {
        f"{found.__name__} of {function.__qualname__}"
        for function in functions
        if function.__module__.startswith("thalweg.")
        for found in named_types(function)
        if found not in EXPORTED
    }
    assert not missing


def text_of(annotation):
    return getattr(annotation, "__forward_arg__", None) or str(annotation)


def annotations_of(part):
    """What a function, or a class by its fields, properties and methods, says of types, each with where it stands."""
    if inspect.isclass(part):
        yield from ((f"{part.__name__}.{name}", told) for name, told in vars(part).get("__annotations__", {}).items())
    for function in [part] if inspect.isfunction(part) else [*methods(part), *made(part)]:
        signature = inspect.signature(function)
        told = {name: parameter.annotation for name, parameter in signature.parameters.items()}
        told["return"] = signature.return_annotation
        yield from ((f"{function.__qualname__}: {name}", annotation) for name, annotation in told.items())


def made(kind):
    """How objects of a class are made and called, where the class itself says so and not its fields."""
    for name in ("__init__", "__call__"):
        function = vars(kind).get(name)
        if inspect.isfunction(function) and not function.__code__.co_filename.startswith("<"):
            yield function


def test_any_stands_nowhere_but_in_the_words_for_arrays():
    """The array API names no type of its arrays: `Array`, `Tree`, `Scalar`, `DType` and `Namespace` are these words."""
    parts = [part for part in PUBLIC if (inspect.isfunction(part) or inspect.isclass(part))]
    own = {part for part in parts if part.__module__.startswith("thalweg.")}
    told = [(where, text_of(annotation)) for part in own for where, annotation in annotations_of(part)]
    assert len(told) > 1500
    assert sorted({f"{where}: {text}" for where, text in told if re.search(r"\bAny\b", text)}) == []


def of_many_parameters(tree, of_class=""):
    """The functions in a module of more than eight parameters, each with its name, these and what tells of them."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from of_many_parameters(node, ast.get_docstring(node) or " ")
        if isinstance(node, ast.FunctionDef) and (node.name == "__init__" or not node.name.startswith("_")):
            own = node.args
            names = {one.arg for one in (*own.args, *own.kwonlyargs, own.kwarg) if one is not None} - {"self", "cls"}
            if len(names) > 8:
                yield node.name, names, of_class if node.name == "__init__" else ast.get_docstring(node) or ""


def test_functions_of_many_parameters_document_each():
    """Those of commands are options, each with its help."""
    undocumented, many = {}, 0
    for file in (file for file in sorted(SOURCE.rglob("*.py")) if file.parent.name != "cli"):
        for name, parameters, told in of_many_parameters(ast.parse(file.read_bytes())):
            lines = re.findall(r"^\s*(\w+(?:, \w+)*): ", told.partition("Args:")[2], re.M)
            missing = parameters - {one for line in lines for one in line.split(", ")}
            undocumented |= {f"{file.relative_to(SOURCE)}: {name}": sorted(missing)} if missing else {}
            many += 1
    assert not undocumented
    assert many > 30


def test_public_functions_of_many_parameters_have_a_line_for_each():
    undocumented = {}
    for function in {part for part in PUBLIC if inspect.isfunction(part)}:
        names = inspect.signature(function).parameters
        if len(names) > 8:
            told = (function.__doc__ or "").partition("Args:")[2]
            missing = [name for name in names if not re.search(rf"^\s*{name}(, \w+)*: ", told, re.M)]
            undocumented |= {function.__qualname__: missing} if missing else {}
    assert not undocumented
