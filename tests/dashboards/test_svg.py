"""Charts: well formed, described in words, honest about what is not known."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.bars import Bar
from dashboards.svg import FLOOR, LEFT, RIGHT, TOP, Legend, describe_bars, draw_bars
from dashboards.words import Words

LEGEND = Legend("day", "Le <jour>", "estimé", "inconnu")
SVG = "{http://www.w3.org/2000/svg}"


def bar(kwh: float | None, estimated_kwh: float = 0.0, *, incomplete: bool = False) -> Bar:
    return Bar("lundi", "lun.", kwh, estimated_kwh, 1.0, is_incomplete=incomplete)


def draw(*bars: Bar) -> ET.Element:
    return ET.fromstring(draw_bars(bars, LEGEND, Words("fr")))


def rects(chart: ET.Element, kind: str) -> list[dict[str, float]]:
    """The marks of a kind in the picture, without the one that the legend shows."""
    found = [rect for rect in chart.iter(f"{SVG}rect") if rect.get("class") == f"chart-{kind}"]
    names = ("x", "y", "width", "height")
    marks = [{name: float(rect.get(name, -1)) for name in names} for rect in found]
    return [mark for mark in marks if mark["y"] <= FLOOR]


def columns(chart: ET.Element) -> list[dict[str, float]]:
    """What was measured: each column of the one path that they are."""
    drawn = [
        path.get("d", "")
        for path in chart.iter(f"{SVG}path")
        if path.get("class") == "chart-measured"
    ]
    number = r"([\d.]+)"
    found = re.findall(rf"M{number} {number}h{number}v-{number}h-\3z", "".join(drawn))
    return [
        {"x": x, "y": floor - height, "width": width, "height": height}
        for x, floor, width, height in (map(float, each) for each in found)
    ]


def texts(chart: ET.Element) -> list[str | None]:
    return [text.text for text in chart.iter(f"{SVG}text")]


def test_it_has_a_title_and_a_description_that_are_named() -> None:
    chart = draw(bar(1.5), bar(None, incomplete=True))
    title, desc = chart.find(f"{SVG}title"), chart.find(f"{SVG}desc")
    assert title is not None
    assert desc is not None
    assert title.text == "Le <jour>"
    assert desc.text == "La plus haute barre\u00a0: 1,50\u00a0kWh, lundi. Une barre est inconnue."
    assert chart.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert chart.get("role") == "img"


def test_heights_are_in_proportion() -> None:
    low, high = columns(draw(bar(1.0), bar(2.0), bar(0.0)))
    assert high["height"] == pytest.approx(2 * low["height"], abs=0.02)
    assert low["y"] + low["height"] == pytest.approx(FLOOR, abs=0.02)


def test_an_estimate_stands_hatched_on_what_was_measured() -> None:
    chart = draw(bar(2.0, estimated_kwh=0.5))
    [measured], [estimated] = columns(chart), rects(chart, "estimated")
    assert measured["height"] == pytest.approx(3 * estimated["height"], abs=0.02)
    assert estimated["y"] + estimated["height"] == pytest.approx(measured["y"], abs=0.02)
    hatched = next(r for r in chart.iter(f"{SVG}rect") if r.get("class") == "chart-estimated")
    assert hatched.get("fill") == "url(#day-hatch)"
    assert chart.find(f".//{SVG}pattern[@id='day-hatch']") is not None


def test_what_is_unknown_is_an_empty_dashed_outline() -> None:
    chart = draw(bar(1.0), bar(None, incomplete=True), bar(None, incomplete=True), bar(1.0))
    assert len(columns(chart)) == 2
    [outline] = rects(chart, "unknown")
    assert outline["width"] == pytest.approx((RIGHT - LEFT) / 2, abs=0.02)
    dashed = next(r for r in chart.iter(f"{SVG}rect") if r.get("class") == "chart-unknown")
    assert (dashed.get("fill"), bool(dashed.get("stroke-dasharray"))) == ("none", True)


def test_what_is_to_come_is_not_drawn_as_unknown() -> None:
    chart = draw(bar(1.0), Bar("mardi", "mar.", None, is_to_come=True))
    assert rects(chart, "unknown") == []
    assert "inconnue" not in describe_bars([bar(1.0), Bar("m", "", None, is_to_come=True)], Words())


def test_marks_are_explained_where_they_are_used_and_only_there() -> None:
    assert {"estimé", "inconnu"} & set(texts(draw(bar(1.0)))) == set()
    both = draw(bar(1.0, estimated_kwh=0.2), bar(None, incomplete=True))
    assert {"estimé", "inconnu"} <= set(texts(both))


def test_the_axis_has_its_unit_and_few_round_numbers() -> None:
    assert texts(draw(bar(0.71)))[:6] == ["kWh", "0,0", "0,2", "0,4", "0,6", "0,8"]
    assert texts(draw(bar(1234.0)))[:4] == ["kWh", "0", "500", "1\u202f000"]


@given(
    values=st.lists(
        st.one_of(st.none(), st.floats(1e-6, 1e6)).map(
            lambda kwh: bar(kwh, (kwh or 0) / 3, incomplete=kwh is None)
        ),
        max_size=60,
    )
)
def test_any_bars_stay_within_the_picture(values: list[Bar]) -> None:
    chart = draw(*values)
    for kind in ("measured", "estimated", "unknown"):
        for rect in rects(chart, kind):
            assert TOP - 0.1 <= rect["y"] <= rect["y"] + rect["height"] <= FLOOR + 0.1
            assert LEFT - 0.1 <= rect["x"] <= rect["x"] + rect["width"] <= RIGHT + 0.1
    assert 2 <= len([text for text in texts(chart) if text and text[0].isdigit()]) <= 6
