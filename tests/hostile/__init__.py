"""Hostile artifacts: a file a threat in `threats/`, each of which must be refused with its cause named.

`make hostile` judges them all by `sluice scan`, and shows what each takes beside onnx.checker.
"""
