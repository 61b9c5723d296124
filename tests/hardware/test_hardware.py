"""The meter as data: parts, wires, pictures and repairs agree with each other and with the guide."""

from __future__ import annotations

import importlib
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from commonwatt.catalogue.steps import GUIDE, read_steps, read_translations, shipped_steps
from commonwatt.errors import CatalogueError
from commonwatt.hardware.folders import HEADS, VARIANT_OF
from commonwatt.hardware.parts import read_parts, shipped_parts, shipped_tools, shopping_list
from commonwatt.hardware.pictures import draw_picture, draw_scene, shipped_scenes
from commonwatt.hardware.repairs import shipped_repairs
from commonwatt.hardware.wiring import (
    WIRINGS,
    Net,
    describe_wiring,
    draw_wiring,
    shipped_wiring,
)

if TYPE_CHECKING:
    from pathlib import Path

    from commonwatt.hardware.repairs import Repair

sys.path.insert(0, str(GUIDE.parent / "firmware"))
lights: Any = importlib.import_module("meter.lights")
STEPS = read_steps(GUIDE / "steps.toml", read_translations(GUIDE))
SVG = "{http://www.w3.org/2000/svg}"
WIRED = {box.part for key in WIRINGS for box in shipped_wiring(key).boxes}


def test_every_part_is_on_the_table_or_on_a_wire_and_every_used_part_is_listed() -> None:
    used = {part for step in STEPS for part in step.parts}
    known = set(shipped_parts())
    assert used | WIRED <= known
    benches = {ref for ref, part in shipped_parts().items() if part.counts["bench"]}
    assert known - used - WIRED <= benches


def test_every_tool_is_used_and_every_used_tool_is_listed() -> None:
    assert {tool for step in STEPS for tool in step.tools} == set(shipped_tools())


def test_every_step_has_a_picture_and_every_picture_a_step() -> None:
    assert set(shipped_scenes()) == {step.key for step in STEPS}


@pytest.mark.parametrize("key", sorted(shipped_scenes()))
def test_a_picture_is_whole_and_the_same_every_time(key: str) -> None:
    drawn = draw_picture(key)
    root = ET.fromstring(drawn)
    assert root.tag == f"{SVG}svg"
    assert len(root.findall(f".//{SVG}g[@transform]")) == len(shipped_scenes()[key])
    draw_picture.cache_clear()
    assert draw_picture(key) == drawn
    assert "style=" not in drawn


@pytest.mark.parametrize("key", sorted(WIRINGS))
def test_a_diagram_joins_all_pins_and_is_the_same_every_time(key: str) -> None:
    wiring = shipped_wiring(key)
    drawn = draw_wiring(wiring)
    assert ET.fromstring(drawn).tag == f"{SVG}svg"
    assert drawn == draw_wiring(shipped_wiring(key))
    lines = describe_wiring(wiring)
    assert len(lines) == len(wiring.nets)
    assert all(" — " in line for line in lines)


def test_a_wire_too_many_is_named() -> None:
    wiring = shipped_wiring("led")
    again = Net("red", wiring.nets[0].pins)
    with pytest.raises(CatalogueError, match="two nets"):
        replace(wiring, nets=(*wiring.nets, again))
    with pytest.raises(CatalogueError, match="without a wire"):
        replace(wiring, nets=wiring.nets[1:])


@pytest.mark.parametrize("told", ["dragon 1 2", "board 1", "board x 2", "board 1 2 3 4 5"])
def test_a_thing_that_cannot_be_drawn_is_named(told: str) -> None:
    with pytest.raises(CatalogueError):
        draw_scene([told])


@pytest.mark.parametrize("head", sorted(HEADS))
def test_twelve_kits_are_bought_with_spares(head: str) -> None:
    lines = {line.part.ref: line for line in shopping_list(head, 12)}
    board = lines["board"]
    assert board.needed == 12 + 3 * board.part.counts["bench"]
    assert all(line.needed < line.bought <= line.needed * 1.1 + 1 for line in lines.values())
    one = sum(part.price_eur * part.count_for(head) for part in shipped_parts().values())
    assert 10 < one < 60


@pytest.mark.parametrize(("head", "kits"), [("moon", 3), ("led", 0)])
def test_no_list_for_what_cannot_be_built(head: str, kits: int) -> None:
    with pytest.raises(CatalogueError):
        shopping_list(head, kits)


@pytest.mark.parametrize("head", sorted(HEADS))
def test_the_parts_of_a_kit_are_all_on_its_table(head: str) -> None:
    steps = shipped_steps(VARIANT_OF[head])
    told = {part for step in steps for part in step.parts}
    needed = {ref for ref, part in shipped_parts().items() if part.count_for(head)}
    assert needed == told & needed | needed - told
    assert told <= needed | {ref for ref, part in shipped_parts().items() if part.counts["bench"]}


def test_a_slip_in_the_list_is_named_with_its_line(tmp_path: Path) -> None:
    text = (GUIDE.parent / "hardware" / "bom.csv").read_text("utf-8")
    changed = tmp_path / "bom.csv"
    changed.write_text(text.replace(",7.00,", ",free,", 1), "utf-8")
    with pytest.raises(CatalogueError, match=r"bom.csv, line 2: .*free"):
        read_parts(changed)


def test_repairs_lead_back_to_steps_and_have_a_light_of_their_own() -> None:
    repairs = shipped_repairs()
    assert {repair.step for repair in repairs} <= {step.key for step in STEPS}
    blinks = [repair.blinks for repair in repairs]
    assert len(set(blinks)) == len(blinks)
    assert len({repair.key for repair in repairs}) == len(repairs)


FAULTS = {"tic_inverted": "tic_unreadable", "light": "light_strong", "clock": "clock_unknown"}
"""Cards that are called otherwise than what the firmware finds."""


@pytest.mark.parametrize("repair", shipped_repairs(), ids=lambda repair: repair.key)
def test_the_lamp_of_a_card_is_the_lamp_of_the_firmware(repair: Repair) -> None:
    pattern = lights.PATTERNS[FAULTS.get(repair.key, repair.key)]
    is_long = pattern > lights.LONG
    shown = ["—"] * is_long + ["•"] * (pattern - lights.LONG * is_long)
    assert repair.blinks == " ".join(shown)
    assert f"`{repair.event}`" in (GUIDE.parent / "protocol" / "v1.md").read_text("utf-8")


def test_prices_are_dated() -> None:
    assert all(re.fullmatch(r"20\d\d-\d\d", part.price_date) for part in shipped_parts().values())
