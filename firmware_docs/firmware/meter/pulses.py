"""Turns flashes of a meter's light into energy, exactly."""

MIN_GAP_US = 50_000  # 1 Wh in 50 ms would be 72 kW: two flashes closer than that are one


class PulseCounter:
    """Counts flashes worth `numerator / denominator` Wh each; 1000 flashes a kWh are 1/1."""

    def __init__(self, numerator: int = 1, denominator: int = 1, start_mwh: int = 0) -> None:
        self._numerator = numerator
        self._denominator = denominator
        self._start_mwh = start_mwh
        self._last_us = None
        self.count = 0
        self.rejected = 0

    def flash(self, now_us: int) -> bool:
        """Count a flash seen now, unless it follows the last one too closely."""
        if self._last_us is not None and now_us - self._last_us < MIN_GAP_US:
            self.rejected += 1
            return False
        self._last_us = now_us
        self.count += 1
        return True

    def register_mwh(self) -> int:
        """Return the cumulative register; one division of a sum, so that nothing drifts."""
        return self._start_mwh + self.count * 1000 * self._numerator // self._denominator


def mean_power_w(energy_mwh: int, duration_s: int) -> int:
    """Return the mean power of an interval, to the nearest watt."""
    return (energy_mwh * 36 + duration_s * 5) // (duration_s * 10)
