"""Bringing a model's artifact into a pod: what is declared of it, and how it is laid out."""
