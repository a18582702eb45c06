"""Rows, metrics, intervals and timings of a candidate beside production."""
