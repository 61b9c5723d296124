"""What a workshop is handed can be done in its time, says what is unverified, and its physics is right."""

from __future__ import annotations

import re
from itertools import pairwise
from math import ceil
from pathlib import Path

import pytest

from commonwatt.catalogue.steps import shipped_steps
from commonwatt.hardware.parts import KITS_PER_BENCH, shipped_tools

ROOT = Path(__file__).parents[2] / "firmware_docs"
HANDED = sorted(
    path
    for folder in ("safety", "workshop", "calibration")
    for path in (ROOT / folder).glob("*.md")
)
STATIONS = ("iron", "laptop", "bench")
KITS, MINUTES, ARRIVING_MIN = 12, 90, 5
WATER_J_KG_K = 4186


def finish_min(kits: int) -> float:
    """When the last kit is closed, if whoever is ready first takes the next free station."""
    ready_min = [float(ARRIVING_MIN)] * kits
    for step in shipped_steps("led"):
        stations = [tool for tool in step.tools if tool in STATIONS]
        free_min = [0.0] * kits
        if stations:
            free_min = [0.0] * ceil(kits / shipped_tools()[stations[0]].kits_per_tool)
        for kit, since_min in enumerate(sorted(ready_min)):
            place = min(range(len(free_min)), key=free_min.__getitem__)
            free_min[place] = max(since_min, free_min[place]) + step.minutes
            ready_min[kit] = free_min[place]
    return max(ready_min)


def plan_rows() -> list[tuple[int, int]]:
    text = (ROOT / "workshop" / "facilitator-guide.md").read_text("utf-8")
    return [(int(a), int(b)) for a, b in re.findall(r"^\| (\d+) \| (\d+) \|", text, re.MULTILINE)]


def test_twelve_kits_are_built_before_the_last_minutes_of_the_plan() -> None:
    rows = plan_rows()
    assert rows[0][0] == 0
    assert rows[-1][1] == MINUTES
    assert all(begin < end for begin, end in rows)
    assert all(later <= end for (_, end), (later, _) in pairwise(rows))
    assert finish_min(KITS) <= rows[-1][0]


def test_a_bench_is_bought_for_as_many_kits_as_share_one() -> None:
    assert shipped_tools()["bench"].kits_per_tool == KITS_PER_BENCH


@pytest.mark.parametrize("path", HANDED, ids=lambda path: path.stem)
def test_what_is_handed_out_has_a_licence_and_says_what_is_unverified(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.match(r"<!-- SPDX-[a-zA-Z-]+: CC-BY-SA-4\.0 -->\n# ", text)
    assert "**À vérifier**" in text or "**à vérifier**" in text
    assert f"({path.relative_to(ROOT)})" in (ROOT / "README.md").read_text("utf-8")


def test_the_kettle_obeys_physics() -> None:
    text = (ROOT / "calibration" / "kettle-experiment.md").read_text("utf-8")
    assert str(WATER_J_KG_K) in text
    rows = re.findall(r"^\| ([\d,]+) \| (\d+) \| ([\d,]+) \|", text, re.MULTILINE)
    assert len(rows) == 4
    for litres, start_c, told_wh in rows:
        useful_wh = _number(litres) * WATER_J_KG_K * (100 - _number(start_c)) / 3600
        assert _number(told_wh) == pytest.approx(useful_wh, abs=0.05)


def _number(told: str) -> float:
    return float(told.replace(",", "."))
