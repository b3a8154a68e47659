"""The scripts of examples/ as a gallery: each is run, its output shown, and its figure taken from where it saves it.

The scripts stay as the README shows them: their first sentence is their title here.
"""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
GALLERY = Path(__file__).parents[1] / "_gallery"
SECTIONS = {
    "": (
        "Examples",
        "A table, XOR, the numbers of a step, and a training that misbehaves. All are run as this is built.",
    ),
    "graphs": ("Graphs", "Networks that are no chains."),
    "landscape": ("The texts' figures", "Error surfaces, paths over them, and learning rates, as the texts draw them."),
}


def copy_scripts(app):
    """Copy the scripts to where the gallery is made from, each with a title."""
    shutil.rmtree(GALLERY, ignore_errors=True)
    for section, (title, about) in SECTIONS.items():
        folder = GALLERY / section
        folder.mkdir(parents=True)
        (folder / "README.txt").write_text(f"{title}\n{'=' * len(title)}\n\n{about}\n", encoding="utf-8")
        for script in sorted((ROOT / "examples" / section).glob("*.py")):
            (folder / script.name).write_text(_titled(script), encoding="utf-8")
    for data in ("data", "worked"):
        shutil.copytree(ROOT / "examples" / data, GALLERY / data, ignore=shutil.ignore_patterns("*.py", "*.md"))


def _titled(script):
    text = script.read_text(encoding="utf-8")
    for above, place in (("parents[1]", 'Path("..")'), ("parent", "Path()")):  # it is run in its folder
        text = text.replace(f"Path(__file__).{above}", place)
    title = script.stem.replace("_", " ").capitalize()
    title = {"Xor": "XOR", "Adam": "Adam"}.get(title, title)
    return re.sub(r'\A"""', f'"""\n{title}\n{"=" * len(title)}\n\n', text)


def _figure(script):
    script = Path(script)
    ending = re.search(rf'else "{script.stem}(\.\w+)"', script.read_text(encoding="utf-8"))
    assert ending, f"{script.name} says nowhere under which name it saves its figure"
    return script.with_name(f"{script.stem}_figure{ending[1]}")


def saved_as(gallery_conf, script_vars):
    """The argument of a script: where it saves its figure."""
    return [str(_figure(script_vars["src_file"]))]


def figure_saved(block, block_vars, gallery_conf):
    """The figure that a script has saved, as a picture of its page."""
    from sphinx_gallery.scrapers import figure_rst

    saved = _figure(block_vars["src_file"])
    if not saved.exists():
        return ""
    place = Path(next(block_vars["image_path_iterator"])).with_suffix(saved.suffix)
    shutil.move(saved, place)
    return figure_rst([str(place)], gallery_conf["src_dir"])


def setup(app):
    """Copy before the gallery is made."""
    app.connect("builder-inited", copy_scripts, priority=1)
    return {"parallel_read_safe": True}
