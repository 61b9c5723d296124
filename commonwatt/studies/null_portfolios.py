"""Savings claimed of simulated portfolios: where nobody saved anything, and where all did."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

from commonwatt.core.phase_in import draw_phase_in
from commonwatt.core.portfolio import Estimator, Portfolio, before_after
from commonwatt.core.publication import judge_portfolio
from commonwatt.core.tiers import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from commonwatt.core.phase_in import PhaseIn

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

STAIRWELLS: Final = {30: 6, 100: 10, 200: 16}
"""Homes of a portfolio, and the stairwells they live in."""

PORTFOLIOS: Final = 2000
TRUE_SAVING: Final = 0.05

BEFORE_WEEKS: Final = 24
AFTER_WEEKS: Final = 10

_WEEKS = BEFORE_WEEKS + AFTER_WEEKS
_WEEK_WH = 7 * 9000.0
_HOME_SIZE = 0.5
_HOME_WEEK = 0.20
_HOME_DRIFT = 0.041
_UNEVEN_DRIFT = 0.4
_STAIRWELL_DRIFT = 0.005
_COMMON_DRIFT = 0.010
_WEATHER = 0.10
_WEATHER_MEMORY = 0.8
_HEATED = 0.5
_MOVED = 0.1


class Unit(StrEnum):
    """What is drawn as a whole."""

    STAIRWELL = "stairwell"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of portfolio: how large, what is drawn, how it is estimated, what is true."""

    homes: int
    unit: Unit
    estimator: Estimator
    saving: float


@dataclass(frozen=True, slots=True)
class Row:
    """What became of the portfolios of one case; all shares are of all portfolios.

    `drops`, `rises` and `unchanged` were published, the rest were not. `naive_drops` is how often
    the same homes before and after, tested without those that wait, would be said to have saved;
    `naive_lower` how often they just used at least 1 % less. `detectable` is the median minimum
    detectable effect, and `home_change` the standard deviation of the homes' own changes.
    """

    case: Case
    portfolios: int
    drops: float
    rises: float
    unchanged: float
    naive_drops: float
    naive_lower: float
    detectable: float
    covered: float
    home_change: float


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedPortfolio:
    """Weekly energy of homes, (n, weeks) in Wh, and the draw of who begins first."""

    energy_wh: Floats
    design: PhaseIn

    def compared(self) -> Portfolio:
        """The weeks before beside the weeks after."""
        return self._between(slice(0, BEFORE_WEEKS), slice(BEFORE_WEEKS, _WEEKS))

    def placebo(self) -> Portfolio:
        """The first half of the weeks before beside the second."""
        half = BEFORE_WEEKS // 2
        return self._between(slice(0, half), slice(half, BEFORE_WEEKS))

    def _between(self, earlier: slice, later: slice) -> Portfolio:
        weeks = (later.stop - later.start) / (earlier.stop - earlier.start)
        return Portfolio(
            expected_wh=self.energy_wh[:, earlier].sum(axis=1) * weeks,
            observed_wh=self.energy_wh[:, later].sum(axis=1),
            treated=self.design.early,
            cluster=self.design.unit,
        )


def simulate_portfolio(
    generator: np.random.Generator, homes: int, unit: Unit, saving: float
) -> SimulatedPortfolio:
    """Simulate 24 weeks before and 10 weeks in which half of the homes have the display.

    The logarithm of a home's week is the sum of its size (deviation 0.5), its own random walk
    (0.041 a week, itself uneven among homes: logarithmic deviation 0.4), its week (0.2), a random
    walk of its stairwell (0.005 a week), one of all homes (0.01 a week: prices, habits), and, for
    half of the homes, a weather that all share (deviation 0.1, lag-1 correlation 0.8) with a weight
    between 0.5 and 1.5. The season is taken out, which flatters the naive comparison. The walk of
    a home is chosen so that homes change by about 17 % from before to after, as they did on EDRP.
    A tenth of the homes live in any stairwell, so that stairwells are uneven.
    """
    stairwells = STAIRWELLS[homes]
    stairwell = generator.permutation(np.arange(homes) % stairwells)
    moved = generator.random(homes) < _MOVED
    stairwell[moved] = generator.integers(0, stairwells, int(moved.sum()))
    drawn = stairwell if unit == Unit.STAIRWELL else np.arange(homes)
    block = np.zeros(homes, np.int64)
    design = draw_phase_in(generator, drawn, block, BEFORE_WEEKS * 7, AFTER_WEEKS * 7)
    logs = _own_logs(generator, homes) + _shared_logs(generator, stairwell)
    energy_wh = _WEEK_WH * np.exp(logs)
    energy_wh[design.early, BEFORE_WEEKS:] *= 1 - saving
    return SimulatedPortfolio(energy_wh, design)


