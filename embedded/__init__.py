"""Forge, runtime, demonstration and benchmarks: the whole path on one machine, without GitHub or cluster."""
