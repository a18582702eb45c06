"""The diff of manifests: what differs, and never a secret."""

from __future__ import annotations

from sluicegate.validators.helm.manifest_diff import MOST_BYTES, MOST_LINES, manifest_diff

OLD = b"""---
kind: Deployment
spec:
  replicas: 2
  image: server
  env:
    - name: API_TOKEN
      value: plain
    - password: hunter2-hunter2
---
kind: Secret
data:
  key: c2VjcmV0LW9uZQ==
"""


def test_what_differs_is_shown_with_what_is_around_it() -> None:
    assert manifest_diff(OLD, OLD.replace(b"replicas: 2", b"replicas: 3")) == (
        "@@ -1,5 +1,5 @@",
        " kind: Deployment",
        " spec:",
        "-  replicas: 2",
        "+  replicas: 3",
        "   image: server",
        "   env:",
    )


def test_what_is_the_same_has_no_diff() -> None:
    assert manifest_diff(OLD, OLD) == ()


def test_a_secret_is_masked_before_it_is_compared() -> None:
    rotated = OLD.replace(b"c2VjcmV0LW9uZQ==", b"b3RoZXItb25l").replace(b"hunter2-hunter2", b"other-password")
    assert manifest_diff(OLD, rotated) == ()
    new = "\n".join(manifest_diff(b"", OLD))
    for secret in ("c2VjcmV0", "hunter2"):
        assert secret not in new
    assert "+    - name: API_TOKEN" in new
    assert "+kind: Secret" in new


def test_it_is_capped() -> None:
    long = manifest_diff(b"", b"".join(b"line: %d\n" % n for n in range(1000)))
    assert len(long) == MOST_LINES + 1
    assert long[-1] == f"… {1001 - MOST_LINES:,} more lines differ"
    (refused,) = manifest_diff(b"", b"x" * (MOST_BYTES + 1))
    assert "are not compared" in refused
