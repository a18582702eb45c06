"""What an ONNX file holds, and whether the engine that serves it takes it."""
