#!/bin/bash
# Open MPI: a process a slot of the host file; it starts them, and JAX finds the others by its variables.
mpirun --hostfile hosts -x PATH thalweg train table.parquet --target y --processes auto --output model.thalweg
