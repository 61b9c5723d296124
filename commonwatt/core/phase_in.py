"""Randomised phase-in: which homes get the display first, as data that can be drawn again."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product
from math import comb, prod
from typing import TYPE_CHECKING, Final

import numpy as np

from commonwatt.errors import PeriodError, SeriesError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Booleans = NDArray[np.bool_]
    Integers = NDArray[np.int64]

MOST_ASSIGNMENTS: Final = 1999
"""More assignments than this are not listed but sampled."""

UNBALANCE: Final = 0.1
"""The early homes are half of all, give or take this share of them."""

_LONGEST_DAYS = 400
_TRIES = 200
_DRAWING, _PERMUTING = 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class PhaseIn:
    """A design: half of the units begin on one day, the others some weeks later.

    Parameters
    ----------
    seed : int
        What it was drawn with: `assign` with the same seed, units and blocks draws it again.
    start_day : int
        First day of the early homes, counted from 1970-01-01.
    delay_days : int
        How much later the others begin; 8 to 12 weeks are usual. [d]
    unit : (n,) int64
        Unit of each home that is drawn as a whole: its stairwell, or the home itself.
    block : (n,) int64
        Block of each home, such as its building; half of the units of every block are early.
    early : (n,) bool
        Whether the home begins first.

    Raises
    ------
    SeriesError
        If columns differ in length, a unit lies in two blocks or begins at two times, or one arm
        has no home.
    PeriodError
        If the delay is not 1 to 400 days.
    """

    seed: int
    start_day: int
    delay_days: int
    unit: Integers
    block: Integers
    early: Booleans

    def __post_init__(self) -> None:
        if not 1 <= self.delay_days <= _LONGEST_DAYS:
            raise PeriodError(f"a delay of 1 to 400 days was expected, not {self.delay_days}")
        _check_units(self.unit, self.block)
        if self.early.shape != self.unit.shape or len(set(self.early.tolist())) != 2:
            raise SeriesError("early and late homes were expected, one mark for each home")
        pairs = set(zip(self.unit.tolist(), self.early.tolist(), strict=True))
        if len(pairs) != len(np.unique(self.unit)):
            raise SeriesError("a unit begins at two times")
        for name in ("unit", "block", "early"):
            view = getattr(self, name).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    def __len__(self) -> int:
        return len(self.early)

    @property
    def by_home(self) -> bool:
        """Whether every home was drawn by itself."""
        return len(np.unique(self.unit)) == len(self.unit)

    def treated(self, day: Integers) -> Booleans:
        """Say which homes, (m, n) bool, have the display on each of the days, (m,) int64."""
        begins = np.where(self.early, self.start_day, self.start_day + self.delay_days)
        return np.asarray(day[:, None] >= begins)

    def compared(self, day: Integers) -> Booleans:
        """Say on which days, (m,) bool, the early homes have it and the others do not."""
        return np.asarray((day >= self.start_day) & (day < self.start_day + self.delay_days))

    def assignments(self, most: int = MOST_ASSIGNMENTS) -> Booleans:
        """List what else could have been drawn, for randomisation inference.

        Parameters
        ----------
        most : int
            How many are sampled where there are more.

        Returns
        -------
        (p, n) bool
            Masks of early homes. All balanced assignments, each once and equally likely, if there
            are at most `most`; else the design itself in the first row and a sample of `most` - 1,
            drawn with the design's seed, which keeps a permutation test exact.
        """
        plan = _Plan.of(self.unit, self.block)
        if plan.count() <= most:
            every = np.array(list(plan.every()))
            return plan.spread(every[plan.accepts(every)])
        generator = np.random.default_rng([self.seed, _PERMUTING])
        return np.concatenate([self.early[None], plan.spread(plan.draw(generator, most - 1))])


def draw_phase_in(
    generator: np.random.Generator,
    unit: Integers,
    block: Integers,
    start_day: int,
    delay_days: int,
) -> PhaseIn:
    """Draw a design, with a seed taken from the generator and kept in the design.

    Parameters
    ----------
    generator : numpy.random.Generator
        Source of the seed.
    unit, block : (n,) int64
        As in `PhaseIn`; all homes in one block where there is nothing to balance.
    start_day : int
        First day of the early homes, counted from 1970-01-01.
    delay_days : int
        How much later the others begin. [d]

    Returns
    -------
    PhaseIn
        Balanced: as many early units as late ones in every block and over all, give or take the
        odd one, and 40 to 60 % of the homes early.

    Raises
    ------
    SeriesError
        If a unit lies in two blocks, or no assignment that was tried is balanced.
    """
    seed = int(generator.integers(2**53))
    return PhaseIn(seed, start_day, delay_days, unit, block, assign(seed, unit, block))


def assign(seed: int, unit: Integers, block: Integers) -> Booleans:
    """Draw which homes are early, (n,) bool; the same seed, units and blocks give the same.

    Raises
    ------
    SeriesError
        As for `draw_phase_in`.
    """
    _check_units(unit, block)
    plan = _Plan.of(unit, block)
    early: Booleans = plan.spread(plan.draw(np.random.default_rng([seed, _DRAWING]), 1))[0]
    return early


@dataclass(frozen=True, slots=True, eq=False)
class _Plan:
    """Units without their homes: how many homes each has and in which block it lies."""

    member: Integers
    homes: Integers
    blocks: tuple[Integers, ...]

    @classmethod
    def of(cls, unit: Integers, block: Integers) -> _Plan:
        _, first, member = np.unique(unit, return_index=True, return_inverse=True)
        lies_in = block[first]
        blocks = tuple(np.flatnonzero(lies_in == each) for each in np.unique(lies_in))
        return cls(member, np.bincount(member), blocks)

    def spread(self, units: Booleans) -> Booleans:
        """From masks of units to masks of homes."""
        if not len(units):
            raise SeriesError("no assignment gives both arms 40 to 60 % of the homes")
        return units[:, self.member]

    def count(self) -> int:
        """At most so many assignments there are."""
        return prod(comb(len(b), len(b) // 2) * (1 + len(b) % 2) for b in self.blocks)

    def accepts(self, units: Booleans) -> Booleans:
        balanced = np.abs(2 * units.sum(axis=1) - units.shape[1]) <= 1
        early = units @ self.homes / self.homes.sum()
        return np.asarray(balanced & (np.abs(early - 0.5) <= UNBALANCE + 1e-12))

    def every(self) -> Iterator[Booleans]:
        """Every half of each block, one more or less where the block is odd."""
        halves = [
            [
                chosen
                for early in sorted({len(b) // 2, (len(b) + 1) // 2})
                for chosen in combinations(b.tolist(), early)
            ]
            for b in self.blocks
        ]
        for parts in product(*halves):
            units = np.zeros(len(self.homes), bool)
            units[[place for part in parts for place in part]] = True
            yield units

    def draw(self, generator: np.random.Generator, count: int) -> Booleans:
        """Draw (count, units) masks, each balanced and all equally likely."""
        found = np.empty((0, len(self.homes)), bool)
        for _ in range(_TRIES):
            drawn = self._draw_any(generator, count)
            found = np.concatenate([found, drawn[self.accepts(drawn)]])
            if len(found) >= count:
                break
        return found[:count]

    def _draw_any(self, generator: np.random.Generator, count: int) -> Booleans:
        """Halve each block; a random half of the odd blocks gets the unit more."""
        odd = np.array([place for place, b in enumerate(self.blocks) if len(b) % 2], np.int64)
        extra = np.zeros((count, len(self.blocks)), np.int64)
        more = (len(odd) + generator.integers(0, 2, count)) // 2
        extra[:, odd] = _ranks(generator, count, len(odd)) < more[:, None]
        units = np.zeros((count, len(self.homes)), bool)
        for place, b in enumerate(self.blocks):
            early = len(b) // 2 + extra[:, place]
            units[:, b] = _ranks(generator, count, len(b)) < early[:, None]
        return units


def _ranks(generator: np.random.Generator, rows: int, columns: int) -> Integers:
    """Give every row the numbers from 0 in an order of its own."""
    numbers = np.tile(np.arange(columns), (rows, 1))
    return generator.permuted(numbers, axis=1)


def _check_units(unit: Integers, block: Integers) -> None:
    if unit.ndim != 1 or unit.shape != block.shape or len(np.unique(unit)) < 2:
        raise SeriesError("two units or more were expected, with the block of each home")
    pairs = set(zip(unit.tolist(), block.tolist(), strict=True))
    if len(pairs) != len(np.unique(unit)):
        raise SeriesError("a unit lies in two blocks")
