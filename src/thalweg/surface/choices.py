"""Over what an error surface may stand, by name, apart from the code that computes it: the command line lists them."""

DIRECTIONS = ("random", "gradient", "pca")
"""Two directions through a point of the parameters' space."""
