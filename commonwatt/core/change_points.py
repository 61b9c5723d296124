"""All change-point models of a grid of balance points at once, by one product with a few columns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Booleans = NDArray[np.bool_]

MIN_ACTIVE_DAYS = 10
"""Days with any heating (or cooling) degree that a term needs (CalTRACK 2.0, 3.3.4.1)."""

MIN_DEGREE_DAYS = 20.0
"""Sum of degree days that a term needs (CalTRACK 2.0, 3.3.4.1), in the unit of the temperatures."""

_SINGULAR = 1e-9
_ROUNDING = 1e-9


class Family(IntEnum):
    """Which terms a model has besides its level."""

    FLAT = 0
    HEATING = 1
    COOLING = 2
    BOTH = 3


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Every model of a grid: flat, each heating, each cooling point, each pair heating <= cooling.

    Parameters
    ----------
    family : (k,) int64
        `Family` of each model.
    heating, cooling : (k,) int64
        Place of its balance points in the grid; without meaning where it has no such term.
    heating_slope, cooling_slope : (k,) float64
        Energy per degree; 0 where it has no such term.
    rss : (k,) float64
        Sum of squared residuals.
    allowed : (k,) bool
        Slopes are positive and each term has enough degree days to be told from the level.
    """

    family: NDArray[np.int64]
    heating: NDArray[np.int64]
    cooling: NDArray[np.int64]
    heating_slope: Floats
    cooling_slope: Floats
    rss: Floats
    allowed: Booleans


