"""How well the release gate hides homes, and how much a landlord still sees, on simulated years."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.release import (
    COHORT_MONTHS,
    ReleaseCells,
    choose_cohort,
    distinct_sums,
    home_leverage,
    solvable_homes,
)
from commonwatt.model import SMALLEST_GROUP
from commonwatt.studies.histories import MONTHS, simulate_history
from commonwatt.studies.pages import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from commonwatt.studies.histories import Group, History

    Booleans = NDArray[np.bool_]
    Floats = NDArray[np.float64]

ENOUGH_HOMES = 20
CONTROL_EVERY = 10
GOOD_MONTHS = 10

_PAGE = """\
# Whether a landlord can work out a home

Simulated histories of {months} months, {count:,} of them: one to three buildings of 20 to 100
dwellings, of which 60 to 100 % agree at the start. Each month 2 % of the homes leave, 10 % of the
dwellings without an agreeing home get one, and 0.2 % of the homes withdraw. A landlord asks for every
building, all of them together and every stairwell; another one manages the first building, and
the first with the last. The gate is the service's own (`commonwatt/core/release.py`). Made by

    commonwatt study releases --seed {seed} --count {count}

The attacker holds every sum ever told, to both landlords, knows who was in it, and is given more than
there is: that a home uses the same every month (from year to year homes change by about 17 %). An
equation over months then is one over homes, and a home whose month, or whose total over any
months, follows exactly is a unit vector in their row space; that is decided in whole numbers modulo
a prime, without rounding. The control publishes any group of at least 11 homes every month, and
is attacked in every tenth history: the attack works.

{table}

- **least error left**: of a stranger's error about the worst-hidden home, the share that the best linear
  estimate still makes. The gate keeps it at half or more.
- **hit**: homes that the estimate gets within 20 % (their use spreads by about half); **guessed**: homes that
  the mean of all gets as close, without any figure.

## What is left to see

Of {buildings:,} buildings where at least 20 homes took part in every month, {enough:.1f} % got {good} of
12 months or more; the mean is {mean:.1f}, and 5 % got {worst:.0f} or fewer. A year is told when it has ended:
only then is it known who took part all through. Of those homes, a told year holds {kept:.1f} % in the mean:
the others are left out so that 11 homes change, or none, against every sum told before.

There is a bound that no choice of homes passes under these promises. With n homes that lasted
and c that left or came since the last cohort, some left and fewer than 11 new, 11 or more of the n homes
differ from it by at most n + c - 11: where n + c is below 22, no choice reaches 11, and the year is lost.
"""


@dataclass(frozen=True, slots=True)
class Telling:
    """What a rule told in one history.

    `cells` are all sums ever published; `told` is (groups, months). `kept` is (groups, years): the
    share of the homes that lasted the year that its cohort holds, NaN where there is none.
    """

    cells: ReleaseCells
    told: Booleans
    kept: Floats


@dataclass(frozen=True, slots=True)
class Attack:
    """What linear algebra makes of all published sums, as though use never changed.

    Of the `homes` in any published sum, `solved` follow exactly. `least_hidden` is the smallest
    share of a stranger's error that is left of any home; `close_attack` and `close_guess` count the
    homes that the best estimate, and a stranger's guess of the mean, hit within a fifth.
    """

    homes: int
    solved: int
    least_hidden: float
    close_attack: int
    close_guess: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One history: what the attacks found, and what is left to see of each large building.

    `months` are those told in twelve; `kept` is the share of the homes in each told year.
    """

    gate: Attack
    control: Attack | None
    months: tuple[float, ...]
    kept: tuple[float, ...]


def study_releases(seed: int, count: int) -> Iterator[Outcome]:
    """Run gate and attack on histories, each from a seed of its own; every tenth has its control."""
    for number, own in enumerate(np.random.SeedSequence(seed).spawn(count)):
        history = simulate_history(np.random.default_rng(own))
        yield judge_history(history, with_control=number % CONTROL_EVERY == 0)


def judge_history(history: History, *, with_control: bool) -> Outcome:
    """Publish by the gate, and by the control if asked, and attack what was published."""
    told = publish(history)
    control = publish_naively(history) if with_control else None
    large = [
        row
        for row, group in enumerate(history.groups)
        if group.kind == "building" and _is_large(history, group)
    ]
    months = told.told[large].mean(axis=1) * 12
    kept = told.kept[large]
    return Outcome(
        attack(told.cells, history.use_wh),
        attack(control, history.use_wh) if control else None,
        tuple(float(each) for each in months),
        tuple(float(each) for each in kept[np.isfinite(kept)]),
    )


