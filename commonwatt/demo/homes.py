"""Seeded households of an imaginary French building, and the electricity they use."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import numpy as np

from commonwatt.errors import PeriodError
from commonwatt.model import ZONE
from commonwatt.recordings.recording import from_power

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.recordings.recording import Recording

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Booleans = NDArray[np.bool_]

SIMULATED: Final = 32
COARSE_STEP_S = 1800
FINE_STEP_S = 60
STAIRWELLS = "ABCD"
_HOUR_S = 3600
_DAY_S = 86_400
_OFF_PEAK_BEGINS_S = 22.5 * _HOUR_S
_TYPICAL_ACTIVITY_W = 90.0
THRIFT = 0.12
"""The share that a home whose meter shows what it uses does without, of all it uses."""


class Heating(StrEnum):
    """What warms the home: its own electricity, or the building's boiler."""

    ELECTRIC = "electric"
    COLLECTIVE = "collective"


@dataclass(frozen=True, slots=True)
class Habits:
    """What makes a household's use its own."""

    people: int
    heating: Heating
    scale: float
    always_on_w: float
    fridge_w: float
    fridge_share: float
    fridge_period_s: float
    morning_h: float
    evening_h: float
    tank_w: float
    tank_delay_s: float
    heat_loss_w_per_k: float
    away_share: float


@dataclass(frozen=True, slots=True)
class DemoHome:
    """A flat of a demonstration building; `scale` is how busy it is, 1 being usual.

    From `thrift_from_s` on it wastes less; None for never.
    """

    stairwell: str
    flat: str
    seed: int
    heating: Heating
    scale: float
    thrift_from_s: int | None = None


def habits_of(seed: int) -> Habits:
    """Draw a household; the same seed is always the same household."""
    draw = random.Random(f"habits/{seed}")  # noqa: S311 (a simulation, not a secret)
    people = draw.choices((1, 2, 3, 4, 5), weights=(34, 28, 17, 14, 7))[0]
    electric = draw.random() < 0.35
    own_tank = electric or draw.random() < 0.3
    return Habits(
        people=people,
        heating=Heating.ELECTRIC if electric else Heating.COLLECTIVE,
        scale=round((0.55 + 0.2 * people) * draw.lognormvariate(0.0, 0.2), 3),
        always_on_w=draw.uniform(40, 150),
        fridge_w=draw.uniform(60, 110),
        fridge_share=draw.uniform(0.25, 0.45),
        fridge_period_s=draw.uniform(2000, 4200),
        morning_h=draw.uniform(6.2, 8.2),
        evening_h=draw.uniform(18.8, 20.6),
        tank_w=draw.choice((1200.0, 1800.0, 2200.0)) if own_tank else 0.0,
        tank_delay_s=draw.uniform(0, 2 * _HOUR_S),
        heat_loss_w_per_k=draw.uniform(35, 75) if electric else 0.0,
        away_share=draw.uniform(0.02, 0.09),
    )


