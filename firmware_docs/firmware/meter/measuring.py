"""Turns what was counted into one record an interval."""

SIMULATED = 32


class Measuring:
    """Closes an interval when it is over, however late it is asked."""

    def __init__(
        self, ring: object, head: object, clock: object, boot: int, interval_s: int, f: int = 0
    ) -> None:
        self._ring = ring
        self._head = head
        self._clock = clock
        self._boot = boot
        self._interval_s = interval_s
        self._flags = f
        self._began_mwh = None
        self.began_ms = 0
        self.power = 0

    def begin(self) -> None:
        """Say where the register of a new log begins, so that its first interval counts too."""
        self._began_mwh = self._head.register_mwh()
        if self._began_mwh is None:
            return
        self._head.close(0, 1)
        if not self._ring.newest:
            self._append(self.began_ms // 1000, 1, 0, 0)

    def tick(self, now_ms: int) -> None:
        """Close the interval if it is over; one in which nothing was measured leaves no record."""
        if self._began_mwh is None:
            self.begin()
        d_s = (now_ms - self.began_ms) // 1000
        if d_s < self._interval_s:
            return
        d_s = min(d_s, 3600)
        register_mwh = self._head.register_mwh()
        self.began_ms = now_ms - (now_ms - self.began_ms) % 1000
        if register_mwh is None:
            return
        measured = self._head.close(register_mwh - self._began_mwh, d_s)
        self._began_mwh = register_mwh
        if measured:
            self.power = measured[0]
            self._append(self.began_ms // 1000, d_s, *measured)

    def _append(self, up_s: int, d_s: int, power: int, flags: int) -> None:
        t, tq = self._clock.time_at(up_s), self._clock.quality
        register_mwh, flags = self._head.register_mwh(), flags | self._flags
        self._ring.append(t, up_s, self._boot, d_s, tq, flags, register_mwh, power)