def _is_large(history: History, group: Group) -> bool:
    return bool(history.present[group.homes].sum(axis=0).min() >= ENOUGH_HOMES)


def publish(history: History) -> Telling:
    """Ask the gate for every group, year by year, as the service does."""
    cells = ReleaseCells.none(len(history.use_wh))
    told = np.zeros((len(history.groups), MONTHS), dtype=np.bool_)
    kept = np.full((len(history.groups), MONTHS // COHORT_MONTHS), np.nan)
    earlier: dict[int, Booleans] = {}
    for first in range(0, MONTHS, COHORT_MONTHS):
        last = first + COHORT_MONTHS - 1
        agrees = history.withdrawn_month > last
        for row, group in enumerate(history.groups):
            present = history.present[:, first : last + 1] & (agrees & group.homes)[:, None]
            cohort = choose_cohort(cells, present, first, earlier.get(row))
            if cohort.members is not None:
                earlier[row] = cohort.members
                cells = cells.with_cell(cohort.members, first, last)
                told[row, first : last + 1] = True
                lasting = present.all(axis=1).sum()
                kept[row, first // COHORT_MONTHS] = cohort.members.sum() / lasting
    return Telling(cells, told, kept)


def publish_naively(history: History) -> ReleaseCells:
    """The control: every group of at least 11 homes, every month."""
    cells = ReleaseCells.none(len(history.use_wh))
    for month in range(MONTHS):
        for group in history.groups:
            members = history.present[:, month] & group.homes
            if members.sum() >= SMALLEST_GROUP:
                cells = cells.with_cell(members, month, month)
    return cells


def attack(cells: ReleaseCells, use_wh: Floats) -> Attack:
    """Solve for every home, exactly and as well as can be."""
    rows = distinct_sums(cells.members)
    told = rows.any(axis=0)
    rows, use_wh = rows[:, told], use_wh[told]
    if not rows.size:
        return Attack(0, 0, 1.0, 0, 0)
    mean_wh = use_wh.mean()
    guess_wh = np.full(len(use_wh), mean_wh)
    sums_wh = rows @ (use_wh - guess_wh)
    estimate_wh = guess_wh + np.linalg.lstsq(rows.astype(np.float64), sums_wh, rcond=1e-9)[0]
    return Attack(
        homes=len(use_wh),
        solved=int(solvable_homes(rows).sum()),
        least_hidden=float(np.sqrt(np.clip(1 - home_leverage(rows).max(), 0, 1))),
        close_attack=_close(estimate_wh, use_wh),
        close_guess=_close(guess_wh, use_wh),
    )


def _close(estimate_wh: Floats, use_wh: Floats) -> int:
    return int((np.abs(estimate_wh - use_wh) < 0.2 * use_wh).sum())


def releases_page(seed: int, outcomes: list[Outcome]) -> str:
    """Write the page of the study."""
    gate = [outcome.gate for outcome in outcomes]
    control = [outcome.control for outcome in outcomes if outcome.control]
    months = np.array([each for outcome in outcomes for each in outcome.months])
    rows = [_attack_row("the gate", gate), _attack_row("11 homes, nothing else", control)]
    head = ("rule", "histories", "homes told of", "solved", "least error left", "hit", "guessed")
    return _PAGE.format(
        seed=seed,
        count=len(outcomes),
        months=MONTHS,
        table=table(head, rows),
        buildings=len(months),
        enough=100 * (months >= GOOD_MONTHS).mean(),
        mean=months.mean(),
        kept=100 * np.mean([each for outcome in outcomes for each in outcome.kept]),
        worst=np.quantile(months, 0.05),
        good=GOOD_MONTHS,
    )


def _attack_row(rule: str, attacks: list[Attack]) -> tuple[str, ...]:
    homes = sum(each.homes for each in attacks)
    return (
        rule,
        f"{len(attacks):,}",
        f"{homes:,}",
        f"{sum(each.solved for each in attacks):,}",
        f"{100 * min(each.least_hidden for each in attacks):.0f} %",
        f"{100 * sum(each.close_attack for each in attacks) / homes:.1f} %",
        f"{100 * sum(each.close_guess for each in attacks) / homes:.1f} %",
    )
