"""Lets the tests in the folders below find `oracles`."""
