"""Which sums over homes may be published, so that no home can be worked out of them, ever."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from commonwatt.errors import SeriesError
from commonwatt.model import SMALLEST_GROUP, Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Booleans = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

LARGEST_SHARE: Final = 0.5
"""No home may be more of a published month than this."""

LARGEST_LEVERAGE: Final = 0.75
"""Of a home's variance, what all figures together may explain: an estimate errs by half a guess."""

COHORT_MONTHS: Final = 12
"""A cohort is fixed for so many months, and they are told together when the last has ended."""

_RANK_TOLERANCE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class ReleaseCells:
    """Everything ever published, to whoever: months of sums over fixed cohorts.

    Parameters
    ----------
    members : (c, n) bool
        Whether a home is in a cell's sum; homes in the order of the caller.
    first_month, last_month : (c,) int64
        The months, counted from any one, of which a cell's sums were told, both inclusive.

    Raises
    ------
    SeriesError
        If the shapes do not agree or a cell ends before it begins.
    """

    members: Booleans
    first_month: Integers
    last_month: Integers

    def __post_init__(self) -> None:
        cells = (self.members.shape[0],)
        if self.first_month.shape != cells or self.last_month.shape != cells:
            raise SeriesError("one first and one last month a cell were expected")
        if (self.last_month < self.first_month).any():
            raise SeriesError("a cell ends before it begins")

    def __len__(self) -> int:
        return len(self.members)

    @classmethod
    def none(cls, homes: int) -> ReleaseCells:
        """Nothing published yet over so many homes."""
        months = np.zeros(0, dtype=np.int64)
        return cls(np.zeros((0, homes), dtype=np.bool_), months, months)

    def with_cell(self, members: Booleans, first_month: int, last_month: int) -> ReleaseCells:
        """The same and one cell more."""
        return ReleaseCells(
            np.vstack([self.members, members]),
            np.append(self.first_month, first_month),
            np.append(self.last_month, last_month),
        )

    def sharing(self, first_month: int, last_month: int) -> Booleans:
        """Members of the cells that tell of any of these months. (s, n) bool."""
        shared = (self.first_month <= last_month) & (self.last_month >= first_month)
        return self.members[shared]


@dataclass(frozen=True, slots=True)
class Cohort:
    """The homes of a group's published year, or why there is none.

    Parameters
    ----------
    members : (n,) bool or None
        The homes of every month's sum; None if nothing may be published.
    finding : Finding or None
        Why not; None if there are members.
    """

    members: Booleans | None
    finding: Finding | None


def distinct_sums(members: Booleans) -> Booleans:
    """Each set of homes once, in the order of its first sum. (c, n) bool -> (d, n) bool."""
    first = {row.tobytes(): number for number, row in reversed(list(enumerate(members)))}
    return members[sorted(first.values())]


def smallest_class(members: Booleans) -> int:
    """Fewest homes that any combination of these sums can be about.

    Homes that are in exactly the same cells form a class. Every linear combination of the cells
    has one coefficient for a whole class, so it is about whole classes or about nothing.

    Parameters
    ----------
    members : (c, n) bool
        Cells of one month.

    Returns
    -------
    int
        Size of the smallest class; homes in no cell form none. 0 if there is no class.
    """
    counts = Counter(home.tobytes() for home in members.T if home.any())
    return min(counts.values(), default=0)


def home_leverage(members: Booleans) -> Floats:
    """How much of each home all sums together explain, as though its use never changed.

    Parameters
    ----------
    members : (c, n) bool
        Cells of any months.

    Returns
    -------
    (n,) float64
        From 0, nothing, to 1, the home is solved: the diagonal of the projection on the row space,
        h = diag(A^+ A). Of homes alike in spread, the best linear estimate of one errs by
        sqrt(1 - h) of the spread. Taking use as constant only helps who subtracts: summing an
        equation over months keeps a unit vector one.
    """
    if not members.any():
        return np.zeros(members.shape[1])
    _, scale, directions = np.linalg.svd(members.astype(np.float64), full_matrices=False)
    basis = directions[scale > _RANK_TOLERANCE * scale[0]]
    leverage: Floats = (basis**2).sum(axis=0)
    return leverage


