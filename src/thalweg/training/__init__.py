"""Examples in, trained parameters out: one epoch written once, run by NumPy or compiled by XLA."""
