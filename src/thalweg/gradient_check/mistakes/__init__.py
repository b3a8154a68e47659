"""Mistakes in a backward pass whose network is known: tried one and two at a time, and named by what comes out.

`mistake.py` says what a mistake is, `backward.py` is the pass that they are made in; `outputs.py`, `carrying.py`,
`slopes.py`, `products.py` and `rows.py` have the mistakes, `search.py` finds those that give a gradient and
`telling.py` tells them. `packing.py` and `objective.py` see what a student's x and function are of the network.
"""