def study_null_portfolios(
    seed: int,
    portfolios: int = PORTFOLIOS,
    saving: float = 0.0,
    sizes: Sequence[int] = tuple(STAIRWELLS),
) -> list[Row]:
    """Judge `portfolios` portfolios of each size and unit by both estimators, on the same data."""
    cells = list(product(sizes, Unit))
    seeds = np.random.SeedSequence(seed).spawn(len(cells))
    rows = []
    for (homes, unit), own in zip(cells, seeds, strict=True):
        generator = np.random.default_rng(own)
        found = [
            _judge(simulate_portfolio(generator, homes, unit, saving), saving)
            for _ in range(portfolios)
        ]
        for estimator in Estimator:
            scores = [scores[estimator] for scores in found]
            rows.append(_row(Case(homes, unit, estimator, saving), scores))
    return rows


def table_of(rows: Sequence[Row]) -> str:
    """Write rows as a table of Markdown."""
    head = (
        "| Homes | Drawn by | Estimator | Portfolios | Publish a saving | Publish a rise "
        "| Publish no visible change | Naive: significant drop | Naive: 1 % lower "
        "| Detectable | 90 % interval holds the truth | Home's own change (sd) |"
    )
    lines = [head, "|" + "---|" * 12]
    for row in rows:
        said = (row.drops, row.rises, row.unchanged, row.naive_drops, row.naive_lower)
        shares = (*said, row.detectable, row.covered, row.home_change)
        cells = [str(row.case.homes), row.case.unit.value, row.case.estimator.value]
        cells += [str(row.portfolios), *(f"{100 * share:.1f} %" for share in shares)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def study_page(seed: int, portfolios: int = PORTFOLIOS) -> str:
    """Run the whole study and write its page; half as many portfolios have a saving."""
    null = study_null_portfolios(seed, portfolios)
    return page_of(seed, null, study_null_portfolios(seed, portfolios // 2, TRUE_SAVING))


def page_of(seed: int, null: Sequence[Row], saving: Sequence[Row]) -> str:
    """Write the page of the study, from rows without a saving and rows with one."""
    sizes = ", ".join(str(homes) for homes in STAIRWELLS)
    worst, truth = max(row.drops for row in null), saving[0].case.saving
    naive = _range([row.naive_drops for row in null])
    lower = _range([row.naive_lower for row in null])
    return f"""# Portfolios in which nobody saved anything

Simulated portfolios of {sizes} homes: {BEFORE_WEEKS} weeks before, and {AFTER_WEEKS} weeks in which
half of the homes have the display, drawn at random by stairwell or by home. Weather, prices and
what a stairwell has in common are shared; each home changes by itself, by about 17 % from before
to after, as homes did from year to year in EDRP, a British trial of 61,300 homes.
`simulate_portfolio` says how a home is made. Made by

    commonwatt study portfolios --seed {seed} --count {null[0].portfolios}

A saving is published if its 90 % interval excludes 0, no more than 10 % of the assignments that
could have been drawn are as far from 0, and the same code finds nothing between the first and the
second half of the weeks before. The naive comparison looks at the homes with the display before and
after: a significant drop is one whose 90 % interval excludes 0. The season is taken out for it.

## Nobody saved anything

- A saving was published of {100 * worst:.1f} % of the portfolios at most.
- Before and after, tested, claims one of {naive} %.
- Before and after, subtracted, is at least 1 % lower in {lower} %.

{table_of(null)}
## Every home with the display saved {100 * truth:.0f} %

{table_of(saving)}
The detectable saving is the median of those published: a true saving whose interval would exclude 0
four times in five, before the placebo test. Six stairwells can be drawn in 20 ways at most, and
then the draw sees less than the interval alone.
"""


def _range(shares: Sequence[float]) -> str:
    return f"{100 * min(shares):.1f} to {100 * max(shares):.1f}"


def _own_logs(generator: np.random.Generator, homes: int) -> Floats:
    """Size, walk and weeks of each home."""
    size = generator.normal(0, _HOME_SIZE, (homes, 1))
    uneven = np.exp(generator.normal(-(_UNEVEN_DRIFT**2), _UNEVEN_DRIFT, (homes, 1)))
    walk = np.cumsum(generator.normal(0, _HOME_DRIFT, (homes, _WEEKS)), axis=1) * uneven
    return size + walk + generator.normal(0, _HOME_WEEK, (homes, _WEEKS))


def _shared_logs(generator: np.random.Generator, stairwell: Integers) -> Floats:
    """Walks of the stairwells and of all homes, and weather on the homes that heat with it."""
    homes = len(stairwell)
    stairwells = int(stairwell.max()) + 1
    walks = np.cumsum(generator.normal(0, _STAIRWELL_DRIFT, (stairwells, _WEEKS)), axis=1)
    common = np.cumsum(generator.normal(0, _COMMON_DRIFT, _WEEKS))
    weather = np.empty(_WEEKS)
    last = generator.normal(0, 1)
    for week, step in enumerate(generator.normal(0, np.sqrt(1 - _WEATHER_MEMORY**2), _WEEKS)):
        last = _WEATHER_MEMORY * last + step
        weather[week] = last
    heats = generator.uniform(0.5, 1.5, homes) * (generator.random(homes) < _HEATED)
    return walks[stairwell] + common + _WEATHER * np.outer(heats, weather)


@dataclass(frozen=True, slots=True)
class _Score:
    verdict: Verdict
    naive_drop: bool
    naive_lower: bool
    detectable: float
    covered: float
    home_change: float


def _judge(simulated: SimulatedPortfolio, saving: float) -> dict[Estimator, _Score]:
    compared, placebo = simulated.compared(), simulated.placebo()
    assignments = simulated.design.assignments()
    naive = before_after(compared)
    change = compared.observed_wh / compared.expected_wh
    scores = {}
    for estimator in Estimator:
        judged = judge_portfolio(compared, placebo, estimator, assignments)
        wide = judged.saving.interval(0.9) if judged.saving else None
        scores[estimator] = _Score(
            verdict=judged.verdict,
            naive_drop=naive.low > 0,
            naive_lower=(naive.low + naive.high) / 2 >= 0.01,
            detectable=judged.saving.detectable if judged.saving else np.nan,
            covered=float(wide.low <= saving <= wide.high) if wide else np.nan,
            home_change=float((change / change.mean()).std(ddof=1)),
        )
    return scores


def _row(case: Case, scores: Sequence[_Score]) -> Row:
    def share(verdict: Verdict) -> float:
        return float(np.mean([score.verdict == verdict for score in scores]))

    published = [score for score in scores if np.isfinite(score.detectable)]
    return Row(
        case=case,
        portfolios=len(scores),
        drops=share(Verdict.PROVEN_DROP),
        rises=share(Verdict.RISE),
        unchanged=share(Verdict.NO_VISIBLE_CHANGE),
        naive_drops=float(np.mean([score.naive_drop for score in scores])),
        naive_lower=float(np.mean([score.naive_lower for score in scores])),
        detectable=float(np.median([score.detectable for score in published] or [np.nan])),
        covered=float(np.mean([score.covered for score in published] or [np.nan])),
        home_change=float(np.mean([score.home_change for score in scores])),
    )
