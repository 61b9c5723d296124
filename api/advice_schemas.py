"""The rate of the moment, tips, alerts and homes like one's own as JSON: the figures of their pages."""

from __future__ import annotations

from datetime import date, datetime

from api.schemas import Out, Rounded


class RateOut(Out):
    """The rate of now; `until_utc` is null where no change is known within a day."""

    rate: str
    price_eur_per_kwh: Rounded
    until_utc: datetime | None
    subscribed_kva: int
    margin_w: Rounded | None


class AlertOut(Out):
    """What was found above what the household chose: kWh of a day, W that are always on, euros of a month."""

    kind: str
    day: date
    found: Rounded
    above: Rounded
    raised_utc: datetime
    seen_utc: datetime | None


class AdviceOut(Out):
    """One hint and the figures it rests on; alerts are the household's alone."""

    hint: str
    month_eur: Rounded | None
    power_w: Rounded | None
    choices: dict[str, float]
    alerts: list[AlertOut]


class ProfileOut(Out):
    """What the household said of its home."""

    heating: str
    hot_water: str
    surface_m2: Rounded
    people: int


class PlaceOut(Out):
    """Where the home stood among `homes`, itself among them."""

    month: date
    own_kwh: Rounded
    median_kwh: Rounded
    best_kwh: Rounded
    percentile: Rounded
    homes: int


class SimilarOut(Out):
    """The home, whether the household agrees to be compared, and its last place; null before that."""

    profile: ProfileOut | None
    agrees: bool
    place: PlaceOut | None
