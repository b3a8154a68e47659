"""The web page: trainings that one watches, steps and compares, on the engine of `train`."""
