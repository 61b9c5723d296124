"""Joins counting, log, clock and link over whatever hardware there is; one step at a time."""

import struct

from meter import lights, provisioning
from meter.clock import Clock
from meter.link import Link
from meter.measuring import SIMULATED, Measuring
from meter.pulses import PulseCounter
from meter.ringlog import HEADER_BYTES, RECORD_BYTES, RingLog
from meter.slots import Slots

_LIFE_FORM = "<II"  # log, boot
_LIFE_SLOT_BYTES = 64


def open_settings(hal: object) -> object:
    """Return the slots of what was provisioned."""
    return _slots(hal, "settings", provisioning.SLOT_BYTES)


def _slots(hal: object, name: str, slot_bytes: int) -> object:
    file = hal.open_file(name, 2 * slot_bytes)
    return Slots(file, slot_bytes, hal.syncer(file))


def _begin_life(hal: object, capacity: int) -> tuple:
    """Return log and boot of this life, stored before anything is said; what is empty is a new log."""
    slots = _slots(hal, "life", _LIFE_SLOT_BYTES)
    stored = slots.read()
    log, boot = struct.unpack(_LIFE_FORM, stored) if stored else (0, 0)
    file = hal.open_file("log", HEADER_BYTES + capacity * RECORD_BYTES)
    ring = RingLog(file, capacity, log, hal.syncer(file)) if log else None
    if ring is None or not ring.newest:
        log = struct.unpack("<I", hal.random_bytes(4))[0] or 1
        ring = RingLog(file, capacity, log, hal.syncer(file))
    boot = boot % 65535 + 1
    slots.write(struct.pack(_LIFE_FORM, log, boot))
    return ring, boot


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
        self.ring, boot = _begin_life(hal, capacity)
        self._clock = Clock()
        self._keep_time(0)
        last = self.ring.last()
        self._counter = PulseCounter(*hal.wh_per_flash(), last[7] if last else 0)
        flags = SIMULATED if variant == "sim" else 0
        self._measuring = Measuring(self.ring, self._counter, self._clock, boot, interval_s, flags)
        if not last:
            self._measuring.begin_log()
        self.link = Link(
            settings, self.ring, self._clock, hal.random, boot, variant, longest_wait_s
        )

    def step(self) -> None:
        """Do what is due; the watchdog is fed only when all of it came to its end."""
        now_ms = self._hal.now_ms()
        self._keep_time(now_ms)
        for at_us in self._hal.flashes(self.ring.newest + 1, self._measuring.began_ms, now_ms):
            self._counter.flash(at_us)
        self._measuring.tick(now_ms)
        self.link.power_w = self._measuring.power_w
        self._speak(now_ms)
        self._show()
        self._hal.feed_watchdog()

    def _keep_time(self, now_ms: int) -> None:
        t = self._hal.utc_s()
        if t:
            self._clock.set(t, now_ms // 1000)

    def _speak(self, now_ms: int) -> None:
        if self._line is None:
            if not self.link.wants_line(now_ms):
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
        flashes = lights.flashes(self.link.fault)
        if flashes != self._light:
            self._light = flashes
            self._hal.show_light(flashes, self.link.fault or "well")
