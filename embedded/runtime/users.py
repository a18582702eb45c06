"""Users, by a request header: each goes to one track while a weight is in effect, and counts once."""

from hashlib import blake2b

MOST = 500_000
"""Users that are remembered, at most, each by eight bytes: about 40 MB."""
_RANGE = 2**64


class Users:
    """Those of one model since its weight was last changed.

    The draw is a keyed hash of the header's value: at another weight, or with another artifact, all users are
    drawn anew, so that the steps of a release are independent. A router that starts again draws the same.
    """

    def __init__(self, header: str, step: str, most: int = MOST) -> None:
        """`step` names the model, its canary and the weight: what the draw is made anew for."""
        self.header = header.lower().encode()
        self.full = False
        """Whether more came than are remembered. Nothing is counted by user from then on, until the weight
        changes: whose first request it is would be a guess."""
        self._key = blake2b(step.encode()).digest()
        self._most = most
        self._seen: set[bytes] = set()

    def share(self, value: bytes) -> float:
        """The user's draw in [0, 1)."""
        return int.from_bytes(self._hash(value)[:8]) / _RANGE

    def is_first(self, value: bytes) -> bool:
        """Whether this is the user's first request, remembering it; never where too many came."""
        user = self._hash(value)[8:]
        if self.full or user in self._seen:
            return False
        if len(self._seen) >= self._most:
            self.full = True
            self._seen.clear()
            return False
        self._seen.add(user)
        return True

    def _hash(self, value: bytes) -> bytes:
        return blake2b(value, digest_size=16, key=self._key).digest()
