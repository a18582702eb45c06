"""`sluice new model`: a model's directory, written from its ONNX file and its data."""
