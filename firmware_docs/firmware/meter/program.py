"""Joins counting, log, clock and link over whatever hardware there is; one step at a time."""

import struct

from meter import lights, provisioning
from meter.clock import Clock
from meter.heads import make_head
from meter.link import Link
from meter.measuring import SIMULATED, Measuring
from meter.ringlog import HEADER_BYTES, RECORD_BYTES, RingLog
from meter.selftest import Selftest, is_flash_sound
from meter.slots import Slots

_LIFE_FORM = "<III"  # log, boot, records the log can hold
_LEAST_RECORDS = 8
_LIFE_SLOT_BYTES = 64


def open_settings(hal: object) -> object:
    """Return the slots of what was provisioned."""
    return _slots(hal, "settings", provisioning.SLOT_BYTES)


def _slots(hal: object, name: str, slot_bytes: int) -> object:
    file = hal.open_file(name, 2 * slot_bytes)
    return Slots(file, slot_bytes, hal.syncer(file))


def _begin_life(hal: object, capacity: int) -> tuple:
    """Return log and boot of this life, stored before anything is said; what is empty is a new log.

    Where the flash has no room for a new log of this size, half of it is tried, and again half.
    """
    slots = _slots(hal, "life", _LIFE_SLOT_BYTES)
    stored = slots.read()
    log, boot, held = struct.unpack(_LIFE_FORM, stored) if stored else (0, 0, capacity)
    file, capacity = _open_log(hal, held)
    ring = RingLog(file, capacity, log, hal.syncer(file)) if log else None
    if ring is None or not ring.newest:
        log = struct.unpack("<I", hal.random_bytes(4))[0] or 1
        ring = RingLog(file, capacity, log, hal.syncer(file))
    boot = boot % 65535 + 1
    slots.write(struct.pack(_LIFE_FORM, log, boot, capacity))
    return ring, boot, capacity


def _open_log(hal: object, capacity: int) -> tuple:
    while True:
        try:
            return hal.open_file("log", HEADER_BYTES + capacity * RECORD_BYTES), capacity
        except OSError:
            if capacity // 2 < _LEAST_RECORDS:
                raise
            capacity //= 2


class Program:
    """A meter at work. What the hardware gives: see hal_host.py."""

    def __init__(
        self, hal: object, variant: str, capacity: int, interval_s: int, longest_wait_s: int = 600
    ) -> None:
        self._hal = hal
        self._line = None
        self._light = 0
        settings = provisioning.read(open_settings(hal))
        if settings is None:
            raise ValueError("settings")
        self._settings = settings
        self.ring, boot, held = _begin_life(hal, capacity)
        self._is_full = held < capacity
        self._clock = Clock()
        self._keep_time(0)
        last = self.ring.last()
        self._head = make_head(hal, variant, last[7] if last else 0)
        flags = SIMULATED if hal.is_simulated else 0
        self._measuring = Measuring(self.ring, self._head, self._clock, boot, interval_s, flags)
        self._measuring.begin()
        self._told = None
        self._selftest = None
        self._went_on = bool(last) and last[3] == boot - 1
        self.link = Link(
            settings, self.ring, self._clock, hal.random, boot, variant, longest_wait_s
        )

    def step(self) -> None:
        """Do what is due; the watchdog is fed only when all of it came to its end."""
        now_ms = self._hal.now_ms()
        self._keep_time(now_ms)
        self._head.listen(self._hal, self.ring.newest + 1, self._measuring.began_ms, now_ms)
        self._record(now_ms)
        self.link.power_w = self._measuring.power
        self._tell_faults()
        self._test(now_ms)
        self._speak(now_ms)
        self._show()
        self._hal.feed_watchdog()

    def _record(self, now_ms: int) -> None:
        """Close the interval; what cannot be written is lost, but for the register."""
        try:
            self._measuring.tick(now_ms)
        except OSError:
            self._is_full = True

    def _test(self, now_ms: int) -> None:
        """Begin the self-test that was asked for, or go on with it."""
        hal, bench = self._hal, self.link.selftest_bench
        if self._selftest is None and bench is not None:
            self.link.selftest_bench = None
            self._selftest = Selftest(hal, self._head, bench, now_ms, went_on=self._went_on)
        if self._selftest is None or not self._selftest.tick(now_ms):
            return
        is_sound = is_flash_sound(_slots(hal, "selftest", _LIFE_SLOT_BYTES), hal.random_bytes(16))
        serial = self._settings["serial"]
        self.link.report_selftest(self._selftest.report(serial, self.link, is_flash_sound=is_sound))
        self._selftest = None

    def _own_fault(self) -> str | None:
        """Name what is wrong with the sensor, the flash or the clock, the worst first."""
        if self._is_full:
            return "flash_full"
        if self._head.fault:
            return self._head.fault
        return None if self._clock.quality else "clock_unknown"

    def _tell_faults(self) -> None:
        fault = self._own_fault()
        if fault == self._told:
            return
        if fault:
            self.link.tell(fault, {})
        else:
            self.link.tell("well_again", {"fault": self._told})
        self._told = fault

    def _keep_time(self, now_ms: int) -> None:
        t = self._hal.utc_s()
        if t:
            self._clock.set(t, now_ms // 1000)

    def _speak(self, now_ms: int) -> None:
        if self._line is None:
            if not self.link.wants_line(now_ms):
                return
            refusal = self._hal.network_fault()
            if refusal:
                self.link.closed(now_ms, refusal)
                return
            self._line = self._hal.open_line(self._settings)
            self._is_open = False
            self._give_up_ms = now_ms + 10_000
        try:
            self._exchange(now_ms)
        except OSError as error:  # first: CPython's errors of certificates are ValueErrors too
            self._close(now_ms, None if self._is_open else self._hal.fault_of(error))
        except ValueError:
            self._close(now_ms, None)

    def _exchange(self, now_ms: int) -> None:
        if not self._is_open:
            self._is_open = self._line.is_open()
            if self._is_open:
                self._line.write(self.link.opened(now_ms))
            elif now_ms > self._give_up_ms:
                self._close(now_ms, "no_broker")
            return
        received = self._line.read()
        if received == b"" or (received is None and self.link.must_close(now_ms)):
            self._close(now_ms, None)
            return
        said = self.link.received(received, now_ms) if received else b""
        self._line.write(said + self.link.tick(now_ms))

    def _close(self, now_ms: int, fault: str | None) -> None:
        self._line.close()
        self._line = None
        self.link.closed(now_ms, fault)

    def _show(self) -> None:
        fault = self.link.fault or self._told
        flashes = lights.flashes(fault)
        if flashes != self._light:
            self._light = flashes
            self._hal.show_light(flashes, fault or "well")
