"""The daily method of CalTRACK 2.0, to the letter, so that others' figures can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.core.change_points import Family, Hinges, search_grid
from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GRID_F = np.arange(30.0, 91.0)
"""Balance points that are tried: whole degrees Fahrenheit from 30 to 90 (CalTRACK 2.0, 3.3.4)."""

MIN_DAYS = 4
"""One more day than a model of both terms has coefficients."""


@dataclass(frozen=True, slots=True)
class CaltrackModel:
    """A fitted model; energies are in the unit that was given.

    Parameters
    ----------
    family : Family
        Which terms it has.
    intercept : float
        Energy of a day that needs neither heating nor cooling.
    heating_balance_f, cooling_balance_f : float
        NaN where the model has no such term. [degrees Fahrenheit]
    heating_slope, cooling_slope : float
        Energy per degree Fahrenheit; 0 where the model has no such term.
    r_squared, adjusted_r_squared : float
        Share of the variance that is explained, and the same less a penalty for each term.
    cv_rmse : float
        sqrt(RSS / n) / mean, a share; not reduced by the number of coefficients.
    """

    family: Family
    intercept: float
    heating_balance_f: float
    cooling_balance_f: float
    heating_slope: float
    cooling_slope: float
    r_squared: float
    adjusted_r_squared: float
    cv_rmse: float

    def predict(self, temperature_f: Floats) -> Floats:
        """Say what energy the model expects of days.

        Parameters
        ----------
        temperature_f : (m,) float64
            Mean outdoor temperature of each day. [degrees Fahrenheit]

        Returns
        -------
        (m,) float64
            intercept + heating_slope * max(0, heating_balance - T)
            + cooling_slope * max(0, T - cooling_balance); NaN where T is.
        """
        # A hinge that the model has not is multiplied by 0; any finite point will do for it.
        heating_f, cooling_f = np.nan_to_num([self.heating_balance_f, self.cooling_balance_f])
        below = np.maximum(heating_f - temperature_f, 0.0)
        above = np.maximum(temperature_f - cooling_f, 0.0)
        weather = self.heating_slope * below + self.cooling_slope * above
        return np.asarray(self.intercept + weather)


def fit_caltrack(observed: Floats, temperature_f: Floats, *, cooling: bool = True) -> CaltrackModel:
    """Fit the daily model of CalTRACK 2.0.

    Parameters
    ----------
    observed : (n,) float64
        Energy of each baseline day, any unit; a day of NaN is left out. The method takes an
        electricity reading of 0 for a missing one: give NaN for it if the comparison needs that.
    temperature_f : (n,) float64
        Mean outdoor temperature of the same days; a day of NaN is left out. [degrees Fahrenheit]
    cooling : bool
        Whether cooling terms are tried: the method tries none for gas.

    Returns
    -------
    CaltrackModel
        The allowed candidate of the highest adjusted R squared.

    Raises
    ------
    SeriesError
        If the columns differ in length, or fewer than four days are known.

    Notes
    -----
    Candidates are the level alone, a heating term, a cooling term, and both with the heating
    balance point at or below the cooling one, at each whole degree from 30 to 90 F:
    2,014 of them, or 62 without cooling. A candidate needs positive slopes, a level that is not negative, 10 days and 20 degree days for
    each term. The adjusted R squared of the level alone is 0.

    References
    ----------
    CalTRACK Methods 2.0, sections 3.1 to 3.4 (daily). Parity: eemeter 2.10.11.
    """
    known = _known_days(observed, temperature_f)
    y, temperature_f = observed[known], temperature_f[known]
    hinges = Hinges.of(temperature_f, GRID_F)
    ones = np.ones((len(y), 1))
    found = search_grid(y, ones, hinges).candidates
    total = float(((y - y.mean()) ** 2).sum())
    terms = np.array([0, 1, 1, 2])[found.family]
    spare = len(y) - 1
    r_squared = 1 - found.rss / total if total > 0 else np.zeros_like(found.rss)
    adjusted = 1 - (1 - r_squared) * spare / (spare - terms)
    means = hinges.degree_days() / len(y)
    intercept = y.mean() - found.heating_slope * means[found.heating]
    intercept -= found.cooling_slope * means[found.cooling + len(GRID_F)]
    allowed = found.allowed & (intercept >= 0) & (cooling | (found.family <= Family.HEATING))
    best = int(np.argmax(np.where(allowed, adjusted, -np.inf)))
    family = Family(int(found.family[best]))
    return CaltrackModel(
        family=family,
        intercept=float(intercept[best]),
        heating_balance_f=_point(found.heating[best], family, Family.HEATING),
        cooling_balance_f=_point(found.cooling[best], family, Family.COOLING),
        heating_slope=float(found.heating_slope[best]),
        cooling_slope=float(found.cooling_slope[best]),
        r_squared=float(r_squared[best]),
        adjusted_r_squared=float(adjusted[best]),
        cv_rmse=float(np.sqrt(found.rss[best] / len(y)) / y.mean()),
    )


def _known_days(observed: Floats, temperature_f: Floats) -> NDArray[np.bool_]:
    if observed.shape != temperature_f.shape or observed.ndim != 1:
        raise SeriesError(
            f"two columns of one length were expected, not {observed.shape} and {temperature_f.shape}"
        )
    known = np.isfinite(observed) & np.isfinite(temperature_f)
    if known.sum() < MIN_DAYS:
        raise SeriesError(f"{MIN_DAYS} known days or more were expected, not {known.sum()}")
    return known


def _point(place: int, family: Family, term: Family) -> float:
    return float(GRID_F[place]) if family & term else float("nan")
