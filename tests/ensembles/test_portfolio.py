"""The settings that are tried."""

import dataclasses

import thalweg as tw
from thalweg.ensembles.portfolio import PORTFOLIO, portfolio_of


def test_each_variation_is_a_setting_of_its_own() -> None:
    found = portfolio_of(tw.Settings(), tw.Settings())
    assert list(found) == [variation.name for variation in PORTFOLIO]
    assert found["as given"] == tw.Settings()
    assert len({str(dataclasses.asdict(one)) for one in found.values()}) == len(PORTFOLIO)


def test_what_was_asked_for_is_kept() -> None:
    given = tw.Settings(hidden=(9,), weight_decay=0.5, pieces=3, epochs=7)
    assert list(portfolio_of(given, tw.Settings()).values()) == [given]
    for one in portfolio_of(tw.Settings(epochs=7, activation="elliott"), tw.Settings()).values():
        assert (one.epochs, one.activation) == (7, "elliott")
