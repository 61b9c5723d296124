"""Heating far below the neighbours' is no success: it is a reason to offer help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from commonwatt.errors import SeriesError
from commonwatt.model import SMALLEST_GROUP, Finding, Severity

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESTRICTED_SHARE = 0.5


def find_restricted_heating(
    heating_wh: float,
    always_on_w: float,
    peers_heating_wh: NDArray[np.float64],
    peers_always_on_w: NDArray[np.float64],
) -> Finding | None:
    """Notice a home that heats less than half as much as its neighbours at the same temperatures.

    Parameters
    ----------
    heating_wh : float
        Heating energy of the home over a period. [Wh]
    always_on_w : float
        Its always-on load. [W]
    peers_heating_wh : (k,) float64
        Heating energy of similar homes over the same period, per home; NaN is left out. [Wh]
    peers_always_on_w : (k,) float64
        Their always-on loads. [W]

    Returns
    -------
    Finding or None
        `restricted_heating`, a warning, if the home's heating is below half of the peers' median
        and its always-on load is at or below theirs; facts `share` (of the median) and `homes`.
        None below 11 peers, or where they do not heat.

    Raises
    ------
    SeriesError
        If the peers' columns differ in length.

    Notes
    -----
    A home with a low always-on load as well is a sober home that is cold, not one that moved its
    heating to another source at leisure; the finding goes to the social service, not to the wall.
    """
    if peers_heating_wh.shape != peers_always_on_w.shape:
        raise SeriesError("peers' heating and always-on loads differ in length")
    known = np.isfinite(peers_heating_wh) & np.isfinite(peers_always_on_w)
    if np.count_nonzero(known) < SMALLEST_GROUP:
        return None
    median_wh = float(np.median(peers_heating_wh[known]))
    sober = always_on_w <= float(np.median(peers_always_on_w[known]))
    if median_wh <= 0 or not sober or heating_wh >= RESTRICTED_SHARE * median_wh:
        return None
    facts = {"share": heating_wh / median_wh, "homes": int(np.count_nonzero(known))}
    return Finding("restricted_heating", Severity.WARNING, "home", facts)
