"""Measures the effective value of a sampled wave, whatever its offset."""

import math


class Rms:
    """Adds samples up one by one; needs no memory of them."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0
        self._sum_of_squares = 0

    def add(self, sample: int) -> None:
        self.count += 1
        self._sum += sample
        self._sum_of_squares += sample * sample

    def value(self) -> float:
        """Return the effective value around the mean; whole sums, so nothing cancels away."""
        if not self.count:
            return 0.0
        spread = self.count * self._sum_of_squares - self._sum * self._sum
        return math.sqrt(spread) / self.count
