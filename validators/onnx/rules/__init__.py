"""What an ONNX file must not have, told from its facts alone: functions from facts to faults."""
