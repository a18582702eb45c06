"""The rules of other tools, one file each, modelled from the source that the file names.

Each is given what its owner could know at best: the service's true failure rate, and the margin. None is
given what it does not look at in its own source.
"""
