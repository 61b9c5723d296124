"""Says how long to wait before trying again, so that a whole building does not come back at once."""


class Backoff:
    """Doubles from `first_s` to `longest_s`; each wait is a random part of that (full jitter)."""

    def __init__(self, random: object, first_s: int = 1, longest_s: int = 300) -> None:
        self._random = random
        self._first_s = first_s
        self._longest_s = longest_s
        self._ceiling_s = first_s

    def wait_s(self) -> float:
        ceiling_s = self._ceiling_s
        self._ceiling_s = min(2 * ceiling_s, self._longest_s)
        return self._random() * ceiling_s

    def succeeded(self) -> None:
        self._ceiling_s = self._first_s
