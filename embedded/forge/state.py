"""The forge's whole state: root folder, store, accounts, repositories and their locks."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sluicegate.embedded.forge.auth import Accounts, Token
from sluicegate.embedded.forge.events import Event
from sluicegate.embedded.forge.faults import Faults
from sluicegate.embedded.forge.limits import Quota
from sluicegate.embedded.forge.names import valid_owner, valid_repository
from sluicegate.embedded.forge.remembered_git import Answers, RememberingRepository
from sluicegate.embedded.forge.store import Row, Store, now
from sluicegate.embedded.forge.webhook_delivery import DeliveryQueue
from sluicegate.gate.adapters.git.bare import BareRepository
from sluicegate.gate.adapters.git.write import Signature

NOREPLY = "users.noreply.localhost"
"""The domain of an account's own mail address, which nothing is sent to."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Repository:
    """One repository: its row in the store and its bare repository on disk."""

    id: int
    owner: str
    name: str
    description: str | None
    created_at: str
    git: BareRepository = field(compare=False)

    @property
    def full_name(self) -> str:
        """`OWNER/NAME`."""
        return f"{self.owner}/{self.name}"


class ForgeState:
    """ROOT/OWNER/NAME.git and ROOT/forge.sqlite; a bare repository that is put there by hand is taken in.

    `url` is the forge's own address, which webhooks name; `watchers` get every event, in its thread.
    """

    def __init__(self, root: Path, accounts: Accounts, url: str = "http://127.0.0.1") -> None:
        self.root = root.resolve()
        self.root.mkdir(parents=True, exist_ok=True)
        self.accounts = accounts
        self.url = url
        self.store = Store(self.root / "forge.sqlite")
        self.faults = Faults()
        self.quota = Quota()
        self.deliveries = DeliveryQueue(self.store)
        self._answers = Answers()
        self.watchers: list[Callable[[Repository, Event], None]] = []
        self._locks: defaultdict[int, threading.RLock] = defaultdict(threading.RLock)
        self._creating = threading.Lock()

    def lock(self, repository: Repository) -> threading.RLock:
        """Held while a request writes; pushes do not take it, so refs move by compare-and-swap."""
        with self._creating:
            return self._locks[repository.id]

    def publish(self, repository: Repository, event: Event) -> None:
        """Hand an event to every watcher."""
        _log.debug("%s: %s", repository.full_name, event)
        for watcher in self.watchers:
            watcher(repository, event)

    def repository(self, owner: str, name: str) -> Repository | None:
        """The repository of this name; None if the name is odd or nothing is there."""
        if not (valid_owner(owner) and valid_repository(name)):
            return None
        path = self.root / owner / f"{name}.git"
        if not (path / "HEAD").is_file():
            return None
        row = self._row(owner, name) or self._take_in(owner, name, None)
        git = RememberingRepository(path, self._answers)
        return Repository(row["id"], owner, name, row["description"], row["created_at"], git)

    def by_id(self, number: int) -> Repository | None:
        """The repository with this id; None if it is gone."""
        row = self.store.row("SELECT owner, name FROM repositories WHERE id = ?", number)
        return self.repository(row["owner"], row["name"]) if row else None

    def create(
        self, owner: str, name: str, description: str | None, *, branch: str = "main"
    ) -> Repository | None:
        """A new, empty repository; None if it is there already. The caller has checked the names."""
        with self._creating:
            path = self.root / owner / f"{name}.git"
            if path.exists():
                return None
            BareRepository.create(path, branch)
            if self._row(owner, name) is None:
                self._take_in(owner, name, description)
        return self.repository(owner, name)

    def repositories(self) -> list[Repository]:
        """All of them, by name."""
        paths = sorted(self.root.glob("*/*.git"))
        opened = (self.repository(path.parent.name, path.name.removesuffix(".git")) for path in paths)
        return [repository for repository in opened if repository]

    def _row(self, owner: str, name: str) -> Row | None:
        return self.store.row("SELECT * FROM repositories WHERE owner = ? AND name = ?", owner, name)

    def _take_in(self, owner: str, name: str, description: str | None) -> Row:
        self.store.write(
            "INSERT INTO repositories (owner, name, description, created_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            owner, name, description, now(),
        )  # fmt: skip
        row = self._row(owner, name)
        assert row is not None  # noqa: S101 - written or found one line above
        return row


def signature(account: Token, name: str | None = None, email: str | None = None, date: str = "") -> Signature:
    """Who a commit of this account is by; name and address may be given."""
    address = email or f"{account.id}+{account.login}@{NOREPLY}"
    return Signature(_plain(name or account.login), _plain(address), date)


def _plain(word: str) -> str:
    """Without what git takes as the end of a name: angle brackets and control characters."""
    clean = "".join(char for char in word if char not in "<>" and ord(char) >= 32).strip()
    return clean or "unknown"
