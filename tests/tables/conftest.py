"""A model that is trained once on the small table."""

import pytest
from model_cases import FRAME, SETTINGS

import thalweg as tw


@pytest.fixture(scope="session")
def trained():
    return tw.train_table(FRAME, "y", SETTINGS)