def judge_cell(
    cells: ReleaseCells,
    members: Booleans,
    first_month: int,
    last_month: int,
    known: Booleans | None = None,
) -> Finding | None:
    """Say whether months of a sum may be published beside everything that was.

    Parameters
    ----------
    cells : ReleaseCells
        Everything published before, to this landlord and to all others, who may pool what they saw.
    members : (n,) bool
        The homes of the new sum.
    first_month, last_month : int
        Its months, both inclusive.
    known : (k, n) bool, optional
        Sums the reader may know from elsewhere, such as a building's main meter; they count as
        published in every month.

    Returns
    -------
    Finding or None
        None if it may. Otherwise the first of:

        - `too_few_homes`: fewer than 11 homes; `homes`, `needed`.
        - `differs_by_few`: with sums of the same months, fewer than 11 homes could be told apart;
          or a cohort of other months differs by fewer; `homes`, `needed`.
        - `would_reveal`: all sums together would explain more than three quarters of one home.

    Raises
    ------
    SeriesError
        If the members are not the homes of the cells, or the months are in disorder.
    """
    if members.shape != cells.members.shape[1:] or last_month < first_month:
        raise SeriesError("a cell of the same homes with its months in order was expected")
    if members.sum() < SMALLEST_GROUP:
        return _refusal("too_few_homes", int(members.sum()))
    outside = np.zeros((0, len(members)), dtype=np.bool_) if known is None else known
    told = cells.sharing(first_month, last_month)
    together = distinct_sums(np.vstack([outside, told, members]))
    smallest = smallest_class(together)
    if smallest < SMALLEST_GROUP:
        return _refusal("differs_by_few", smallest)
    return _judge_history(np.vstack([outside, cells.members]), members)


def _judge_history(earlier: Booleans, members: Booleans) -> Finding | None:
    """Compare a cohort with those of all months, as though use never changed."""
    distinct = distinct_sums(earlier)
    changes = (distinct != members).sum(axis=1)
    if not changes.all():
        return None
    fewest = int(changes.min(initial=SMALLEST_GROUP))
    if fewest < SMALLEST_GROUP:
        return _refusal("differs_by_few", fewest)
    if home_leverage(np.vstack([distinct, members])).max() > LARGEST_LEVERAGE:
        return _refusal("would_reveal")
    return None


def _refusal(code: str, homes: int | None = None) -> Finding:
    facts = {} if homes is None else {"homes": homes, "needed": SMALLEST_GROUP}
    return Finding(code, Severity.WARNING, "release", facts)


def choose_cohort(
    cells: ReleaseCells,
    present: Booleans,
    first_month: int,
    earlier: Booleans | None = None,
    known: Booleans | None = None,
) -> Cohort:
    """Choose the homes whose sums are published for a year of a group.

    Parameters
    ----------
    cells : ReleaseCells
        Everything published before.
    present : (n, m) bool
        Whether a home lived in the group, agrees and was measured in each month of the year.
    first_month : int
        The first of these months.
    earlier : (n,) bool, optional
        The cohort of the group's last published year.
    known : (k, n) bool, optional
        As for `judge_cell`.

    Returns
    -------
    Cohort
        The homes that took part all year. If they may not be published: the earlier cohort where
        all its homes still take part; else without those who could be told apart in sums of the
        same months; else without as many more as make 11 changes to every earlier sum; else
        nothing, and why the first was refused.

    Raises
    ------
    SeriesError
        If there is no month, or the homes are not those of the cells.
    """
    if present.ndim != 2 or not present.shape[1]:
        raise SeriesError("homes by months were expected, with a month at least")
    last_month = first_month + present.shape[1] - 1
    refusals = []
    for members in _candidates(cells, present, first_month, earlier, known):
        finding = judge_cell(cells, members, first_month, last_month, known)
        if finding is None:
            return Cohort(members, None)
        refusals.append(finding)
    return Cohort(None, refusals[0])


