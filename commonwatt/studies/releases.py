"""How well the release gate hides homes, and how much a landlord still sees, on simulated years."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.release import distinct_sums, home_leverage, solvable_homes
from commonwatt.studies.histories import MONTHS, simulate_history
from commonwatt.studies.pages import table
from commonwatt.studies.telling import publish, publish_naively

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from commonwatt.core.release import ReleaseCells
    from commonwatt.studies.histories import Group, History

    Floats = NDArray[np.float64]

ENOUGH_HOMES = 20
CONTROL_EVERY = 10
GOOD_MONTHS = 10
FOLLOWED_MONTHS = 6

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

Savings are told as the service tells them ([0025](../decisions/0025-savings-of-buildings.md)): in half of
the buildings something is done in a month that has a year before it, and its homes and those of the same
landlord's other buildings are told of when three months are over, and on up to a year while none of them leaves.
Both groups count as sums of every month from a year before. Beside savings only buildings are asked for.

{table}

- **least error left**: of a stranger's error about the worst-hidden home, the share that the best linear
  estimate still makes. The gate keeps it at half or more.
- **hit**: homes that the estimate gets within 20 % (their use spreads by about half); **guessed**: homes that
  the mean of all gets as close, without any figure.

## What is left to see

{seen}

Counted are buildings where at least 20 homes took part in every month. A year is told when it has ended:
only then is it known who took part all through. Of those homes, a told year holds {kept:.1f} % in the mean:
the others are left out so that 11 homes change, or none, against every sum told before.

Of {actions:,} actions of landlords with another building, {told:.1f} % were told of, {followed:.1f} % for half a
year or more: a home that leaves ends it. **Two more sums an action cost years**: the homes of a year
have to differ by 11 from them too.

There is a bound that no choice of homes passes under these promises. With n homes that lasted
and c that left or came since the last cohort, some left and fewer than 11 new, 11 or more of the n homes
differ from it by at most n + c - 11: where n + c is below 22, no choice reaches 11, and the year is lost.
"""


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
class Sight:
    """What attackers and landlords see of a history under the gate.

    `months` are those told in twelve of each large building; `kept` is the share of the homes in
    each of its told years; `savings` are the months told after each action, 0 where none was told.
    """

    attack: Attack
    months: tuple[float, ...]
    kept: tuple[float, ...]
    savings: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One history: years of every group, years and savings of buildings, and the control."""

    years: Sight
    savings: Sight
    control: Attack | None


def study_releases(seed: int, count: int) -> Iterator[Outcome]:
    """Run gate and attack on histories, each from a seed of its own; every tenth has its control."""
    for number, own in enumerate(np.random.SeedSequence(seed).spawn(count)):
        history = simulate_history(np.random.default_rng(own))
        yield judge_history(history, with_control=number % CONTROL_EVERY == 0)


def judge_history(history: History, *, with_control: bool) -> Outcome:
    """Publish by the gate, and by the control if asked, and attack what was published."""
    places = tuple(group for group in history.groups if group.kind == "building")
    return Outcome(
        _look(replace(history, actions=())),
        _look(replace(history, groups=places)),
        attack(publish_naively(history), history.use_wh) if with_control else None,
    )


def _look(history: History) -> Sight:
    told = publish(history)
    large = [
        row
        for row, group in enumerate(history.groups)
        if group.kind == "building" and _is_large(history, group)
    ]
    kept = told.kept[large]
    return Sight(
        attack(told.cells, history.use_wh),
        tuple(float(each) for each in told.told[large].mean(axis=1) * 12),
        tuple(float(each) for each in kept[np.isfinite(kept)]),
        told.savings,
    )


def _is_large(history: History, group: Group) -> bool:
    return bool(history.present[group.homes].sum(axis=0).min() >= ENOUGH_HOMES)


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
    years = [outcome.years for outcome in outcomes]
    both = [outcome.savings for outcome in outcomes]
    control = [outcome.control for outcome in outcomes if outcome.control]
    savings = np.array([each for sight in both for each in sight.savings])
    return _PAGE.format(
        seed=seed,
        count=len(outcomes),
        months=MONTHS,
        table=table(
            ("rule", "histories", "homes told of", "solved", "least error left", "hit", "guessed"),
            [
                _attack_row("the gate, years", [sight.attack for sight in years]),
                _attack_row("the gate, years and savings", [sight.attack for sight in both]),
                _attack_row("11 homes, nothing else", control),
            ],
        ),
        seen=table(
            ("what is told", "buildings", f"{GOOD_MONTHS} of 12 months or more", "mean months"),
            [_months_row("years", years), _months_row("years and savings", both)],
        ),
        kept=100 * np.mean([each for sight in years for each in sight.kept]),
        actions=len(savings),
        told=100 * (savings > 0).mean(),
        followed=100 * (savings >= FOLLOWED_MONTHS).mean(),
    )


def _months_row(what: str, sights: list[Sight]) -> tuple[str, ...]:
    months = np.array([each for sight in sights for each in sight.months])
    enough = 100 * (months >= GOOD_MONTHS).mean()
    return (what, f"{len(months):,}", f"{enough:.1f} %", f"{months.mean():.1f}")


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
