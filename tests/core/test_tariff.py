"""Contracts, price lists and Tempo colours: what they refuse, and what they say then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from commonwatt.core.price_lists import KvaPrices, PriceBook
from commonwatt.core.tariff import (
    RATES,
    Contract,
    ContractHistory,
    OffPeakWindows,
    Option,
    Rate,
    Season,
    Window,
)
from commonwatt.core.tempo import (
    Colour,
    tempo_rate,
)
from commonwatt.errors import TariffError
from tests.core.tariffs import BASE, NIGHTS, contract, price_list

NEW_YEAR = date(2026, 1, 1)
EVENING = Window(22 * 60, 6 * 60)


def test_windows_of_a_day_turn_in_order() -> None:
    season = Season(1, 1, (Window(780, 960), EVENING))
    assert season.turns() == ((0, True), (360, False), (780, True), (960, False), (1320, True))
    assert Season(1, 1, (Window(60, 360),)).turns() == ((0, False), (60, True), (360, False))
    assert Season(1, 1, (Window(1380, 0),)).turns() == ((0, False), (1380, True))


def test_windows_that_touch_are_one() -> None:
    season = Season(1, 1, (Window(60, 120), Window(120, 180)))
    assert season.turns() == ((0, False), (60, True), (180, False))


def test_the_last_season_lasts_over_new_year() -> None:
    summer, winter = Season(4, 1, (EVENING,)), Season(11, 1, (Window(60, 120),))
    windows = OffPeakWindows(NEW_YEAR, (summer, winter))
    assert windows.season_of(date(2026, 3, 31)) is winter
    assert windows.season_of(date(2026, 4, 1)) is summer
    assert windows.season_of(date(2026, 10, 31)) is summer
    assert windows.season_of(date(2026, 11, 1)) is winter


def test_every_option_has_its_rates() -> None:
    assert sorted(rate for rates in RATES.values() for rate in rates) == sorted(Rate)
    made = {tempo_rate(colour, off_peak=half) for colour in Colour for half in (True, False)}
    assert made == set(RATES[Option.TEMPO])


@pytest.mark.parametrize(("start", "end"), [(-1, 60), (60, 1440), (1441, 3)])
def test_a_window_lies_on_a_clock(start: int, end: int) -> None:
    with pytest.raises(TariffError, match="from 0 to 1439 was expected, not "):
        Window(start, end)


def test_absurd_windows_are_refused() -> None:
    with pytest.raises(TariffError, match="ends where it starts, at 02:00"):
        Window(120, 120)
    with pytest.raises(TariffError, match="windows overlap at 05:00"):
        Season(1, 1, (EVENING, Window(300, 400)))
    with pytest.raises(TariffError, match="at least one off-peak window"):
        Season(1, 1, ())
    with pytest.raises(TariffError, match="not day 29 of month 2"):
        Season(2, 29, (EVENING,))
    with pytest.raises(TariffError, match="at least one season"):
        OffPeakWindows(NEW_YEAR, ())
    with pytest.raises(TariffError, match=r"order of their first days .* \[\(11, 1\), \(4, 1\)\]"):
        OffPeakWindows(NEW_YEAR, (Season(11, 1, (EVENING,)), Season(4, 1, (EVENING,))))


def test_absurd_contracts_are_refused() -> None:
    windows = OffPeakWindows.all_year(NEW_YEAR, (0, 480))
    with pytest.raises(TariffError, match="ends on 2025-12-31, before it begins on 2026-01-01"):
        Contract(NEW_YEAR, Option.BASE, 6, valid_to=date(2025, 12, 31))
    for kva in (0, 37):
        with pytest.raises(TariffError, match=f"1 to 36 kVA was expected, not {kva}"):
            Contract(NEW_YEAR, Option.BASE, kva)
    for option, given in ((Option.BASE, (windows,)), (Option.OFF_PEAK, ())):
        with pytest.raises(TariffError, match=f"the option is {option} and {len(given)} sets"):
            Contract(NEW_YEAR, option, 6, given)
    with pytest.raises(TariffError, match="windows in order of their dates"):
        Contract(NEW_YEAR, Option.OFF_PEAK, 6, (windows, windows))
    with pytest.raises(TariffError, match="begins on 2025-12-31 and its off-peak windows on 2026"):
        Contract(NEW_YEAR - timedelta(days=1), Option.OFF_PEAK, 6, (windows,))


def test_contracts_that_overlap_are_refused() -> None:
    ends = replace(BASE, valid_from=NEW_YEAR, valid_to=date(2026, 6, 30))
    told = "one is valid 2026-01-01 to 2026-06-30, the next one from 2026-06-30"
    with pytest.raises(TariffError, match=told):
        ContractHistory((ends, contract(Option.BASE, valid_from=date(2026, 6, 30))))
    with pytest.raises(TariffError, match="contracts overlap"):
        ContractHistory((BASE, NIGHTS))
    with pytest.raises(TariffError, match="contracts overlap"):
        ContractHistory((contract(Option.BASE, valid_from=NEW_YEAR), BASE))


def test_a_contract_holds_until_the_next_one_or_its_end() -> None:
    later = contract(Option.TEMPO, valid_from=NEW_YEAR, valid_to=date(2026, 6, 30))
    last = contract(Option.BASE, valid_from=date(2026, 8, 1))
    history = ContractHistory((BASE, later, last))
    assert history.find(date(1999, 12, 31)) is None
    assert history.of(date(2025, 12, 31)) is BASE
    assert history.of(NEW_YEAR) is later
    assert history.of(date(2026, 6, 30)) is later
    assert history.find(date(2026, 7, 1)) is None
    assert history.of(date(2030, 1, 1)) is last


def test_absurd_prices_are_refused() -> None:
    with pytest.raises(TariffError, match=r"base: 0 to 5 EUR/kWh was expected, not 19\.52"):
        KvaPrices(185.64, {Rate.BASE: 19.52})
    with pytest.raises(TariffError, match="expected, not nan"):
        KvaPrices(185.64, {Rate.BASE: float("nan")})
    with pytest.raises(TariffError, match=r"expected, not -0\.5"):
        KvaPrices(185.64, {Rate.BASE: -0.5})
    assert KvaPrices(0.0, {Rate.OFF_PEAK: 0.0, Rate.PEAK: 5.0}).price_eur_per_kwh[Rate.PEAK] == 5
    for yearly_eur in (-1.0, float("nan"), float("inf")):
        with pytest.raises(TariffError, match=f"a year or more was expected, not {yearly_eur}"):
            KvaPrices(yearly_eur, {})


def test_a_price_list_has_the_rates_of_its_option_and_no_other() -> None:
    with pytest.raises(TariffError, match="off_peak has the rates off_peak, peak; given were base"):
        replace(price_list(Option.OFF_PEAK), by_kva={6: KvaPrices(0, {Rate.BASE: 0.2})})
    lacking: list[dict[str, Any]] = [{"by_kva": {}}, {"source": " "}, {"name": ""}]
    for columns in lacking:
        with pytest.raises(TariffError, match="needs a name, a source and the prices"):
            replace(price_list(Option.BASE), **columns)
    with pytest.raises(TariffError, match="given were none"):
        replace(price_list(Option.BASE), by_kva={6: KvaPrices(0, {})})
    told = "the price list base-2026-01-01 ends on 2025-01-01, before it begins on 2026-01-01"
    with pytest.raises(TariffError, match=told):
        price_list(Option.BASE, NEW_YEAR, date(2025, 1, 1))


def test_price_lists_that_overlap_are_refused() -> None:
    former = price_list(Option.BASE, date(2025, 8, 1), date(2026, 1, 31))
    told = "base-2025-08-01 is valid 2025-08-01 to 2026-01-31, base-2026-01-31 from 2026-01-31"
    with pytest.raises(TariffError, match=told):
        PriceBook((price_list(Option.BASE, date(2026, 1, 31)), former))
    with pytest.raises(TariffError, match="price lists overlap"):
        PriceBook((price_list(Option.BASE), former))
    with pytest.raises(TariffError, match="two price lists have one name"):
        PriceBook((former, former))
    other = replace(former, name="of another supplier", offer="another")
    assert len(PriceBook((former, other, price_list(Option.TEMPO))).lists) == 3


def test_the_offer_chooses_the_list() -> None:
    regulated = price_list(Option.BASE)
    other = replace(regulated, name="of another supplier", offer="another")
    book = PriceBook((regulated, other))
    assert book.of(replace(BASE, offer="another"), NEW_YEAR) is other
    assert book.of(BASE, NEW_YEAR) is regulated
    with pytest.raises(TariffError, match="prices of the third option base for 2026-01-01"):
        book.of(replace(BASE, offer="third"), NEW_YEAR)
