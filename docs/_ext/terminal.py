"""Commands that are run as a page is built: `terminal` shows them with their output, `options` what one takes.

Of a long output `lines` says how many are shown, `from` with which line they begin (the first that has this text).
`shows` is a picture or a page that the commands have written, which is shown beneath; `alt` says what is on it.
"""

import contextlib
import functools
import os
import re
import shlex
import shutil
import tempfile
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).parents[2]
COLUMNS = 100
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(SphinxDirective):
    """Lines that begin with `$ thalweg` or `$ head`, run one after the other in the folder of this page."""

    has_content = True
    option_spec = {  # noqa: RUF012
        "lines": directives.nonnegative_int, "from": directives.unchanged_required, "fails": directives.flag,
        "shows": directives.unchanged_required, "alt": directives.unchanged_required,
    }  # fmt: skip

    def run(self):
        """The commands and what they print, as one literal block, and what they have written."""
        shown = []
        for line in filter(None, (line.strip() for line in self.content)):
            if not line.startswith("$ "):
                raise self.error(f"{line!r} begins with no '$ '")
            command = line.removeprefix("$ ").partition("  #")[0]
            status, output = run_command(shlex.split(command), folder_of(self.env.docname))
            if (status != 0) != ("fails" in self.options):
                raise self.error(f"{command} ended with status {status}:\n{output}")
            told = output.rstrip().splitlines()
            first = self._first(told)
            last = first + self.options.get("lines", len(told))
            shown += [line, *(["..."] if first else []), *told[first:last], *(["..."] if len(told) > last else [])]
        block = nodes.literal_block("\n".join(shown), "\n".join(shown))
        block["language"] = "console"
        return [block, *self._written()]

    def _first(self, told):
        """With which line of an output one begins."""
        begin = self.options.get("from")
        if begin is None:
            return 0
        found = next((number for number, line in enumerate(told) if begin in line), None)
        if found is None:
            raise self.error(f"no line of the output has {begin!r}:\n" + "\n".join(told))
        return found

    def _written(self):
        """The picture or the page that the commands have written."""
        name = self.options.get("shows")
        if name is None:
            return []
        page, alt = self.env.docname, self.options.get("alt")
        if alt is None:
            raise self.error(f"say what is on {name}, by :alt:")
        made = folder_of(page) / name
        own = f"{page.replace('/', '-')}-{made.name}"
        pages = made.suffix == ".html"
        kept = (Path(self.env.app.outdir) if pages else Path(self.env.app.srcdir)) / "_made" / own
        kept.parent.mkdir(exist_ok=True)
        shutil.copyfile(made, kept)
        if not pages:
            return [nodes.image(uri=f"/_made/{own}", alt=alt)]
        above = "../" * page.count("/")
        frame = f'<iframe class="made" src="{above}_made/{own}" title="{escape(alt)}" loading="lazy"></iframe>'
        alone = f'<p class="made"><a href="{above}_made/{own}">{escape(alt)}, on a page of its own</a></p>'
        return [nodes.raw("", frame + alone, format="html")]


class Options(SphinxDirective):
    """A table of what a command takes, from the command itself."""

    required_arguments = 1

    def run(self):
        """The table, in the order of `--help`."""
        import typer

        from thalweg.cli.commands import app

        command = typer.main.get_command(app).commands[self.arguments[0]]
        rows = ["| option | what it is |", "| --- | --- |"]
        for option in command.params:
            names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
            if option.param_type_name == "argument":
                names = f"`{option.name.upper()}`"
            rows.append(f"| {names} | {_cell(option)} |")
        return self.parse_text_to_nodes("\n".join(rows))


def _cell(option):
    told = (option.help or "").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
    default = option.default
    plain = isinstance(default, str | int | float) and not isinstance(default, bool) and default != ""
    return f"{told} Default: `{default}`." if plain else told


def run_command(words, folder):
    """The exit status and the output of a command run in a folder."""
    if words[0] == "head":
        return 0, "\n".join((folder / words[-1]).read_text(encoding="utf-8").splitlines()[: int(words[1][1:])])
    from typer import testing

    from thalweg.cli.commands import app

    assert words[0] == "thalweg", f"{words[0]} is not run here"
    if not hasattr(testing._get_command, "cache_info"):  # the parser of all commands takes longer than most of them
        testing._get_command = functools.cache(testing._get_command)
    with contextlib.chdir(folder):
        found = testing.CliRunner().invoke(app, words[1:], env={"COLUMNS": str(COLUMNS), "NO_COLOR": "1"})
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found.exit_code, _ESCAPE.sub("", found.output)


_folders = {}


def folder_of(docname):
    """The folder of a page: the tables and step files of the examples, and a model trained on the wines."""
    if not _folders:
        whole = Path(tempfile.mkdtemp(prefix="thalweg-docs-"))
        first = whole / "first"
        first.mkdir()
        for table in (ROOT / "examples" / "data").glob("*.csv"):
            shutil.copy(table, first)
        shutil.copytree(ROOT / "examples" / "worked", first / "worked")
        status, output = run_command(["thalweg", "train", "wine.csv", "--target", "cultivar"], first)
        assert status == 0, output
        _folders[""] = whole
    folder = _folders[""] / docname.replace("/", "-")
    if not folder.exists():
        shutil.copytree(_folders[""] / "first", folder)
    return folder


def _clear(app, exception):
    if whole := _folders.pop("", None):
        shutil.rmtree(whole, ignore_errors=True)


def setup(app):
    """Add both, and clear what was written at the end."""
    os.environ.setdefault("COLUMNS", str(COLUMNS))
    app.add_directive("terminal", Terminal)
    app.add_directive("options", Options)
    app.connect("build-finished", _clear)
    return {"parallel_read_safe": True}
