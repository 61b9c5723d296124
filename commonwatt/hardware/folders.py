"""Where the meter's documents lie, and which heads a meter can have."""

from __future__ import annotations

from commonwatt.catalogue.steps import GUIDE

DOCUMENTS = GUIDE.parent
HEADS = {"led": "head-led", "tic": "head-tic", "ct": "head-clamp"}
"""The heads that can be built, and the folder of each below `hardware/`."""
VARIANT_OF = {"led": "led", "tic": "tic_h", "ct": "ct"}
"""A kind of meter with this head, for its steps; both modes of the TIC are built alike."""
