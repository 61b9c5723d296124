"""Least squares whose errors go together within clusters, corrected for few clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from commonwatt.errors import SeriesError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_SINGULAR = 1e-9


@dataclass(frozen=True, slots=True)
class Contrast:
    """A combination of coefficients, its standard error, and the degrees of freedom of its t."""

    value: float
    standard_error: float
    degrees: float


@dataclass(frozen=True, slots=True, eq=False)
class ClusteredFit:
    """A regression by least squares, with the clusters of its rows.

    Parameters
    ----------
    design : (n, k) float64
        Columns, of full rank.
    residual : (n,) float64
        What the columns do not explain.
    coefficients : (k,) float64
        Of the columns.
    cluster : (n,) int64
        Cluster of each row, numbered from 0 without holes.
    """

    design: Floats
    residual: Floats
    coefficients: Floats
    cluster: NDArray[np.int64]

    @classmethod
    def of(
        cls, design: Floats, response: Floats, cluster: NDArray[np.int64], weight: Floats
    ) -> ClusteredFit:
        """Fit by weighted least squares.

        Parameters
        ----------
        design : (n, k) float64
            Columns.
        response : (n,) float64
            What is explained.
        cluster : (n,) int64
            Any numbers; rows of one number belong together.
        weight : (n,) float64
            0 or more.

        Returns
        -------
        ClusteredFit
            Rows multiplied by the root of their weight, and then ordinary least squares.

        Raises
        ------
        SeriesError
            If the columns are not of full rank.
        """
        root: Floats = np.sqrt(weight)
        columns, values = design * root[:, None], response * root
        if np.linalg.matrix_rank(columns) < columns.shape[1]:
            raise SeriesError(f"{columns.shape[1]} columns of full rank were expected")
        coefficients = np.asarray(np.linalg.lstsq(columns, values, rcond=None)[0], np.float64)
        number = np.unique(cluster, return_inverse=True)[1].astype(np.int64)
        return cls(columns, values - columns @ coefficients, coefficients, number)

    def contrast(self, direction: Floats) -> Contrast:
        """Give a combination of coefficients with its error.

        Parameters
        ----------
        direction : (k,) float64
            Weight of each coefficient.

        Returns
        -------
        Contrast
            The error is `CR2`, the degrees of freedom are those of Satterthwaite.

        Notes
        -----
        With B = (X'X)^-1, l_g = (I - X_g B X_g')^(-1/2) X_g B c and e the residuals,
        variance = sum_g (l_g' e_g)^2. If errors were independent with one variance, the matrix
        M_gh = [g = h] l_g' l_g - (X_g' l_g)' B (X_h' l_h) would give it tr(M)^2 / tr(M^2) degrees.

        References
        ----------
        Bell and McCaffrey (2002), Bias reduction in standard errors for linear regression with
        multi-stage samples. Pustejovsky and Tipton (2018).
        """
        inverse = np.asarray(np.linalg.inv(self.design.T @ self.design), np.float64)
        loading = self._corrected(inverse, self.design @ (inverse @ direction))
        clusters = int(self.cluster.max()) + 1
        score = np.bincount(self.cluster, loading * self.residual, minlength=clusters)
        square = np.bincount(self.cluster, loading**2, minlength=clusters)
        pulls = np.stack(
            [
                np.bincount(self.cluster, column * loading, minlength=clusters)
                for column in self.design.T
            ],
            axis=1,
        )
        spread = np.diag(square) - pulls @ inverse @ pulls.T
        trace, squared = float(np.trace(spread)), float((spread**2).sum())
        return Contrast(
            value=float(direction @ self.coefficients),
            standard_error=float(np.sqrt(score @ score)),
            degrees=trace**2 / squared if squared > 0 else 0.0,
        )

    def _corrected(self, inverse: Floats, loading: Floats) -> Floats:
        """Multiply the loading of each cluster by (I - H_gg)^(-1/2)."""
        sizes = np.bincount(self.cluster)
        hat = np.einsum("ij,jk,ik->i", self.design, inverse, self.design)
        corrected = np.where(hat < 1 - _SINGULAR, loading / np.sqrt(np.maximum(1 - hat, 1e-12)), 0)
        for number in np.flatnonzero(sizes > 1):
            rows = np.flatnonzero(self.cluster == number)
            block = self.design[rows]
            values, vectors = np.linalg.eigh(np.eye(len(rows)) - block @ inverse @ block.T)
            power = np.where(values > _SINGULAR, 1 / np.sqrt(np.maximum(values, _SINGULAR)), 0.0)
            corrected[rows] = vectors @ (power * (vectors.T @ loading[rows]))
        return corrected
