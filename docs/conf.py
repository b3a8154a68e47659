"""The documentation as a site: `pip install -e ".[docs]" && sphinx-build -W --keep-going docs build/docs`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

import thalweg

project = "Thalweg"
author = "The Thalweg authors"
copyright = author  # noqa: A001 - Sphinx's own name
version = release = thalweg.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx_gallery.gen_gallery",
    "examples",
    "github_math",
    "plain_docstrings",
    "reference",
    "terminal",
]
exclude_patterns = ["_ext", "_made", "images", "_gallery", "gallery/*.ipynb", "gallery/**/*.md5"]

myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]

default_role = "code"
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = True
napoleon_numpy_docstring = False

sphinx_gallery_conf = {
    "examples_dirs": [str(Path(__file__).parent / "_gallery")],
    "gallery_dirs": ["gallery"],
    "filename_pattern": r"\.py$",
    "image_scrapers": ("examples.figure_saved",),
    "reset_argv": "examples.saved_as",
    "reset_modules": (),
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "min_reported_time": 1e9,
    "write_computation_times": False,
    "plot_gallery": True,
    "abort_on_example_error": True,
}

html_theme = "furo"
html_title = f"Thalweg {version}"
html_static_path = ["_static"]
html_css_files = ["terminal.css"]
html_copy_source = False
html_show_sphinx = False
