"""Other formats than ONNX, one file each: how it is read, converted, and asked for its own answers.

Only `sluice new model --from` comes here, in the contained child. No check does: what a pull request brings
is never opened as any of these.
"""
