"""The mathematics: pure functions of arrays, no input or output, no engine."""
