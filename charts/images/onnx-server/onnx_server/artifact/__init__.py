"""Bringing a model's artifact into a pod: declared, downloaded, checked, cached, laid out."""