@dataclass(frozen=True, slots=True, eq=False)
class Hinges:
    """Degrees below and above each balance point of a grid, without writing them all out.

    Parameters
    ----------
    grid : (g,) float64
        Balance points, increasing. [degrees]
    temperature : (n,) float64
        Of each day. [degrees]
    order : (n,) int64
        Places of the days from the coldest to the warmest.
    ordered : (n,) float64
        The temperatures in that order. [degrees]
    colder : (g,) int64
        How many days are colder than each point.
    """

    grid: Floats
    temperature: Floats
    order: NDArray[np.int64]
    ordered: Floats
    colder: NDArray[np.int64]

    @classmethod
    def of(cls, temperature: Floats, grid: Floats) -> Hinges:
        """Sort n temperatures, in the unit of the grid."""
        order = temperature.argsort()
        ordered = temperature.take(order)
        return cls(grid, temperature, order, ordered, ordered.searchsorted(grid))

    def degree_days(self) -> Floats:
        """Sum each hinge over the days, (2 g,): those below the points, then those above."""
        colder, warmer = self._split(self.ordered)
        days = len(self.ordered)
        below = self.grid * self.colder - colder
        return np.concatenate([below, warmer - self.grid * (days - self.colder)])

    def products(self, columns: Floats) -> Floats:
        """Multiply every hinge with columns.

        Parameters
        ----------
        columns : (q, n) float64
            Values for each day.

        Returns
        -------
        (q, 2 g) float64
            Sums over days of max(0, point - T) * column, then of max(0, T - point) * column: with
            running sums of the column and of T * column over the sorted days, two look-ups each.
        """
        values = columns.take(self.order, axis=1)
        colder, warmer = self._split(values)
        colder_moment, warmer_moment = self._split(values * self.ordered)
        below = self.grid * colder - colder_moment
        return np.concatenate([below, warmer_moment - self.grid * warmer], axis=1)

    def _split(self, values: Floats) -> tuple[Floats, Floats]:
        """Sum values of the sorted days, (..., n), on either side of each point, (..., g)."""
        running = np.zeros((*values.shape[:-1], values.shape[-1] + 1))
        np.cumsum(values, axis=-1, out=running[..., 1:])
        colder = running.take(self.colder, axis=-1)
        return colder, running[..., -1:] - colder

    def column(self, place: int) -> Floats:
        """Write out one of the 2 g hinges, (n,)."""
        points = len(self.grid)
        distance = self.grid[place % points] - self.temperature
        return np.asarray(np.maximum(distance if place < points else -distance, 0.0))

    def enough(self, degree_days: Floats) -> Booleans:
        """Say which hinges, of the given sums, have enough to be told from the level."""
        warmer = len(self.ordered) - self.ordered.searchsorted(self.grid, side="right")
        active = np.concatenate([self.colder, warmer]) >= MIN_ACTIVE_DAYS
        return active & (degree_days >= MIN_DEGREE_DAYS - _ROUNDING)


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Inner products of each heating hinge with each cooling hinge at or above it.

    `heating` and `cooling` are places among the 2 g hinges.
    """

    heating: NDArray[np.int64]
    cooling: NDArray[np.int64]
    heating_norm: Floats
    cooling_norm: Floats
    cross: Floats
    determinant: Floats

    @classmethod
    def of(cls, overlap: Floats, norm: Floats) -> _Pairs:
        points = len(norm) // 2
        heating, cooling = _pair_places(points)
        cross = -(overlap[:points] @ overlap[points:].T).take(heating * points + cooling)
        cooling = cooling + points
        heating_norm, cooling_norm = norm[heating], norm[cooling]
        determinant = np.maximum(heating_norm * cooling_norm - cross**2, _SINGULAR)
        return cls(heating, cooling, heating_norm, cooling_norm, cross, determinant)

    def solve(self, moment: Floats) -> tuple[Floats, Floats, Floats]:
        """Heating slopes, cooling slopes, and the sum of squares that both explain together."""
        heat, cool = moment[self.heating], moment[self.cooling]
        by_heat = (heat * self.cooling_norm - cool * self.cross) / self.determinant
        by_cool = (cool * self.heating_norm - heat * self.cross) / self.determinant
        return by_heat, by_cool, by_heat * heat + by_cool * cool


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """A solved grid, kept so that sums of predictions of every model follow without refitting.

    Parameters
    ----------
    candidates : Candidates
        The k models.
    inverse : (q, q) float64
        The level terms times this are orthonormal.
    level : (q,) float64
        Inner products of the energy with those.
    overlap : (2 g, q) float64
        Inner products of the hinges with those.
    norm : (2 g,) float64
        Squares of the hinges, the level terms taken out.
    pairs : _Pairs
        Products of heating and cooling hinges, the level terms taken out.
    """

    candidates: Candidates
    inverse: Floats
    level: Floats
    overlap: Floats
    norm: Floats
    pairs: _Pairs

    def sums(self, level_terms: Floats, hinges: Hinges) -> tuple[Floats, Floats]:
        """Predict the sum over other days with every model.

        Parameters
        ----------
        level_terms : (m, q) float64
            Level terms of those days.
        hinges : Hinges
            Of the temperatures of those days, on the same grid.

        Returns
        -------
        total : (k,) float64
            Sum of the predictions over the m days.
        spread : (k,) float64
            Variance of that sum for residuals of variance 1: x' (X' X)^-1 x.
        """
        here = level_terms.sum(axis=0) @ self.inverse
        degrees = hinges.degree_days() - self.overlap @ here
        found, pairs, single = self.candidates, self.pairs, 1 + len(degrees)
        a, b = degrees[pairs.heating], degrees[pairs.cooling]
        one = (found.heating_slope + found.cooling_slope)[1:single] * degrees
        two = found.heating_slope[single:] * a + found.cooling_slope[single:] * b
        both = a**2 * pairs.cooling_norm - 2 * a * b * pairs.cross + b**2 * pairs.heating_norm
        spread = np.concatenate([[0.0], degrees**2 / self.norm, both / pairs.determinant])
        return self.level @ here + np.concatenate([[0.0], one, two]), here @ here + spread

    def level_coefficients(self, hinge_coefficients: Floats) -> Floats:
        """Give the q level coefficients that go with 2 g coefficients of hinges below and above."""
        free = self.level - self.overlap.T @ hinge_coefficients
        return np.asarray(self.inverse @ free)


def search_grid(observed: Floats, level_terms: Floats, hinges: Hinges) -> Search:
    """Fit every model of the grid by least squares.

    Parameters
    ----------
    observed : (n,) float64
        Energy of n days, finite; any unit.
    level_terms : (n, q) float64
        Columns every model has, of full rank: a column of ones first, then others.
    hinges : Hinges
        Of the n temperatures.

    Returns
    -------
    Search
        All models and what is needed to predict with them.

    Notes
    -----
    The level terms are projected out of energy and hinges (Frisch-Waugh-Lovell), so that a model
    of one term is a division and a model of two is a 2 by 2 solve. No day is below the heating
    point and above a cooling point that is not lower: the product of the two hinges is 0, and
    what is left of it is minus that of their projections. So a few running sums serve all models. The residual sums of squares are those of full regressions.
    """
    lower = np.linalg.cholesky(level_terms.T @ level_terms)
    inverse = np.linalg.inv(lower).T
    basis = level_terms @ inverse
    level = basis.T @ observed
    rest = observed - basis @ level
    degree_days = hinges.degree_days()
    # The first of the orthonormal columns is constant, so that its products are degree days.
    columns = np.concatenate([[hinges.temperature, rest], basis.T[1:]])
    weighted, moment, *others = hinges.products(columns)
    overlap = np.array([degree_days * inverse[0, 0], *others]).T
    # A hinge is linear where it is not 0, so its square follows from its sum and its sum times T.
    square = np.tile(hinges.grid, 2) * degree_days - weighted
    square[len(hinges.grid) :] *= -1
    norm = np.maximum(square - np.einsum("gq,gq->g", overlap, overlap), _SINGULAR)
    pairs = _Pairs.of(overlap, norm)
    candidates = _candidates(pairs, norm, moment, float(rest @ rest), hinges.enough(degree_days))
    return Search(candidates, inverse, level, overlap, norm, pairs)


@lru_cache(maxsize=8)
def _pair_places(points: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    heating, cooling = np.triu_indices(points)
    return heating, cooling


@lru_cache(maxsize=8)
def _places(points: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Family, heating and cooling place of each model of a grid."""
    heating, cooling = _pair_places(points)
    each, none = np.arange(points), np.zeros(points, np.int64)
    family = np.repeat(np.arange(4), (1, points, points, len(heating)))
    return (
        family,
        np.concatenate([[0], each, none, heating]),
        np.concatenate([[0], none, each, cooling]),
    )


def _candidates(
    pairs: _Pairs, norm: Floats, moment: Floats, rest: float, enough: Booleans
) -> Candidates:
    points = len(norm) // 2
    family, heating, cooling = _places(points)
    single, none = moment / norm, np.zeros(points)
    by_heat, by_cool, explained = pairs.solve(moment)
    both_fit = (by_heat > 0) & (by_cool > 0) & enough[pairs.heating] & enough[pairs.cooling]
    return Candidates(
        family=family,
        heating=heating,
        cooling=cooling,
        heating_slope=np.concatenate([[0.0], single[:points], none, by_heat]),
        cooling_slope=np.concatenate([[0.0], none, single[points:], by_cool]),
        rss=np.maximum(rest - np.concatenate([[0.0], single * moment, explained]), 0.0),
        allowed=np.concatenate([[True], (single > 0) & enough, both_fit]),
    )
