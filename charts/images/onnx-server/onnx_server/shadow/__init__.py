"""Shadow traffic: what two versions answer to the same request, compared and counted.

The embedded router compares with the same code, so `difference` and `counts` import no more than the standard
library and orjson.
"""

HEADER = "x-sluice-shadow"
"""The header by which a server knows a copy: it enters none of its figures."""
