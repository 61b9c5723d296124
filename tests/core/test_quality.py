"""What is noticed about a meter, and what is not worth a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from commonwatt.core.energy import spans_of
from commonwatt.core.quality import findings_of
from commonwatt.core.series import ReadingSeries
from commonwatt.model import Severity
from tests.core.readings import readings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commonwatt.model import Finding

P_MAX_W = 12_000.0
DAY_S = 86_400.0


def findings(series: ReadingSeries, quiet_s: float = 0) -> dict[str, Finding]:
    """Findings by code, `quiet_s` after the last reading."""
    spans = spans_of(series, zero_based=False, p_max_w=P_MAX_W)
    now_s = (series.end_s[-1] if len(series) else 0.0) + quiet_s
    found = findings_of(series, spans, p_max_w=P_MAX_W, now_s=now_s)
    assert len({finding.code for finding in found}) == len(found)
    return {finding.code: finding for finding in found}


def two_days(power_w: float, *, minutes: int = 2880) -> ReadingSeries:
    """Two UTC days of a steady 600 W by the register, and what power says of them, give or take."""
    ends_s = 60.0 * np.arange(1, minutes + 1)
    powers_w = power_w + np.where(np.arange(minutes + 1) % 2, 1.0, -1.0)
    return readings([0, *ends_s], [0, *(10.0 * np.arange(1, minutes + 1))], powers_w)


def facts_of(found: Mapping[str, Finding], code: str) -> Mapping[str, float | int | str]:
    assert list(found) == [code]
    return found[code].facts


def test_a_healthy_meter_gives_nothing_to_say() -> None:
    assert findings(two_days(600)) == {}
    assert findings(ReadingSeries.empty()) == {}


def test_a_reset() -> None:
    found = findings(readings([60, 120, 180, 240], [50_000, 50_001, 3, 4]))
    assert facts_of(found, "register_reset") == {"count": 1, "last_s": 180}
    told = findings(readings([60, 120, 180], [50_000, 3, 4], boot=[1, 2, 2]))
    assert facts_of(told, "register_reset") == {"count": 1, "last_s": 120}


def test_a_rollover() -> None:
    found = findings(readings([60, 120, 180], [65_530, 4, 5]))
    assert facts_of(found, "register_rollover") == {"count": 1, "last_s": 120}
    assert found["register_rollover"].severity is Severity.INFO


def test_implausible_steps_and_strays() -> None:
    series = readings(60 * np.arange(1, 8), [1, 2, 9e6, 3, 4, 5000, 5001])
    assert facts_of(findings(series), "implausible_step") == {"count": 2, "last_s": 360}


@pytest.mark.parametrize(
    ("power_w", "told"), [(605, False), (595, False), (607, True), (500, True)]
)
def test_power_and_register_agree_within_one_percent(power_w: float, *, told: bool) -> None:
    assert ("power_disagrees" in findings(two_days(power_w))) is told


def test_a_disagreement_names_the_worst_day() -> None:
    # 600 W by the register are 14.4 kWh a day; 630 W and then 500 W are 15.12 and 12 kWh.
    power_w = np.where(np.arange(2881) <= 1440, 630.0, 500.0)
    power_w += np.where(np.arange(2881) % 2, 1.0, -1.0)
    series = two_days(600)
    wrong = readings(series.end_s, series.register_wh, power_w)
    found = findings(wrong)
    facts = facts_of(found, "power_disagrees")
    assert facts == {
        "count": 2,
        "day_s": DAY_S,
        "power_wh": pytest.approx(12_000),
        "register_wh": pytest.approx(14_400),
    }
    assert found["power_disagrees"].severity is Severity.FAULT


def test_a_day_in_part_is_not_judged() -> None:
    assert findings(two_days(300, minutes=1400)) == {}


def test_power_of_a_part_of_a_span_is_not_compared() -> None:
    # Every second minute is lost: 20 Wh in two minutes, of which the heard one had 900 W.
    ends_s = 120.0 * np.arange(1441)
    power_w = np.where(np.arange(1441) % 2, 899.0, 901.0)
    series = readings(ends_s, 20.0 * np.arange(1441), power_w, n=2 * np.arange(1441) + 1)
    assert findings(series) == {}


def test_a_wrong_watt_hour_of_an_empty_home_is_not_worth_a_word() -> None:
    ends_s = 60.0 * np.arange(1441)
    power_w = np.where(np.arange(1441) % 2, 0.03, 0.05)
    assert findings(readings(ends_s, np.zeros(1441), power_w)) == {}


@pytest.mark.parametrize(
    ("duration_s", "quiet_s", "told"),
    [(60, 3600, False), (60, 3661, True), (1800, 17_000, False), (1800, 18_001, True)],
)
def test_silence(duration_s: int, quiet_s: float, *, told: bool) -> None:
    series = readings([duration_s, 2 * duration_s], [1, 2], duration_s=duration_s)
    found = findings(series, quiet_s)
    assert ("silent" in found) is told
    if told:
        facts = facts_of(found, "silent")
        assert facts == {"minutes": quiet_s // 60, "last_s": 2 * duration_s}


def test_what_a_meter_measures_wrongly_is_collected() -> None:
    ends_s = 60.0 * np.arange(1, 1441)
    stuck = findings(readings(ends_s, 4.0 * np.arange(1440), 240))
    assert list(stuck) == ["flatline"]
    power_w = np.where(np.arange(1440) % 2, -300.0, -310.0)
    assert list(findings(readings(ends_s, power_w=power_w))) == ["clamp_reversed"]
    assert list(findings(readings(1.01 * ends_s, power_w=-power_w))) == ["clock_drift"]
