"""Numbers by chance that are the same on every interpreter."""


class Chance:
    """A linear congruence; its low bits are thrown away."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 12) % bound
