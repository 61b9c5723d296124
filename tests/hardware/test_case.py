"""The case holds the board, its lid clips, and OpenSCAD finds both parts whole."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from commonwatt.hardware.folders import DOCUMENTS

if TYPE_CHECKING:
    from pathlib import Path

CASE = DOCUMENTS / "hardware" / "core" / "case.scad"
TEXT = CASE.read_text("utf-8")
LENGTHS_MM = {
    name: float(value) for name, value in re.findall(r"^(\w+) = ([\d.]+);", TEXT, re.MULTILINE)
}
BREADBOARD_MM, BOARD_ON_PINS_MM = (47.0, 35.0), 20.0
PLUG_MM = (12.0, 7.0)
OPENSCAD = shutil.which("openscad")


def pair_mm(name: str) -> tuple[float, float]:
    found = re.search(rf"^{name} = \[([\d.]+), ([\d.]+)\];", TEXT, re.MULTILINE)
    assert found
    return float(found[1]), float(found[2])


def test_the_breadboard_and_the_plug_go_in() -> None:
    assert pair_mm("board") == BREADBOARD_MM
    assert LENGTHS_MM["gap"] > 0
    assert LENGTHS_MM["height"] - LENGTHS_MM["lip"] > BOARD_ON_PINS_MM
    assert all(hole > plug for hole, plug in zip(pair_mm("usb"), PLUG_MM, strict=True))
    assert LENGTHS_MM["lamp"] > 5


def test_the_lid_clips_without_breaking_the_wall() -> None:
    stands_out_mm = LENGTHS_MM["clip"] - LENGTHS_MM["gap"] / 2
    assert 0.3 <= stands_out_mm <= 0.7
    assert LENGTHS_MM["wall"] - LENGTHS_MM["clip"] >= 1


@pytest.mark.skipif(OPENSCAD is None, reason="OpenSCAD is not on this machine")
@pytest.mark.parametrize("part", ["tray", "lid"])
def test_a_part_is_one_whole_body(part: str, tmp_path: Path) -> None:
    told = subprocess.run(
        [str(OPENSCAD), "-D", f'part="{part}"', "-o", str(tmp_path / "part.stl"), str(CASE)],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    assert re.search(r"Simple:\s+yes", told), told
    assert re.search(r"Volumes:\s+2", told), told
    assert "WARNING" not in told
