"""Finds whose topic it is, and keeps what each meter's adapter remembers."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commonwatt.storage.mounts import Mount, load_mounts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from commonwatt.storage.pool import Connection
    from ingest.adapters.message import Memory

_KEPT_S = 30.0


@dataclass(slots=True)
class Mounts:
    """Every mount, looked up again every half minute, with the memory of its adapter.

    A batch works on copies: only when it is in the database do adapters remember it, so that a
    batch that is written again is understood as it was the first time.
    """

    _known: dict[str, Mount] = field(default_factory=dict)
    _memories: dict[str, Memory] = field(default_factory=dict)
    _staged: dict[str, Memory] = field(default_factory=dict)
    _until_s: float = 0.0

    @property
    def topics(self) -> list[str]:
        """What has to be subscribed to."""
        return [f"{prefix}/#" for prefix in self._known]

    def refresh(self, connection: Connection, now_s: float) -> None:
        """Look the mounts up again if it is time; a changed one begins with a fresh memory."""
        if now_s < self._until_s:
            return
        found = {mount.topic_prefix: mount for mount in load_mounts(connection)}
        for prefix, mount in found.items():
            if self._known.get(prefix) != mount:
                self._memories[prefix] = dict(mount.settings)
        self._memories = {prefix: self._memories[prefix] for prefix in found}
        self._known, self._until_s = found, now_s + _KEPT_S

    def find(self, topic: str) -> Mount | None:
        """The mount that a topic lies below, the longest one of several."""
        return next((self._known[each] for each in _prefixes(topic) if each in self._known), None)

    def memory_of(self, mount: Mount) -> Memory:
        """What the adapter remembers, to be read and changed during this batch."""
        prefix = mount.topic_prefix
        if prefix not in self._staged:
            self._staged[prefix] = deepcopy(self._memories.get(prefix, {}))
        return self._staged[prefix]

    def keep(self) -> None:
        """Remember what this batch told: it is in the database now."""
        self._memories.update(self._staged)
        self._staged = {}

    def forget(self) -> None:
        """Drop what this batch told: it was not written."""
        self._staged = {}


def _prefixes(topic: str) -> Iterable[str]:
    """The topic's levels above its last one, longest first."""
    levels = topic.split("/")
    return ("/".join(levels[:count]) for count in range(len(levels) - 1, 0, -1))
