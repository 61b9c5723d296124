"""What the service would tell of a simulated history, month by month, and what a careless one would."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.release import COHORT_MONTHS, ReleaseCells, choose_cohort
from commonwatt.model import SMALLEST_GROUP
from commonwatt.studies.histories import BASELINE_MONTHS, MONTHS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.studies.histories import Action, History

    Booleans = NDArray[np.bool_]
    Floats = NDArray[np.float64]

FIRST_TOLD_MONTHS, SAVING_MONTHS = 3, 12
"""A saving is told from so many months after its action on, and followed up to so many."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What a rule told in one history.

    `cells` are all sums ever published; `told` is (groups, months). `kept` is (groups, years): the
    share of the homes that lasted the year that its cohort holds, NaN where there is none.
    `savings` are the months told after each action of a landlord with other buildings.
    """

    cells: ReleaseCells
    told: Booleans
    kept: Floats
    savings: tuple[int, ...]


@dataclass(slots=True)
class _Saving:
    """An action's homes and those they are compared with, once both were told of."""

    own: Booleans | None = None
    waiting: Booleans | None = None
    months: int = 0
    is_frozen: bool = False


@dataclass(slots=True)
class _Teller:
    """Asks the gate as the service's daily chores do: years that are over first, then savings."""

    history: History
    cells: ReleaseCells
    told: Booleans
    kept: Floats
    earlier: dict[int, Booleans] = field(default_factory=dict)
    savings: dict[Action, _Saving] = field(default_factory=dict)

    @classmethod
    def of(cls, history: History) -> _Teller:
        homes, groups = len(history.use_wh), len(history.groups)
        return cls(
            history,
            ReleaseCells.none(homes),
            np.zeros((groups, MONTHS), dtype=np.bool_),
            np.full((groups, MONTHS // COHORT_MONTHS), np.nan),
            savings={each: _Saving() for each in history.actions if _has_others(history)},
        )

    def tell_year(self, group: int, last: int) -> None:
        first = last - COHORT_MONTHS + 1
        homes = self.history.groups[group].homes
        cohort = self._choose(homes, first, last, self.earlier.get(group))
        if cohort is None:
            return
        self.earlier[group] = cohort
        self.cells = self.cells.with_cell(cohort, first, last)
        self.told[group, first : last + 1] = True
        lasting = self.history.agreed(homes, first, last).all(axis=1).sum()
        self.kept[group, first // COHORT_MONTHS] = cohort.sum() / lasting

    def tell_saving(self, action: Action, last: int) -> None:
        """Tell it, go on with it over the same homes, or leave it as it was told last."""
        saving = self.savings[action]
        since = last - action.month + 1
        if saving.is_frozen or not FIRST_TOLD_MONTHS <= since <= SAVING_MONTHS:
            return
        first = action.month - BASELINE_MONTHS
        own, waiting = self._choose_both(action, saving, first, last)
        if own is None or waiting is None:
            saving.is_frozen = saving.months > 0
            return
        if saving.own is not None and saving.waiting is not None:
            saving.is_frozen = bool((own != saving.own).any() or (waiting != saving.waiting).any())
        if saving.is_frozen:
            return
        saving.own, saving.waiting = own, waiting
        saving.months = since
        self.earlier[action.building] = own
        for members in (own, waiting):
            self.cells = self.cells.with_cell(members, first, last)

    def _choose_both(
        self, action: Action, saving: _Saving, first: int, last: int
    ) -> tuple[Booleans | None, Booleans | None]:
        groups = self.history.groups
        others = _waiting_buildings(self.history, action, last)
        homes = groups[action.building].homes
        waiting: Booleans = np.any([groups[each].homes for each in others], axis=0) & ~homes
        if saving.own is not None and saving.waiting is not None:
            homes, waiting = homes & saving.own, waiting & saving.waiting
        one = self.earlier.get(others[0]) if len(others) == 1 else None
        return (
            self._choose(homes, first, last, self.earlier.get(action.building)),
            self._choose(waiting, first, last, one),
        )

    def _choose(
        self, homes: Booleans, first: int, last: int, earlier: Booleans | None
    ) -> Booleans | None:
        present = self.history.agreed(homes, first, last)
        return choose_cohort(self.cells, present, first, earlier).members


def _has_others(history: History) -> bool:
    return sum(group.kind == "building" for group in history.groups) > 1


def _waiting_buildings(history: History, action: Action, last: int) -> list[int]:
    """The other buildings where nothing was begun up to a month."""
    busy = {each.building for each in history.actions if each.month <= last} | {action.building}
    return [
        row
        for row, group in enumerate(history.groups)
        if group.kind == "building" and row not in busy
    ]


def publish(history: History) -> Telling:
    """Ask the gate for every group's years and every action's saving, as they become due."""
    teller = _Teller.of(history)
    for month in range(MONTHS):
        if (month + 1) % COHORT_MONTHS == 0:
            for group in range(len(history.groups)):
                teller.tell_year(group, month)
        for action in teller.savings:
            teller.tell_saving(action, month)
    savings = tuple(each.months for each in teller.savings.values())
    return Telling(teller.cells, teller.told, teller.kept, savings)


def publish_naively(history: History) -> ReleaseCells:
    """The control: every group of at least 11 homes, every month."""
    cells = ReleaseCells.none(len(history.use_wh))
    for month in range(MONTHS):
        for group in history.groups:
            members = history.present[:, month] & group.homes
            if members.sum() >= SMALLEST_GROUP:
                cells = cells.with_cell(members, month, month)
    return cells
