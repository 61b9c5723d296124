"""Turns what was counted into one record an interval."""

from meter.pulses import mean_power_w

SIMULATED = 32


class Measuring:
    """Closes an interval when it is over, however late it is asked."""

    def __init__(
        self, ring: object, counter: object, clock: object, boot: int, interval_s: int, f: int = 0
    ) -> None:
        self._ring = ring
        self._counter = counter
        self._clock = clock
        self._boot = boot
        self._interval_s = interval_s
        self._flags = f
        self._began_mwh = counter.register_mwh()
        self.began_ms = 0
        self.power_w = 0

    def begin_log(self) -> None:
        """Say where the register of a new log begins, so that its first interval counts too."""
        self._append(0, 1, 0)

    def tick(self, now_ms: int) -> None:
        d_s = (now_ms - self.began_ms) // 1000
        if d_s < self._interval_s:
            return
        d_s = min(d_s, 3600)
        register_mwh = self._counter.register_mwh()
        self.power_w = mean_power_w(register_mwh - self._began_mwh, d_s)
        self.began_ms = now_ms - (now_ms - self.began_ms) % 1000
        self._began_mwh = register_mwh
        self._append(self.began_ms // 1000, d_s, self.power_w)

    def _append(self, up_s: int, d_s: int, power_w: int) -> None:
        t, tq = self._clock.time_at(up_s), self._clock.quality
        register_mwh = self._counter.register_mwh()
        self._ring.append(t, up_s, self._boot, d_s, tq, self._flags, register_mwh, power_w)
