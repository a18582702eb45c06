"""Each module of validators/checks has a test file of its name, except where others say it all.

artifact.py, data.py, external_data.py, files.py and graph.py judge real files: each thing that they refuse is
a directory of tests/examples/bad, and test_examples.py runs them all. What they read with has tests of its
own (submission/test_files.py and test_file_type.py, onnx/, evaluation/). affected_renders.py and
gate_renders.py compare two commits: tests/ci/commands/test_validate_repository.py has them through the
command, with real charts and tools.
"""
