#!/bin/bash
# Two processes on this machine, without a cluster: what an update adds up, each computes the half of.
joins="--processes 2 --coordinator localhost:8476"
thalweg train examples/data/wine.csv --target cultivar $joins --process-id 1 &
thalweg train examples/data/wine.csv --target cultivar $joins --process-id 0
wait
