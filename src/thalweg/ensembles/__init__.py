"""Several networks as one answer: a portfolio of settings, what they say out of their folds, the choice, the mean."""
