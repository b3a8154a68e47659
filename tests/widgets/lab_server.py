"""A JupyterLab of its own: a folder that is served, with settings and kernels apart from those of who runs tests."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

QUIET = (
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--LanguageServerManager.autodetect=False",
    "--ServerApp.terminals_enabled=False",
    "--ServerApp.jpserver_extensions={'jupyter_lsp': False, 'jupyter_server_terminals': False, 'notebook_shim': False}",
)
START = "import schema_check; from jupyterlab.labapp import main; main()"
"""As `python -m jupyterlab`, apart from what a schema of its own does not ask for and takes a second."""
UNUSED = (
    "audio", "celltags", "console", "csvviewer", "debugger", "documentsearch", "extensionmanager", "fileeditor",
    "help", "htmlviewer", "hub", "imageviewer", "inspector", "javascript", "json", "launcher", "logconsole",
    "lsp", "markdownviewer", "mermaid", "metadataform", "pdf", "pluginmanager", "running", "settingeditor",
    "statusbar", "terminal", "theme-dark", "theme-dark-high-contrast", "toc", "tooltip", "vega5", "video",
    "workspaces",
)  # fmt: skip
"""What lies around a notebook, and takes a third of opening it."""


class Lab(NamedTuple):
    """A server that runs, and how a notebook in its folder is opened."""

    address: str
    token: str

    def url(self, notebook):
        return f"{self.address}/doc/tree/{notebook}?reset&token={self.token}"  # without what lies around it


def apart(folder):
    """The environment in which Jupyter writes into a folder alone."""
    places = {
        name: str(folder / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR",
                     "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    }  # fmt: skip
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")} | places


def trust(notebook, elsewhere):
    """Sign a notebook's file, as saving it in JupyterLab does: of one that is not trusted no widget is shown."""
    import nbformat
    from nbformat.sign import NotebookNotary

    places = apart(elsewhere)
    Path(places["JUPYTER_DATA_DIR"]).mkdir(exist_ok=True)
    notary = NotebookNotary(data_dir=places["JUPYTER_DATA_DIR"])
    notary.sign(nbformat.read(notebook, 4))
    notary.store.close()


@contextmanager
def served_lab(notebooks, elsewhere):
    """A server on `notebooks`; what it keeps goes `elsewhere`."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    token = secrets.token_hex(8)
    environment = apart(elsewhere)
    settings = Path(environment["JUPYTER_CONFIG_DIR"]) / "labconfig" / "page_config.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"disabledExtensions": {f"@jupyterlab/{name}-extension": True for name in UNUSED}}))
    environment["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), environment.get("PYTHONPATH", "")])
    words = [sys.executable, "-c", START, "--no-browser", "--allow-root", f"--ServerApp.port={port}",
             "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={notebooks}",
             *QUIET]  # fmt: skip
    log = elsewhere / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(words, stdout=out, stderr=out, cwd=notebooks, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            assert process.poll() is None, log.read_text()
            try:
                urllib.request.urlopen(f"{address}/api?token={token}", timeout=10).read()
                break
            except OSError:
                time.sleep(0.1)
        yield Lab(address, token)
    finally:
        process.terminate()
        process.wait(20)
