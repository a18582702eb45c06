"""Tests of the ground floor, one file for each module.

`model` and `environment` hold nouns; what they mean is tested where they are read: in `model_file` and
`environment_file`.
"""