def _candidates(
    cells: ReleaseCells,
    present: Booleans,
    first_month: int,
    earlier: Booleans | None,
    known: Booleans | None,
) -> Iterator[Booleans]:
    """The cohorts to try, the largest first."""
    lasting: Booleans = np.all(present, axis=1)
    yield lasting
    if earlier is not None and not (earlier & ~lasting).any():
        yield earlier
    outside = np.zeros((0, len(lasting)), dtype=np.bool_) if known is None else known
    told = cells.sharing(first_month, first_month + present.shape[1] - 1)
    whole = _without_small_classes(np.vstack([outside, told]), lasting)
    yield whole
    yield _move_apart(distinct_sums(np.vstack([outside, cells.members])), whole)


def _without_small_classes(told: Booleans, members: Booleans) -> Booleans:
    """Leave out homes that fewer than 11 share their sums of these months with."""
    sums = [home.tobytes() for home in told.T]
    counts = Counter(each for each, inside in zip(sums, members, strict=True) if inside)
    return members & np.array([counts[each] >= SMALLEST_GROUP for each in sums], dtype=np.bool_)


def _move_apart(earlier: Booleans, members: Booleans) -> Booleans:
    """Leave out homes, one by one, until every earlier sum differs by 11 homes or more.

    Each time the home goes that takes the cohort away from most of the sums still too close to it,
    the last of several. Nothing of the choice depends on use.
    """
    members = members.copy()
    while members.sum() >= SMALLEST_GROUP:
        close = earlier[(earlier != members).sum(axis=1) < SMALLEST_GROUP]
        if not len(close):
            break
        gain = np.where(members, 2 * close.sum(axis=0) - len(close), -len(close) - 1)
        members[len(gain) - 1 - int(gain[::-1].argmax())] = False
    return members


def judge_shares(use_wh: Floats) -> Booleans:
    """Say in which months no home dominates.

    Parameters
    ----------
    use_wh : (n, m) float64
        What each home of a cohort used in each month. [Wh]

    Returns
    -------
    (m,) bool
        True where the total is positive and the largest home is at most half of it. NaN is False.
    """
    total_wh = use_wh.sum(axis=0)
    largest_wh = use_wh.max(axis=0)
    hidden: Booleans = (total_wh > 0) & (largest_wh <= LARGEST_SHARE * total_wh)
    return hidden


def solvable_homes(members: Booleans) -> Booleans:
    """Find the homes whose use follows exactly from these sums, as though it never changed.

    Parameters
    ----------
    members : (c, n) bool
        Published sums.

    Returns
    -------
    (n,) bool
        Whether the home's unit vector is in the row space: then, and only then, it is a row of the
        reduced echelon form. Arithmetic is in the integers modulo the prime 2^31 - 1, without
        rounding.
    """
    rows = distinct_sums(members).astype(np.int64)
    solved = np.zeros(members.shape[1], dtype=np.bool_)
    for row in _reduce(rows):
        support = np.flatnonzero(row)
        if len(support) == 1:
            solved[support] = True
    return solved


def _reduce(rows: Integers) -> Integers:
    """Reduced echelon form modulo 2^31 - 1."""
    prime, done = 2**31 - 1, 0
    for column in range(rows.shape[1]):
        below = np.flatnonzero(rows[done:, column])
        if not len(below):
            continue
        pivot = done + below[0]
        rows[[done, pivot]] = rows[[pivot, done]]
        rows[done] = rows[done] * pow(int(rows[done, column]), -1, prime) % prime
        factors = rows[:, column].copy()
        factors[done] = 0
        rows = (rows - factors[:, None] * rows[done] % prime) % prime
        done += 1
        if done == len(rows):
            break
    return rows[:done]
