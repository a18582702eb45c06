"""ONNX's protobuf, read field by field where it lies: no weight is copied, and onnx is not imported."""
