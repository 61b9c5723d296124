"""Simulated years of landlords' homes: who lived where, agreed, left, joined and withdrew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Booleans = NDArray[np.bool_]
    Integers = NDArray[np.int64]

MONTHS = 36
LEAVE, JOIN, WITHDRAW = 0.02, 0.1, 0.002
"""Chances a month: a home leaves, a dwelling without a consenting home gets one, one withdraws."""

ACTION = 0.5
"""Chance that something is done in a building, in any month that has a year before it."""

BASELINE_MONTHS = 12
"""How long before an action homes are compared with."""

STAIRWELL_HOMES = 15
SPREAD = 0.5
"""Standard deviation of the logarithm of what homes use, after their mean."""


@dataclass(frozen=True, slots=True)
class Group:
    """Homes a landlord asks about: a building, all of one landlord's, or a stairwell."""

    kind: str
    landlord: int
    homes: Booleans


@dataclass(frozen=True, slots=True)
class Action:
    """Works or displays in a building of the first landlord, from the first of a month on.

    `building` is the number of its group, and `month` the first in which it could save.
    """

    building: int
    month: int


@dataclass(frozen=True, slots=True)
class History:
    """Homes and when they took part.

    `present` is (n, months): lived, agreed and measured all month. `withdrawn_month` is (n,): the
    month from which a home may be in no new figure, `MONTHS` if never. `use_wh` is (n,), a month's.
    """

    present: Booleans
    withdrawn_month: Integers
    use_wh: NDArray[np.float64]
    groups: tuple[Group, ...]
    actions: tuple[Action, ...]

    def agreed(self, homes: Booleans, first: int, last: int) -> Booleans:
        """Which of these homes took part in each month, if they still agree. (n, months) bool."""
        agrees = homes & (self.withdrawn_month > last)
        return self.present[:, first : last + 1] & agrees[:, None]


def simulate_history(chance: np.random.Generator) -> History:
    """Simulate one to three buildings of 20 to 100 homes; two landlords share the first."""
    sizes = chance.integers(20, 101, size=chance.integers(1, 4))
    building = np.repeat(np.arange(len(sizes)), sizes)
    stairwell = np.concatenate([np.arange(size) // STAIRWELL_HOMES for size in sizes])
    dwelling, present, withdrawn_month = _live(chance, len(building))
    home_building, home_stairwell = building[dwelling], stairwell[dwelling]
    use_wh = chance.lognormal(np.log(200e3), SPREAD, len(dwelling))
    groups = _list_groups(home_building, home_stairwell)
    return History(present, withdrawn_month, use_wh, groups, _act(chance, len(sizes)))


def _act(chance: np.random.Generator, buildings: int) -> tuple[Action, ...]:
    acts = np.flatnonzero(chance.random(buildings) < ACTION)
    months = chance.integers(BASELINE_MONTHS, MONTHS, len(acts))
    return tuple(Action(int(row), int(month)) for row, month in zip(acts, months, strict=True))


def _live(chance: np.random.Generator, dwellings: int) -> tuple[Integers, Booleans, Integers]:
    """Each home's dwelling, presence and withdrawal."""
    agreeing = chance.random(dwellings) < chance.uniform(0.6, 1.0)
    here = np.where(agreeing, np.arange(dwellings), -1)
    where, last = list(np.flatnonzero(agreeing)), int(agreeing.sum())
    here[agreeing] = np.arange(last)
    months: list[Integers] = []
    withdrawn: dict[int, int] = {}
    for month in range(MONTHS):
        months.append(here[here >= 0])
        draw = chance.random((3, dwellings))
        withdrawing = (here >= 0) & (draw[0] < WITHDRAW)
        withdrawn |= dict.fromkeys(here[withdrawing], month)
        here[withdrawing | (draw[1] < LEAVE)] = -1
        joining = np.flatnonzero((here < 0) & (draw[2] < JOIN))
        here[joining] = last + np.arange(len(joining))
        where.extend(joining)
        last += len(joining)
    present = np.zeros((last, MONTHS), dtype=np.bool_)
    for month, homes in enumerate(months):
        present[homes, month] = True
    withdrawn_month = np.full(last, MONTHS)
    withdrawn_month[list(withdrawn)] = list(withdrawn.values())
    return np.asarray(where), present, withdrawn_month


def _list_groups(building: Integers, stairwell: Integers) -> tuple[Group, ...]:
    """Buildings first, then wider groups, then stairwells."""
    count = int(building.max()) + 1
    groups = [Group("building", 0, building == each) for each in range(count)]
    if count > 1:
        groups.append(Group("all buildings", 0, building >= 0))
        groups.append(Group("another landlord's", 1, (building == 0) | (building == count - 1)))
    groups.append(Group("another landlord's", 1, building == 0))
    for each in range(count):
        inside = building == each
        groups.extend(
            Group("stairwell", 0, inside & (stairwell == stair))
            for stair in range(int(stairwell[inside].max()) + 1)
        )
    return tuple(groups)
