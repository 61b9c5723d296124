"""The first-light test: the meter runs it and tells what it found; the service judges."""

import binascii
import json

from meter import protocol

LASTS_AT_MOST_MS = 180_000
QUIET_MS = 5_000  # the bench is done when nothing has come for so long
_EXPECTED = {"led_bench": 120, "tic_bench": 60}
_SPOILT_GROUPS = 3
_OPEN_CLAMP_MS = 10_000


class Selftest:
    """One run; `went_on` is whether the log was found whole after the last power cut."""

    def __init__(
        self, hal: object, head: object, bench: str, now_ms: int, *, went_on: bool
    ) -> None:
        self._hal, self._head = hal, head
        self._bench = bench
        self._run = _uuid(hal.random_bytes(16))
        self._began_ms = self._last_ms = now_ms
        self._went_on = went_on
        self._start = self._seen = head.bench_counts()
        self._is_pressed = False
        hal.begin_bench()

    def tick(self, now_ms: int) -> bool:
        """Look at the bench and the button; whether the run is over."""
        counts = self._head.bench_counts()
        if counts != self._seen:
            self._seen, self._last_ms = counts, now_ms
        self._is_pressed = self._is_pressed or self._hal.is_pressed()
        passed_ms = now_ms - self._began_ms
        is_quiet = counts != self._start and now_ms - self._last_ms >= QUIET_MS
        if self._head.bench_key not in _EXPECTED:
            is_quiet = passed_ms >= _OPEN_CLAMP_MS
        return passed_ms >= LASTS_AT_MOST_MS or (is_quiet and self._is_pressed)

    def report(self, serial: str, link: object, *, is_flash_sound: bool) -> bytes:
        """Return what to tell the service of this run."""
        lines = self._of_the_board(link, is_flash_sound=is_flash_sound)
        lines += self._of_the_bench()
        lines.append({"k": "powercut", "ok": self._went_on})
        lines.append({"k": "human", "ok": self._is_pressed})
        said = {"v": 1, "id": serial, "fw": protocol.FIRMWARE, "run": self._run}
        said.update({"tests": lines, "ok": all(line["ok"] for line in lines)})
        if self._bench:
            said["bench"] = self._bench
        return json.dumps(said).encode()

    def _of_the_board(self, link: object, *, is_flash_sound: bool) -> list:
        hal = self._hal
        brown_outs, ram_kb, rssi_dbm = hal.brown_outs(), hal.free_ram_kb(), hal.rssi_dbm()
        off_s, took_ms = link.clock_off_s, link.receipt_took_ms
        lines = [
            _line("supply", brown_outs, is_ok=brown_outs == 0),
            {"k": "flash", "ok": is_flash_sound and hal.flash_free_percent() >= 50},
            _line("ram", ram_kb, is_ok=ram_kb >= 40),
            _line("wifi", rssi_dbm, is_ok=rssi_dbm >= -85),
        ]
        if off_s is not None:  # without a receipt neither is known: the service says missing
            lines.append(_line("clock", off_s, is_ok=abs(off_s) <= 2))
            lines.append(_line("link", took_ms / 1000, is_ok=took_ms <= 3000))
        return lines

    def _of_the_bench(self) -> list:
        key = self._head.bench_key
        if not key:
            return []
        good, bad = [self._seen[i] - self._start[i] for i in (0, 1)]
        if key == "ct_zero":
            return [_line(key, self._seen[0], is_ok=self._seen[0] <= 30)]
        expected = _EXPECTED[key]
        is_ok = good == expected and (key != "tic_bench" or bad == _SPOILT_GROUPS)
        return [dict(_line(key, good, is_ok=is_ok), exp=expected)]


def _line(key: str, value: float, *, is_ok: bool) -> dict:
    return {"k": key, "ok": is_ok, "val": value}


def _uuid(drawn: bytes) -> str:
    text = binascii.hexlify(drawn).decode()
    return "-".join([text[:8], text[8:12], text[12:16], text[16:20], text[20:]])


def is_flash_sound(slots: object, drawn: bytes) -> bool:
    """Write what was drawn and read it back."""
    try:
        slots.write(drawn)
        return slots.read() == drawn
    except OSError:
        return False
