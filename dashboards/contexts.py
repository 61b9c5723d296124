"""One record a page: exactly what its template may use, each field with its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from markupsafe import Markup

from commonwatt.reports.building import BuildingReport
from commonwatt.reports.energy import EnergyFigure, Gap
from commonwatt.reports.household import LivePower
from commonwatt.reports.maker import MeterProgress


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table beside a chart."""

    when: Annotated[str, "the bar's time, in words"]
    figure: Annotated[EnergyFigure, "the bar's energy and how it is known"]


@dataclass(frozen=True, slots=True)
class PeriodPart:
    """A day, week or month: sentence, chart, table, and how it is known."""

    part_id: Annotated[str, "day, week or month: the part's anchor"]
    heading: Annotated[str, "the part's heading"]
    sentence: Annotated[str, "what was used, in one sentence; or that it is unknown"]
    kettles: Annotated[str | None, "the same as something one knows, or nothing"]
    chart: Annotated[Markup, "the server-drawn chart"]
    rows: Annotated[tuple[Row, ...], "the chart's figures"]
    total: Annotated[EnergyFigure, "the whole period"]
    gaps: Annotated[tuple[Gap, ...], "the longest holes, in order of time"]
    more_gaps: Annotated[int, "how many holes are not named"]


@dataclass(frozen=True, slots=True)
class HomePage:
    """The household's first view."""

    where: Annotated[str, "the dwelling and its building"]
    live: Annotated[LivePower | None, "the last power told; None on past days or before the first"]
    is_today: Annotated[bool, "whether the day shown is today"]
    bulbs: Annotated[int | None, "the live power as LED bulbs of 10 W"]
    findings: Annotated[tuple[str, ...], "what the household should know, in sentences"]
    parts: Annotated[tuple[PeriodPart, ...], "day, week, month"]
    previous_day: Annotated[str, "the day before, as YYYY-MM-DD"]
    next_day: Annotated[str | None, "the day after, unless it lies in the future"]
    day: Annotated[str, "the day shown, as YYYY-MM-DD"]


@dataclass(frozen=True, slots=True)
class ExplorePage:
    """A day's or month's bars to zoom into."""

    heading: Annotated[str, "the period, in words"]
    figure_url: Annotated[str, "where the script fetches the figure"]
    day: Annotated[str, "the day shown, as YYYY-MM-DD"]
    rows: Annotated[tuple[Row, ...], "the same figures as a table"]


@dataclass(frozen=True, slots=True)
class MeterPage:
    """The maker's view of one meter."""

    progress: Annotated[MeterProgress, "the meter's state, never its consumption"]
    verdict: Annotated[str, "alive, silent or never heard, in a sentence"]
    mood: Annotated[str, "alive, silent or never: picks the sign beside the sentence"]
    findings: Annotated[tuple[str, ...], "what was noticed, in sentences"]
    share: Annotated[float | None, "share of today's readings received, if known"]


@dataclass(frozen=True, slots=True)
class BuildingPage:
    """The landlord's view of one building."""

    report: Annotated[BuildingReport, "the building and its closed months"]
    sentence: Annotated[str, "the newest released month in one sentence"]
    chart: Annotated[Markup, "energy a home, month by month"]
    smallest_group: Annotated[int, "how many homes a figure needs"]


@dataclass(frozen=True, slots=True)
class WelcomePage:
    """The public page: what this is and for whom."""

    audiences: Annotated[Sequence[str], "household, maker, landlord"]


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """Something did not work: what, and what to do next."""

    status: Annotated[int, "the HTTP status whose words are shown"]
