"""Models of many kinds, made by the libraries that people use, and what the libraries say of each.

`kinds/` has one file a kind; `make.py` writes their material with the packages of `requirements.lock`, and
`__main__.py` takes each through the product (`make zoo`).
"""
