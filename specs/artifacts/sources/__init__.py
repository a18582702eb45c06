"""One file for each scheme of an address: `open(reference, start, access)` gives the bytes from there on.

A distribution adds a scheme by an entry point of the group `sluicegate.sources`, named as the scheme, that
leads to such a module.
"""
