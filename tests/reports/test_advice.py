"""One hint, the one whose neglect costs most, and none that the data do not carry."""

from __future__ import annotations

from datetime import timedelta

import pytest

from commonwatt.core.always_on import AlwaysOn
from commonwatt.reports.advice import Hint, choose_hint
from commonwatt.reports.always_on import AlwaysOnReport
from commonwatt.reports.household import LivePower
from commonwatt.reports.money import LateHeater, MoneyReport
from tests.dashboards.money_samples import money_report, unpriced
from tests.dashboards.samples import NOW_UTC

EUR_A_WATT_YEAR = 1.8


def heater(extra_eur: float) -> LateHeater:
    return LateHeater(19 * 60, 26, 27, extra_eur)


def load(
    power_w: float, *, silent: timedelta = timedelta(0), priced: bool = True
) -> AlwaysOnReport:
    return AlwaysOnReport(
        now_utc=NOW_UTC,
        live=LivePower(300, NOW_UTC - silent),
        load=AlwaysOn(power_w, 28, 1, 28, heated=False, season_share=0.0),
        share=0.4,
        eur_a_watt_year=EUR_A_WATT_YEAR if priced else None,
    )


@pytest.mark.parametrize(
    ("money", "nights", "hint"),
    [
        (money_report(heater=heater(4.4)), load(60), Hint.WATER_HEATER),
        (money_report(heater=heater(0.9)), load(60), Hint.NEUTRAL),
        (money_report(heater=heater(4.4)), load(212), Hint.ALWAYS_ON),
        (money_report(heater=heater(40)), load(212), Hint.WATER_HEATER),
        (money_report(heater=None), load(149), Hint.NEUTRAL),
        (money_report(heater=None), load(150, priced=False), Hint.ALWAYS_ON),
        (money_report(heater=heater(4)), load(212, silent=timedelta(days=2)), Hint.METER),
        (money_report(cost=unpriced(), heater=None), load(212), Hint.CONTRACT),
    ],
)
def test_the_dearest_neglect_is_the_hint(
    money: MoneyReport, nights: AlwaysOnReport, hint: Hint
) -> None:
    assert choose_hint(money, nights, NOW_UTC) is hint
