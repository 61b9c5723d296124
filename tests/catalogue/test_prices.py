"""Price lists and colours as files: the shipped ones, and what is said of a malformed one."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from commonwatt.catalogue.prices import (
    read_colours,
    read_price_list,
    read_prices,
    shipped_prices,
)
from commonwatt.core.tariff import Contract, OffPeakWindows, Option, Rate
from commonwatt.core.tempo import Colour, check_season, count_colours
from commonwatt.errors import CatalogueError, TariffError

SEASON = Path(__file__).with_name("simulated_tempo_season.csv")
GOOD = """\
offer = "another"
option = "off_peak"
valid_from = 2026-01-01
valid_to = 2026-06-30
source = "made up for a test"
read_on = 2026-01-02

[[prices]]
price_eur_per_kwh = { peak = 0.2, off_peak = 0.1 }
[prices.yearly_subscription_eur]
6 = 150
9 = 180.5

[[prices]]
price_eur_per_kwh = { peak = 0.19, off_peak = 0.1 }
[prices.yearly_subscription_eur]
12 = 210.0
"""
NAME = "another-off_peak-2026-01-01.toml"


def write(folder: Path, text: str = GOOD, name: str = NAME) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_known_prices_are_shipped() -> None:
    # The examples of 1 August 2025, and 15.47 EUR a month: 185.64 EUR a year.
    day = date(2025, 8, 1)
    windows = OffPeakWindows.all_year(day, (1350, 390))
    base = shipped_prices().of(Contract(day, Option.BASE, 6), day).of(6)
    assert base.price_eur_per_kwh == {Rate.BASE: 0.1952}
    assert base.yearly_subscription_eur == 185.64
    hours = shipped_prices().of(Contract(day, Option.OFF_PEAK, 6, (windows,)), day).of(6)
    assert hours.price_eur_per_kwh == {Rate.PEAK: 0.2081, Rate.OFF_PEAK: 0.1635}
    tempo = shipped_prices().of(Contract(day, Option.TEMPO, 6), day).of(6).price_eur_per_kwh
    assert (tempo[Rate.BLUE_OFF_PEAK], tempo[Rate.RED_PEAK]) == (0.1232, 0.6468)


def test_prices_of_energy_may_differ_by_power() -> None:
    prices = shipped_prices().of(Contract(date(2026, 2, 1), Option.BASE, 6), date(2026, 2, 1))
    assert prices.of(6).price_eur_per_kwh[Rate.BASE] == 0.19398
    assert prices.of(9).price_eur_per_kwh[Rate.BASE] == 0.19266


def test_base_prices_follow_one_another_without_a_hole() -> None:
    lists = [each for each in shipped_prices().lists if each.option == Option.BASE]
    for former, latter in pairwise(lists):
        assert former.valid_to
        assert (latter.valid_from - former.valid_to).days == 1


def test_what_has_no_source_is_not_there() -> None:
    day = date(2026, 3, 1)
    with pytest.raises(TariffError, match="option tempo for 2026-03-01 were expected"):
        shipped_prices().of(Contract(day, Option.TEMPO, 6), day)
    with pytest.raises(TariffError, match=r"has prices for \[6, 9\] kVA, not for 12"):
        shipped_prices().of(Contract(day, Option.BASE, 12), day).of(12)
    assert all("http" in each.source for each in shipped_prices().lists)
    assert all(each.valid_to for each in shipped_prices().lists), "none is trusted for ever"


def test_a_file_is_a_price_list(tmp_path: Path) -> None:
    prices = read_price_list(write(tmp_path))
    assert (prices.name, prices.offer) == ("another-off_peak-2026-01-01", "another")
    assert (prices.valid_from, prices.valid_to) == (date(2026, 1, 1), date(2026, 6, 30))
    assert {kva: own.yearly_subscription_eur for kva, own in prices.by_kva.items()} == {
        6: 150,
        9: 180.5,
        12: 210,
    }
    assert prices.of(9).price_eur_per_kwh == {Rate.PEAK: 0.2, Rate.OFF_PEAK: 0.1}
    assert prices.of(12).price_eur_per_kwh[Rate.PEAK] == 0.19
    assert read_prices(tmp_path).lists == (prices,)


def test_a_list_that_still_goes_on_has_no_last_day(tmp_path: Path) -> None:
    open_ended = GOOD.replace("valid_to = 2026-06-30\n", "")
    assert read_price_list(write(tmp_path, open_ended)).valid_to is None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("offer =", "offre =", "toml, offre: one of offer, option, prices"),
        (
            '"off_peak"',
            '"nights"',
            "option: one of base, off_peak, tempo was expected, not 'nights'",
        ),
        ("= 2026-01-01", "= 2026-13-01", "TOML in UTF-8 was expected"),
        ("= 2026-01-01", '= "January"', "valid_from: a date was expected, not 'January'"),
        ("read_on = 2026-01-02\n", "", "read_on: a date was expected, not nothing"),
        ("= 2026-06-30", "= 2025-06-30", "ends on 2025-06-30, before it begins"),
        ('"made up for a test"', '""', "needs a name, a source"),
        ("peak = 0.2,", 'peak = "0.2",', "price_eur_per_kwh.peak: a number was expected"),
        ("peak = 0.2,", "peak = true,", "price_eur_per_kwh.peak: a number was expected, not True"),
        (
            "peak = 0.2,",
            "peak = 20.0,",
            "prices 1, 6 kVA: peak: 0 to 5 EUR/kWh was expected, not 20",
        ),
        ("peak = 0.2,", "noon = 0.2,", "prices 1, price_eur_per_kwh: one of base, peak"),
        ("peak = 0.19, ", "", "12 kVA: the option off_peak has the rates off_peak, peak; given"),
        ("12 = 210.0", "9 = 210.0", "prices 2, yearly_subscription_eur: .* not '9'"),
        ("12 = 210.0", "dozen = 210.0", "yearly_subscription_eur: .* not 'dozen'"),
        ("12 = 210.0", "12 = -1", "prices 2, 12 kVA: a subscription of 0 EUR"),
        ("[prices.yearly", "[prices.monthly", "prices 1, monthly_subscription_eur: one of"),
    ],
)
def test_a_malformed_file_is_named_with_its_key(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in GOOD
    with pytest.raises(CatalogueError, match=told) as caught:
        read_prices(write(tmp_path, GOOD.replace(old, new)).parent)
    assert NAME in str(caught.value)


def test_a_file_is_called_after_what_it_holds(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=f"new.toml: a file of this content is called {NAME}"):
        read_price_list(write(tmp_path, name="new.toml"))


def test_lists_that_overlap_are_refused_with_their_folder(tmp_path: Path) -> None:
    write(tmp_path)
    later = GOOD.replace("2026-01-01", "2026-06-30")
    write(tmp_path, later, "another-off_peak-2026-06-30.toml")
    with pytest.raises(CatalogueError, match=f"{tmp_path.name}: price lists overlap"):
        read_prices(tmp_path)


def test_a_season_of_colours_is_read_and_keeps_the_rules() -> None:
    colours = read_colours(SEASON)
    assert check_season(colours, 2025) == ()
    assert count_colours(colours, 2025) == {Colour.BLUE: 300, Colour.WHITE: 43, Colour.RED: 22}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the head 'day,colour' was expected"),
        ("date;color\n", "the head 'day,colour' was expected"),
        ("day,colour\n2025-11-31,red\n", "line 2: a day was expected, not '2025-11-31'"),
        ("# whence\nday,colour\n2025-11-03,rouge\n", "line 3, colour: one of blue, white, red"),
        ("day,colour\n2025-11-03\n", "line 2, colour: .* not ''"),
        ("day,colour\n2025-11-03,red\n2025-11-03,red\n", "line 3: 2025-11-03 has a colour already"),
    ],
)
def test_a_malformed_line_of_colours_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(CatalogueError, match=f"colours.csv[,:] ?{told}"):
        read_colours(write(tmp_path, text, "colours.csv"))
