"""Runs the meter as a process of a computer, with a simulated light, utility meter or clamp; see README.md."""

import argparse
import json
import os
import sys
import time

import hal_host
from meter import provisioning
from meter.program import Program, open_settings

_STEP_S = 0.02


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("flash", help="folder that stands for the flash")
    parser.add_argument("--settings", help="provision from this JSON file first")
    parser.add_argument("--seed", type=int, default=1, help="which simulated light it sees")
    parser.add_argument("--interval-s", type=int, default=60)
    parser.add_argument("--capacity", type=int, default=32768, help="records the log can hold")
    parser.add_argument("--longest-wait-s", type=int, default=600)
    parser.add_argument("--clock-off-s", type=int, default=0, help="how wrong the clock is")
    parser.add_argument("--no-clock", action="store_true")
    parser.add_argument("--variant", choices=("sim", "tic_h", "tic_s", "ct"), default="sim")
    parser.add_argument("--wiring", choices=hal_host.WIRINGS, default="well")
    parser.add_argument("--flash-bytes", type=int, default=1 << 30)
    parser.add_argument("--selftest", metavar="BENCH", help="run the self-test at the start")
    parser.add_argument("--wifi-refuses-s", type=int, default=0)
    return parser.parse_args()


def _make_hardware(asked: argparse.Namespace) -> object:
    clock_off_s = None if asked.no_clock else asked.clock_off_s
    ills = {name: getattr(asked, name) for name in ("wiring", "flash_bytes", "wifi_refuses_s")}
    return hal_host.Hardware(asked.flash, asked.seed, clock_off_s, mode=asked.variant, **ills)


def main() -> int:
    """Run until somebody ends it; 2 if nothing that can be right is provisioned."""
    asked = _read_arguments()
    os.makedirs(asked.flash, exist_ok=True)
    hal = _make_hardware(asked)
    try:
        if asked.settings:
            with open(asked.settings, encoding="utf-8") as file:
                provisioning.write(open_settings(hal), json.load(file))
        program = Program(
            hal, asked.variant, asked.capacity, asked.interval_s, asked.longest_wait_s
        )
    except ValueError as error:
        print("settings:", error, file=sys.stderr)  # noqa: T201 - the host's words
        hal.show_light(2, "settings")
        return 2
    program.link.selftest_bench = asked.selftest
    while True:
        program.step()
        time.sleep(_STEP_S)


if __name__ == "__main__":
    sys.exit(main())
