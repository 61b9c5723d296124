"""Owns what the meter's light says when something is wrong: so many flashes, then a pause."""

PATTERNS = {
    "settings": 2,  # nothing is provisioned, or it cannot be read
    "no_broker": 3,  # nothing answers at the broker's address
    "tls": 4,  # who answers is not whom our certificate authority vouches for
    "secret": 5,  # the broker refuses name or secret
    "topic": 6,  # the broker refuses our topics
    "no_receipt": 7,  # messages go out and no receipt comes: topic, service or registration
    "clock": 8,  # the clock was wrong; the service's is obeyed
}


def flashes(fault: str | None) -> int:
    """Return how often to flash; 0 if nothing is wrong."""
    return PATTERNS[fault] if fault else 0
