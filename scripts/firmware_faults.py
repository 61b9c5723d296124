"""Kills the meter's firmware, the broker and the service, and says what it cost."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

from commonwatt.faults.firmware import run_firmware

FIRMWARE = Path(__file__).resolve().parents[1] / "firmware_docs" / "firmware"


def main() -> int:
    """Return 0 if nothing was lost, doubled or changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    for victim, count in (("firmware", 300), ("broker", 50), ("ingest", 50)):
        parser.add_argument(f"--{victim}", type=int, default=count, help="how many kills")
    asked = parser.parse_args()
    kills = Counter(firmware=asked.firmware, broker=asked.broker, ingest=asked.ingest)
    began_s = time.monotonic()
    outcome = run_firmware(FIRMWARE, asked.seed, kills)
    print(outcome)
    print(f"{'clean' if outcome.is_clean else 'BROKEN'} in {time.monotonic() - began_s:.0f} s")
    return 0 if outcome.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
