"""Charts: well formed, described in words, honest about what is not known."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.svg import HEIGHT, Bar, Chart, draw_bars, nice_ceiling

CHART = Chart("day", "Le <jour>", 'Dit "tout"', "kWh")
SVG = "{http://www.w3.org/2000/svg}"


def draw(*bars: Bar) -> ET.Element:
    text = draw_bars(CHART, bars, lambda value, _: f"{value:g}")
    return ET.fromstring(text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '))


def rects(chart: ET.Element, kind: str) -> list[ET.Element]:
    found = chart.iter(f"{SVG}rect")
    return [rect for rect in found if rect.get("class") == f"bar {kind}"]


def test_it_has_a_title_and_a_description_that_are_named() -> None:
    chart = draw(Bar("00:00", 1.0))
    title, desc = chart.find(f"{SVG}title"), chart.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert (title.text, desc.text) == ("Le <jour>", 'Dit "tout"')
    assert chart.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"


def test_each_kind_is_drawn_differently() -> None:
    chart = draw(
        Bar("a", 2.0), Bar("b", 2.0, estimated=0.5), Bar("c", None), Bar("d", None, is_future=True)
    )
    assert [len(rects(chart, kind)) for kind in ("measured", "estimated", "unknown")] == [2, 1, 1]
    assert (rects(chart, "estimated")[0].get("fill") or "").startswith("url(#day-hatch")


def test_heights_are_in_proportion() -> None:
    chart = draw(Bar("a", 1.0), Bar("b", 2.0), Bar("c", 0.0))
    low, high, none = (float(rect.get("height") or -1) for rect in rects(chart, "measured"))
    assert high == pytest.approx(2 * low, abs=0.2)
    assert none == 0


@given(values=st.lists(st.one_of(st.none(), st.floats(0, 1e6)), max_size=60))
def test_any_bars_stay_within_the_picture(values: list[float | None]) -> None:
    chart = draw(*(Bar(str(number), value) for number, value in enumerate(values)))
    for rect in [*rects(chart, "measured"), *rects(chart, "unknown")]:
        top, height = float(rect.get("y") or -1), float(rect.get("height") or -1)
        assert 0 <= top <= top + height <= HEIGHT


@pytest.mark.parametrize(
    ("value", "ceiling"), [(0, 1), (0.09, 0.1), (0.3, 0.5), (1, 1), (1.1, 2), (2.4, 2.5), (76, 100)]
)
def test_axes_end_at_round_numbers(value: float, ceiling: float) -> None:
    assert nice_ceiling(value) == pytest.approx(ceiling)
