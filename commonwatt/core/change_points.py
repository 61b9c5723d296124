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
_HEATS, _COOLS = 1, 2


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
    colder : (g,) int64
        How many days are colder than each point.
    """

    grid: Floats
    temperature: Floats
    order: NDArray[np.int64]
    colder: NDArray[np.int64]

    @classmethod
    def of(cls, temperature: Floats, grid: Floats) -> Hinges:
        """Sort n temperatures, in the unit of the grid."""
        order = np.argsort(temperature)
        return cls(grid, temperature, order, np.searchsorted(temperature[order], grid))

    def products(self, columns: Floats) -> Floats:
        """Multiply every hinge with columns.

        Parameters
        ----------
        columns : (n, q) float64
            A value for each day.

        Returns
        -------
        (2 g, q) float64
            Sums over days of max(0, point - T) * column, then of max(0, T - point) * column: with
            running sums of the column and of T * column over the sorted days, two look-ups each.
        """
        values = columns.T[:, self.order]
        plain, moment = np.zeros((2, values.shape[0], values.shape[1] + 1))
        np.cumsum(values, axis=1, out=plain[:, 1:])
        np.cumsum(values * self.temperature[self.order], axis=1, out=moment[:, 1:])
        cold, cold_moment = plain[:, self.colder], moment[:, self.colder]
        below = self.grid * cold - cold_moment
        above = (moment[:, -1:] - cold_moment) - self.grid * (plain[:, -1:] - cold)
        return np.concatenate([below, above], axis=1).T

    def column(self, place: int) -> Floats:
        """Write out one of the 2 g hinges, (n,)."""
        points = len(self.grid)
        distance = self.grid[place % points] - self.temperature
        return np.asarray(np.maximum(distance if place < points else -distance, 0.0))

    def enough(self, degree_days: Floats) -> Booleans:
        """Say which hinges, of the given sums, have enough to be told from the level."""
        warmer = len(self.order) - np.searchsorted(
            self.temperature[self.order], self.grid, side="right"
        )
        active = np.concatenate([self.colder, warmer]) >= MIN_ACTIVE_DAYS
        return active & (degree_days >= MIN_DEGREE_DAYS - _ROUNDING)


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Inner products of each heating hinge with each cooling hinge at or above it."""

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
        heating_norm, cooling_norm = norm[heating], norm[cooling + points]
        cross = -(overlap[:points] @ overlap[points:].T)[heating, cooling]
        determinant = np.maximum(heating_norm * cooling_norm - cross**2, _SINGULAR)
        return cls(heating, cooling, heating_norm, cooling_norm, cross, determinant)


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
        ones = np.ones((len(level_terms), 1))
        degrees = hinges.products(ones)[:, 0] - self.overlap @ here
        found, points = self.candidates, len(hinges.grid)
        below, above = degrees[:points], degrees[points:]
        total = self.level @ here + found.heating_slope * below[found.heating]
        total += found.cooling_slope * above[found.cooling]
        return total, here @ here + self._hinge_spread(below, above)

    def level_coefficients(self, hinge_coefficients: Floats) -> Floats:
        """Give the q level coefficients that go with 2 g coefficients of hinges below and above."""
        free = self.level - self.overlap.T @ hinge_coefficients
        return np.asarray(self.inverse @ free)

    def _hinge_spread(self, below: Floats, above: Floats) -> Floats:
        pairs = self.pairs
        a, b = below[pairs.heating], above[pairs.cooling]
        both = a**2 * pairs.cooling_norm - 2 * a * b * pairs.cross + b**2 * pairs.heating_norm
        single = np.concatenate([below, above]) ** 2 / self.norm
        return np.concatenate([[0.0], single, both / pairs.determinant])


def search_grid(observed: Floats, level_terms: Floats, hinges: Hinges) -> Search:
    """Fit every model of the grid by least squares.

    Parameters
    ----------
    observed : (n,) float64
        Energy of n days, finite; any unit.
    level_terms : (n, q) float64
        Columns every model has, of full rank: a column of ones, and others.
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
    columns = np.column_stack([np.ones(len(rest)), hinges.temperature, rest, basis])
    degree_days, weighted, moment, *overlaps = hinges.products(columns).T
    overlap = np.stack(overlaps, axis=1)
    # A hinge is linear where it is not 0, so its square follows from its sum and its sum times T.
    square = np.tile(hinges.grid, 2) * degree_days - weighted
    square[len(hinges.grid) :] *= -1
    norm = np.maximum(square - np.einsum("gq,gq->g", overlap, overlap), _SINGULAR)
    pairs = _Pairs.of(overlap, norm)
    slopes = _solve(pairs, norm, moment)
    enough = hinges.enough(degree_days)
    candidates = _candidates(slopes, moment, float(rest @ rest), enough)
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


def _solve(pairs: _Pairs, norm: Floats, moment: Floats) -> tuple[Floats, Floats]:
    """Heating and cooling slope of each model."""
    points = len(norm) // 2
    heat, cool = moment[pairs.heating], moment[pairs.cooling + points]
    by_heat = (heat * pairs.cooling_norm - cool * pairs.cross) / pairs.determinant
    by_cool = (cool * pairs.heating_norm - heat * pairs.cross) / pairs.determinant
    single, zeros = moment / norm, np.zeros(points)
    return (
        np.concatenate([[0.0], single[:points], zeros, by_heat]),
        np.concatenate([[0.0], zeros, single[points:], by_cool]),
    )


def _candidates(
    slopes: tuple[Floats, Floats], moment: Floats, rest: float, enough: Booleans
) -> Candidates:
    points = len(moment) // 2
    family, heating, cooling = _places(points)
    heating_slope, cooling_slope = slopes
    explained = heating_slope * moment[heating] + cooling_slope * moment[cooling + points]
    heat_fits = (family & _HEATS == 0) | ((heating_slope > 0) & enough[heating])
    cool_fits = (family & _COOLS == 0) | ((cooling_slope > 0) & enough[cooling + points])
    return Candidates(
        family=family,
        heating=heating,
        cooling=cooling,
        heating_slope=heating_slope,
        cooling_slope=cooling_slope,
        rss=np.maximum(rest - explained, 0.0),
        allowed=heat_fits & cool_fits,
    )
