"""The sections of a worked calculation in matrix form: a line for each layer, its numbers as matrices."""
