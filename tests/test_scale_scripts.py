"""The files that start a training on many machines: shells read them, and `thalweg train` has their options."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer.main

from thalweg.cli.commands import app

SCALE = Path(__file__).parents[1] / "examples" / "scale"
FILES = sorted(path.name for path in SCALE.iterdir())


def trainings(text):
    """The options of each `thalweg train` of a file, with what its variables stand for."""
    joins = "".join(re.findall(r'^joins="(.*)"$', text, re.MULTILINE))
    lines = re.sub(r"\n\s+(?=--)", " ", text).replace("$joins", joins).splitlines()
    return [
        re.findall(r"(?<=\s)--[a-z-]+", line.partition("thalweg train")[2])
        for line in lines
        if "thalweg train " in line
    ]


def test_all_are_looked_at():
    assert FILES == ["train.jobset.yaml", "train.mpirun.sh", "train.sbatch", "two_processes.sh"]


@pytest.mark.parametrize("name", FILES)
def test_its_trainings_have_options_that_there_are(name):
    known = {option for one in typer.main.get_command(app).commands["train"].params for option in one.opts}
    found = trainings((SCALE / name).read_text(encoding="utf-8"))
    assert len(found) == (2 if name == "two_processes.sh" else 1)
    for options in found:
        assert {"--target", "--processes"} <= set(options) <= known


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash to read them")
@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith(".yaml")])
def test_a_shell_reads_it(name):
    subprocess.run(["bash", "-n", str(SCALE / name)], check=True, capture_output=True)
