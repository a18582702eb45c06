"""A model's files, wherever they are: pinned by digest, fetched once, kept, and brought to who needs them.

What is here is in the server's image as well: nothing imports pydantic or click, and a library that only one
source needs is imported by that source alone.
"""
