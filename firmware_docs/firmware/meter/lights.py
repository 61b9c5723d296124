"""Owns what the meter's light says when something is wrong: so many flashes, then a pause."""

LONG = (
    10  # added to the count: a long flash comes first, and what is wrong is the sensor or the clock
)
PATTERNS = {
    "settings": 2,  # nothing is provisioned, or it cannot be read
    "no_broker": 3,  # nothing answers at the broker's address
    "tls": 4,  # who answers is not whom our certificate authority vouches for
    "secret": 5,  # the broker refuses name or secret
    "topic": 6,  # the broker refuses our topics
    "no_receipt": 7,  # messages go out and no receipt comes: topic, service or registration
    "clock": 8,  # the clock was wrong; the service's is obeyed
    "wifi_password": 9,  # the home's network refuses the password
    "flash_full": LONG
    + 1,  # a record could not be written, or the log is smaller than it should be
    "tic_silent": LONG + 2,  # nothing comes from the utility meter's port: no carrier
    "tic_unreadable": LONG + 3,  # what comes cannot be read: inverted, or the other mode
    "light_strong": LONG + 4,  # so much light falls on the sensor that flashes are lost in it
    "clamp_two_wires": LONG + 5,  # no current for an hour: around two wires, or not closed
    "clamp_reversed": LONG + 6,  # current runs against the voltage
    "clock_unknown": LONG + 7,  # neither network nor service has told the time
}
_SLOT_MS = 250


def flashes(fault: str | None) -> int:
    """Return how often to flash; 0 if nothing is wrong."""
    return PATTERNS[fault] if fault else 0


def is_on(pattern: int, now_ms: int) -> bool:
    """Whether the light is on now: a long flash if there is one, the short ones, then a pause."""
    long_slots = 4 if pattern > LONG else 0
    count = pattern - LONG if long_slots else pattern
    # A long flash is three slots and a dark one; a short one a slot and a dark one; the pause is six.
    slot = now_ms // _SLOT_MS % (long_slots + 2 * count + 6)
    if slot < long_slots:
        return slot < 3
    return slot - long_slots < 2 * count and (slot - long_slots) % 2 == 0
