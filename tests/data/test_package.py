import subprocess
import sys

import thalweg.data
from thalweg.data.choices import DATE_ORDERS
from thalweg.data.dates_written import FORMS_OF


def test_each_order_of_dates_has_its_forms():
    assert tuple(FORMS_OF) == DATE_ORDERS


def test_every_public_name_is_there():
    for name in thalweg.data.__all__:
        assert getattr(thalweg.data, name) is not None


def test_heavy_libraries_are_imported_only_when_needed():
    heavy = {"jax", "sklearn", "matplotlib", "scipy", "polars"}
    code = f"import sys, thalweg.data; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
