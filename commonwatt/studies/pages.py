"""The studies as pages of Markdown: what was simulated, what came out, the command that gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from commonwatt.studies.calibration import Score

_CALIBRATION = """\
# How well the intervals of savings are calibrated

Simulated homes whose saving is known, {homes:,} for each line, assessed by the code that the service
runs (`commonwatt/core/assessment.py`). Made by

    commonwatt study calibration --seed {seed} --count {homes}

A home has weather of its own years, begins on any day of the year and is followed for 365 days after
its baseline. Its daily noise is 15 to 35 % with a lag-1 correlation of 0.2 to 0.5, its weekends differ,
up to 30 % of its days are lost, half of them in runs; heated homes add 0.8 to 2.5 kWh a day for each
kelvin below 13 to 18 degrees, hour by hour (`commonwatt/studies/homes.py`).

- **80 %**, **90 %**: share of homes whose interval holds the true saving.
- **bias**, **RMSE**, **+-90 %**: in points of what the counted days would have used.
- **counted**: share of the reporting days that are known and no more than 1 K outside the baseline's
  temperatures. Nothing is said of the others.
- **flat**: share of homes given a model without weather.
- **told**: share of homes told of a proven drop or a rise; **wrongly**: of one that is not there.
- **not told**: share of homes told that there is not enough data. Baselines of 56 and 28 days are never
  told a saving (tiers C and D); their intervals are shown to say how good they would be. Where up to
  30 % of days are lost, most homes miss the 90 % of known days that a verdict needs.

## Nominal intervals and what they hold

{calibration}

## A flat home stays flat

Of the {nulls:,} flat homes without a saving, {flat:.1f} % were given a model without weather; by
baseline: {flat_by_days}.

## What the interval does not know of

A baseline knows temperature and weekends. Other changes of a home are in its saving, and the interval
does not know of them: it says how much less was used than expected, not why. A year of baseline, 10 %
of days lost at most, no saving:

{troubles}

So one home's proven drop is a drop, not proof that the display caused it; only a comparison group says
that ([portfolios](portfolios.md)).
"""


def calibration_page(
    seed: int, homes: int, scores: Sequence[Score], troubles: Sequence[tuple[str, Score]]
) -> str:
    """Write the page of the calibration study."""
    nulls = [s for s in scores if not s.stratum.heated and not s.stratum.saving]
    by_days = (f"{s.stratum.baseline_days} days {100 * s.flat:.1f} %" for s in nulls)
    return _CALIBRATION.format(
        seed=seed,
        homes=homes,
        calibration=_calibration_table(scores),
        nulls=sum(s.fits for s in nulls),
        flat=100 * sum(s.flat * s.fits for s in nulls) / sum(s.fits for s in nulls),
        flat_by_days=", ".join(by_days),
        troubles=_trouble_table(troubles),
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; every column but the first is aligned to the right."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _calibration_table(scores: Sequence[Score]) -> str:
    head = (
        "homes", "baseline", "saving", "80 %", "90 %", "bias", "RMSE", "+-90 %", "counted",
        "flat", "told", "wrongly", "not told",
    )  # fmt: skip
    return table(head, (_row(score) for score in scores))


def _row(score: Score) -> list[str]:
    stratum = score.stratum
    return [
        "heated" if stratum.heated else "flat",
        f"{stratum.baseline_days} d",
        f"{100 * stratum.saving:.0f} %",
        f"{100 * score.covered_80:.1f}",
        f"{100 * score.covered_90:.1f}",
        f"{100 * score.bias:+.2f}",
        f"{100 * score.rmse:.2f}",
        f"{100 * score.half_width:.1f}",
        f"{100 * score.counted:.0f} %",
        f"{100 * score.flat:.1f} %",
        f"{100 * score.claims:.1f} %",
        f"{100 * score.wrong_claims:.1f} %",
        f"{100 * score.refused:.0f} %",
    ]


def _trouble_table(troubles: Sequence[tuple[str, Score]]) -> str:
    head = ("what happens", "homes", "90 %", "bias", "RMSE", "+-90 %", "told of a drop or a rise")
    rows = (
        [
            name,
            "heated" if score.stratum.heated else "flat",
            f"{100 * score.covered_90:.1f}",
            f"{100 * score.bias:+.2f}",
            f"{100 * score.rmse:.2f}",
            f"{100 * score.half_width:.1f}",
            f"{100 * score.claims:.1f} %",
        ]
        for name, score in troubles
    )
    return table(head, rows)
