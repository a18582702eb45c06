"""How requests and servers name the binary tensor data extension; without numpy, which no router needs."""

EXTENSION = "binary_tensor_data"
"""Among the extensions of a server's metadata."""
HEADER = "inference-header-content-length"
"""Of a request or a response: how many of its first bytes are JSON."""
