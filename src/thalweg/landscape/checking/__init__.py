"""How a gradient is judged by differences, and how a wrong one is described."""
