"""Knows what time it is from a start and the uptime, and how well it knows."""

UNKNOWN, DERIVED, SYNCHRONISED = 0, 1, 2
TOLERATED_S = 600  # the service refuses what is further ahead than this


class Clock:
    """The time of this boot; the first receipt confirms it or corrects it, once."""

    def __init__(self) -> None:
        self.quality = UNKNOWN
        self.is_confirmed = False
        self._start_s = 0
        self._corrected_up_s = -1

    def set(self, t: int, up_s: int) -> None:
        """Take the time from the network, if none is known yet."""
        if self.quality == UNKNOWN:
            self._start_s, self.quality = t - up_s, SYNCHRONISED

    def time_at(self, up_s: int) -> int:
        """Return UTC seconds at this uptime, 0 if they are not known."""
        return self._start_s + up_s if self.quality else 0

    def confirm(self, t: int, up_s: int) -> int:
        """Hold the clock against the service's, obey that one if need be; return how far it was off."""
        off_s = self.time_at(up_s) - t if self.quality else 0
        if not self.quality or abs(off_s) > TOLERATED_S:
            self._start_s, self.quality = t - up_s, DERIVED
            self._corrected_up_s = up_s
        else:
            off_s = 0
        self.is_confirmed = True
        return off_s

    def dated(self, record: tuple, boot: int) -> tuple:
        """Return a record with the right time, if this boot wrote it before its clock was corrected."""
        n, _, up_s, written, d_s, _, f, e_mwh, power = record
        if written != boot or up_s > self._corrected_up_s:
            return record
        return (n, self.time_at(up_s), up_s, boot, d_s, DERIVED, f, e_mwh, power)
