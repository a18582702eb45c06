"""The API's address, and the headers that all its answers have."""

from __future__ import annotations

API = "/api/v3"
OWN = "/-/"
"""Below this is what GitHub's API does not have."""

# Where no quota is set (see `limits`): constants, so that clients that read the quota's headers go on.
COMMON_HEADERS = {
    "X-GitHub-Media-Type": "github.v3; format=json",
    "X-RateLimit-Limit": "5000",
    "X-RateLimit-Remaining": "5000",
    "X-RateLimit-Used": "0",
    "X-RateLimit-Reset": "4102444800",
    "X-RateLimit-Resource": "core",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept, Authorization",
}
