"""A meter's stored half-hours as an energy series, unknown ones included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.calendar import half_hour_edges_s
from commonwatt.core.series import EnergySeries
from commonwatt.storage import rollups as tiers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from commonwatt.storage.pool import Connection


def load_half_hours(
    connection: Connection, meter_id: int, start_s: float, end_s: float
) -> EnergySeries:
    """Every half-hour of a stretch that begins and ends on one."""
    edges_s = half_hour_edges_s(start_s, end_s)
    cells = tiers.load_half_hours(connection, meter_id, start_s, end_s)
    place = np.searchsorted(edges_s, cells.start_s)

    def column(values: NDArray[np.float64], unknown: float = 0.0) -> NDArray[np.float64]:
        filled = np.full(len(edges_s) - 1, unknown)
        filled[place] = values
        return filled

    energy_wh = cells.register_wh + cells.power_wh + cells.estimated_wh
    return EnergySeries(
        edges_s=edges_s,
        energy_wh=column(energy_wh, np.nan),
        register_wh=column(cells.register_wh),
        power_wh=column(cells.power_wh),
        estimated_wh=column(cells.estimated_wh),
        covered_s=column(cells.covered_s),
    )
