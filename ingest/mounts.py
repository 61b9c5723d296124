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

_KEPT_S = 5.0
_Speaker = tuple[int, str]


@dataclass(slots=True)
class Mounts:
    """Every mount, looked up again every few seconds, with the memory of its adapter.

    A meter that speaks one language below several prefixes, such as its own and that of its
    discovery, has one memory; it begins with the settings of all of them.
    A batch works on copies: only when it is in the database do adapters remember it, so that a
    batch that is written again is understood as it was the first time.
    """

    _known: dict[str, Mount] = field(default_factory=dict)
    _settings: dict[_Speaker, Memory] = field(default_factory=dict)
    _memories: dict[_Speaker, Memory] = field(default_factory=dict)
    _staged: dict[_Speaker, Memory] = field(default_factory=dict)
    _until_s: float = 0.0

    @property
    def topics(self) -> list[str]:
        """What has to be subscribed to."""
        return [f"{prefix}/#" for prefix in self._known]

    def refresh(self, connection: Connection, now_s: float) -> None:
        """Look the mounts up again if it is time; changed settings begin with a fresh memory."""
        if now_s < self._until_s:
            return
        found = {mount.topic_prefix: mount for mount in load_mounts(connection)}
        settings: dict[_Speaker, Memory] = {}
        for mount in found.values():
            settings.setdefault(_speaker(mount), {}).update(mount.settings)
        self._memories = {
            speaker: self._memories[speaker] if self._settings.get(speaker) == told else dict(told)
            for speaker, told in settings.items()
        }
        self._known, self._settings, self._until_s = found, settings, now_s + _KEPT_S

    def find(self, topic: str) -> Mount | None:
        """The mount whose topic this is or lies below, the longest one of several."""
        return next((self._known[each] for each in _prefixes(topic) if each in self._known), None)

    def memory_of(self, mount: Mount) -> Memory:
        """What the adapter remembers, to be read and changed during this batch."""
        speaker = _speaker(mount)
        if speaker not in self._staged:
            self._staged[speaker] = deepcopy(self._memories.get(speaker, {}))
        return self._staged[speaker]

    def keep(self) -> None:
        """Remember what this batch told: it is in the database now."""
        self._memories.update(self._staged)
        self._staged = {}

    def forget(self) -> None:
        """Drop what this batch told: it was not written."""
        self._staged = {}


def _prefixes(topic: str) -> Iterable[str]:
    """The topic, and what it lies below, longest first."""
    levels = topic.split("/")
    return ("/".join(levels[:count]) for count in range(len(levels), 0, -1))


def _speaker(mount: Mount) -> _Speaker:
    return mount.meter.meter_id, mount.language
