"""The actions of others that the workflows use, each at the commit of a release.

Dependabot raises them in `.github/` here; tests/ci/scaffold/test_repository.py then asks for the same here.
"""

from __future__ import annotations

PINS = {
    "CHECKOUT": "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
    "APP_TOKEN": "actions/create-github-app-token@1b10c78c7865c340bc4f6099eb2f838309f1e8c3 # v3.1.1",
    "RESTORE": "actions/cache/restore@27d5ce7f107fe9357f9df03efb73ab90386fccae # v5.0.5",
    "SAVE": "actions/cache/save@27d5ce7f107fe9357f9df03efb73ab90386fccae # v5.0.5",
    "DOWNLOAD": "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1",
    "ORAS": "oras-project/setup-oras@38de303aac69abb66f3e6255b7198bff35f323e3 # v2.0.0",
    "ATTEST": "actions/attest-build-provenance@a2bbfa25375fe432b6a289bc6b6cd05ecd0c4c32 # v4.1.0",
}
