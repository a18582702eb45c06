"""One ONNX model behind the Open Inference Protocol v2, with the counts that a release is judged by."""
