"""What of MicroPython's heap lives while the whole program is at work; MicroPython alone can tell."""

import gc


def begin():
    """Load everything and switch the meter on, with a broker that is away."""
    global life, hardware, program  # noqa: PLW0603 - what lives must be reachable between two calls
    import life

    hardware = life.provisioned()
    program = life.begin(hardware, 200, 0)


def go_on(minutes, is_away):
    """Let the meter live on; the garbage goes once this call is over."""
    hardware.service.is_away = is_away
    life.go_on(hardware, program, minutes)
    hardware.service.stored.clear()  # what the service keeps is not the meter's
    gc.collect()


def tell():
    print("heap", gc.mem_alloc())