def demo_building(
    homes: int = 24, seed: int = 0, thrift_from_s: int | None = None
) -> list[DemoHome]:
    """Lay homes out over four stairwells, three to a floor."""
    per_stairwell = -(-homes // len(STAIRWELLS))
    building = []
    for index in range(homes):
        stairwell, position = STAIRWELLS[index // per_stairwell], index % per_stairwell
        flat = f"{stairwell}{position // 3}{position % 3 + 1}"
        home_seed = seed * 1000 + index
        habits = habits_of(home_seed)
        building.append(
            DemoHome(stairwell, flat, home_seed, habits.heating, habits.scale, thrift_from_s)
        )
    return building


def simulate_home(
    seed: int, start_s: int, end_s: int, step_s: int, thrift_from_s: int | None = None
) -> Floats:
    """Simulate a home's mean power over each whole step from `start_s` to `end_s`.

    What happens depends on the seed and the time alone: two stretches simulated apart, at the same
    step and joining at one, equal the whole simulated at once.

    Returns
    -------
    power_w : (n,) float64
        One mean for each whole step. [W]
    """
    ends_s = np.arange(start_s + step_s, end_s + 1, step_s, dtype=np.int64)
    habits = habits_of(seed)
    local_s = (ends_s - step_s / 2 + _zone_offset_s(ends_s - step_s // 2)).astype(np.float64)
    at_home = ~_is_away(seed, habits, local_s)
    busy_w = _activity_w(seed, habits, local_s) * _flicker(seed, ends_s, step_s)
    is_thrifty = ends_s > (math.inf if thrift_from_s is None else thrift_from_s)
    return (1 - THRIFT * is_thrifty) * (
        habits.always_on_w
        + _fridge_w(habits, ends_s, step_s)
        + at_home * (busy_w + _tank_w(seed, habits, local_s, step_s))
        + _heating_w(habits, local_s, at_home)
    )


def simulate_history(home: DemoHome, start_s: int, fine_from_s: int, end_s: int) -> Recording:
    """Simulate a meter's one log: half-hours up to `fine_from_s`, then minutes up to `end_s`."""
    if (fine_from_s - start_s) % COARSE_STEP_S or (end_s - fine_from_s) % FINE_STEP_S:
        raise PeriodError("a history is made of whole half-hours, then of whole minutes")
    parts = [(start_s, fine_from_s, COARSE_STEP_S), (fine_from_s, end_s, FINE_STEP_S)]
    ends_s = [np.arange(a + step, b + 1, step, dtype=np.int64) for a, b, step in parts]
    powers_w = [simulate_home(home.seed, a, b, step, home.thrift_from_s) for a, b, step in parts]
    steps_s = [np.full(part.size, step) for part, (_, _, step) in zip(ends_s, parts, strict=True)]
    return from_power(
        home.flat,
        np.concatenate(ends_s),
        np.concatenate(steps_s),
        np.concatenate(powers_w),
        flags=SIMULATED,
    )


def _fridge_w(habits: Habits, ends_s: Integers, step_s: int) -> Floats:
    """Average a compressor that is on for a share of each period, exactly over any step."""

    def periods_on(instant_s: Integers) -> Floats:
        whole, rest = np.divmod(instant_s / habits.fridge_period_s, 1.0)
        share = habits.fridge_share
        return np.asarray(whole * share + np.minimum(rest, share))

    on = periods_on(ends_s) - periods_on(ends_s - step_s)
    return habits.fridge_w * on * habits.fridge_period_s / step_s


def _activity_w(seed: int, habits: Habits, local_s: Floats) -> Floats:
    """Cooking, light, screens, washing: little at night, a morning, and mostly an evening."""
    day, hour = _day_of(local_s), local_s % _DAY_S / _HOUR_S
    weekend = (day + 3) % 7 >= 5
    level = 0.5 * ((hour > 7) & (hour < 23))
    level += _bump(hour, habits.morning_h + np.where(weekend, 1.7, 0.0), 0.8) * 2.0
    level += _bump(hour, 12.6, 1.0) * np.where(weekend, 2.5, 0.7)
    level += _bump(hour, habits.evening_h, 1.6) * 4.0
    mood = np.exp(0.3 * _gaussian(f"mood/{seed}", day))
    return np.asarray(_TYPICAL_ACTIVITY_W * habits.scale * level * mood)


def _bump(hour: Floats, centre_h: Floats | float, width_h: float) -> Floats:
    distance_h = (hour - centre_h + 12) % 24 - 12
    return np.asarray(np.exp(-0.5 * (distance_h / width_h) ** 2))


def _flicker(seed: int, ends_s: Integers, step_s: int) -> Floats:
    """Scatter around 1 that long steps average away."""
    spread = min(0.9, max(0.15, math.sqrt(300 / step_s)))
    drawn = -np.log1p(-_uniform(f"flicker/{seed}", ends_s))
    return np.asarray(1 + spread * (drawn - 1))


def _tank_w(seed: int, habits: Habits, local_s: Floats, step_s: int) -> Floats:
    """Heat the day's hot water from some time after the off-peak hours begin."""
    if not habits.tank_w:
        return np.zeros_like(local_s)
    since_s = local_s - _OFF_PEAK_BEGINS_S - habits.tank_delay_s
    thirst = 0.7 + 0.6 * _uniform(f"tank/{seed}", _day_of(since_s))
    need_wh = 2000 * (0.5 + 0.45 * habits.people) * thirst
    left_s = need_wh / habits.tank_w * _HOUR_S - since_s % _DAY_S
    return np.asarray(habits.tank_w * np.clip(left_s / step_s + 0.5, 0, 1))


def _heating_w(habits: Habits, local_s: Floats, at_home: Booleans) -> Floats:
    """Hold the room above the outdoor temperature, three degrees of which people give themselves."""
    hour = local_s % _DAY_S / _HOUR_S
    wanted_c = np.where((hour > 6) & (hour < 23), 19.0, 17.0)
    wanted_c = np.where(at_home, wanted_c, 14.0)
    lacking_k = np.maximum(0.0, wanted_c - 3.0 - outdoor_c(local_s))
    return np.asarray(habits.heat_loss_w_per_k * lacking_k)


def outdoor_c(local_s: Floats) -> Floats:
    """Give the outdoor temperature, in degrees Celsius, that the whole building shares."""
    day, hour = _day_of(local_s), local_s % _DAY_S / _HOUR_S
    season = np.cos(2 * np.pi * (day % 365.25 - 15) / 365.25)
    weather = sum(_gaussian("weather", day + lag) for lag in (-1, 0, 1)) / math.sqrt(3)
    return np.asarray(12 - 8 * season - 3 * np.cos(2 * np.pi * (hour - 3) / 24) + 2.2 * weather)


def _is_away(seed: int, habits: Habits, local_s: Floats) -> Booleans:
    """Leave some weeks empty, more of them in July, August and around the new year."""
    day = _day_of(local_s)
    of_year = day % 365.25
    summer = (of_year > 185) & (of_year < 243)
    new_year = (of_year > 356) | (of_year < 3)
    share = habits.away_share * np.select([summer, new_year], [5.0, 3.0], 1.0)
    return np.asarray(_uniform(f"away/{seed}", day // 7) < share)


def _day_of(local_s: Floats) -> Integers:
    return np.asarray(local_s // _DAY_S).astype(np.int64)


def _zone_offset_s(instant_s: Integers) -> Integers:
    hours, position = np.unique(instant_s // _HOUR_S, return_inverse=True)
    return np.array([_hour_offset_s(hour) for hour in hours.tolist()], dtype=np.int64)[position]


@lru_cache(maxsize=50_000)
def _hour_offset_s(hour: int) -> int:
    instant = datetime.fromtimestamp(hour * _HOUR_S, UTC).astimezone(ZoneInfo(ZONE))
    return int((instant.utcoffset() or timedelta()).total_seconds())


def _uniform(key: str, index: Integers) -> Floats:
    """Draw from [0, 1) for each index, the same for the same key and index (splitmix64)."""
    origin = np.uint64(int.from_bytes(blake2b(key.encode(), digest_size=8).digest()))
    x = index.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + origin
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return np.asarray((x >> np.uint64(11)) * 2.0**-53)


def _gaussian(key: str, index: Integers) -> Floats:
    radius = np.sqrt(-2 * np.log1p(-_uniform(f"{key}/radius", index)))
    return np.asarray(radius * np.cos(2 * np.pi * _uniform(f"{key}/angle", index)))
