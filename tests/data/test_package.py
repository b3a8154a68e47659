import subprocess
import sys

import thalweg.data


def test_every_public_name_is_there():
    for name in thalweg.data.__all__:
        assert getattr(thalweg.data, name) is not None


def test_heavy_libraries_are_imported_only_when_needed():
    heavy = {"jax", "sklearn", "matplotlib", "scipy"}
    code = f"import sys, thalweg.data; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
