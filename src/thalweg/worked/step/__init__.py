"""The values of an opened step, each by its name."""
