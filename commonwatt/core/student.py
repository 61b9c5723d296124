"""Quantiles and probabilities of Student's t and of the normal distribution."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

from commonwatt.errors import SeriesError

_NORMAL = NormalDist()
_MANY_DEGREES = 2000.0
_CLOSE = 1e-15
_TINY = 1e-300
_ROUNDS = 60
_FRACTIONS = 2000


def normal_quantile(probability: float) -> float:
    """Give the value that a standard normal variable stays below with a probability.

    Parameters
    ----------
    probability : float
        Strictly between 0 and 1.

    Returns
    -------
    float
        Wichura's algorithm AS 241, as the standard library has it.

    Raises
    ------
    SeriesError
        If the probability is not strictly between 0 and 1.
    """
    _check_probability(probability)
    return _NORMAL.inv_cdf(probability)


def t_quantile(probability: float, degrees: float) -> float:
    """Give the value that Student's t stays below with a probability.

    Parameters
    ----------
    probability : float
        Strictly between 0 and 1; 0.95 for an interval of 90 %.
    degrees : float
        Degrees of freedom, above 0; fractions and infinity are allowed.

    Returns
    -------
    float
        Relative error below 1e-11.

    Raises
    ------
    SeriesError
        If the probability is not strictly between 0 and 1, or degrees are not above 0.

    Notes
    -----
    Newton's method on the logarithm of the tail, which is concave in ln t, from the approximation
    t^2 = n (exp(z^2 (n - 5/6) / (n - 2/3 + 1 / (10 n))^2) - 1). From 2,000 degrees on, the
    expansion of Fisher and Cornish in powers of 1 / n to the fourth.

    References
    ----------
    Abramowitz and Stegun (1964), 26.7.5 and 26.5.8. Peizer and Pratt (1968) for the approximation.
    """
    _check_probability(probability)
    if not degrees > 0:
        raise SeriesError(f"degrees of freedom above 0 were expected, not {degrees:g}")
    return _quantile(probability, degrees)


def t_cdf(value: float, degrees: float) -> float:
    """Give the probability that Student's t stays below a value.

    Parameters
    ----------
    value : float
        Finite.
    degrees : float
        Degrees of freedom, above 0; infinity is the normal distribution.

    Returns
    -------
    float
        1 - I_x(n / 2, 1 / 2) / 2 with x = n / (n + value^2) for a value above 0.

    Raises
    ------
    SeriesError
        If the degrees are not above 0 or the value is not finite.

    References
    ----------
    Abramowitz and Stegun (1964), 26.7.1 and 26.5.8.
    """
    if not degrees > 0 or not math.isfinite(value):
        raise SeriesError(f"a finite value and degrees above 0 were expected: {value}, {degrees}")
    if math.isinf(degrees):
        return _NORMAL.cdf(value)
    if value == 0:
        return 0.5
    tail = _tail(abs(value), degrees)
    return 1 - tail if value > 0 else tail


def _check_probability(probability: float) -> None:
    if not 0 < probability < 1:
        raise SeriesError(f"a probability strictly between 0 and 1 was expected, not {probability}")


@lru_cache(maxsize=4096)
def _quantile(probability: float, degrees: float) -> float:
    if probability == 0.5:
        return 0.0
    normal = _NORMAL.inv_cdf(probability)
    if degrees >= _MANY_DEGREES:
        return _expansion(normal, degrees)
    tail = min(probability, 1 - probability)
    return math.copysign(_inverse_tail(tail, abs(normal), degrees), normal)


def _expansion(normal: float, degrees: float) -> float:
    """Follow 26.7.5 of Abramowitz and Stegun."""
    z, square = normal, normal * normal
    terms = (
        (square + 1) * z / 4,
        ((5 * square + 16) * square + 3) * z / 96,
        (((3 * square + 19) * square + 17) * square - 15) * z / 384,
        ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) * z / 92160,
    )
    return z + sum(term / degrees**power for power, term in enumerate(terms, 1))


def _inverse_tail(tail: float, normal: float, degrees: float) -> float:
    """Find the t above 0 that is exceeded with the probability `tail`."""
    stretch = max(degrees - 5 / 6, 0.05) / (degrees - 2 / 3 + 0.1 / degrees) ** 2
    t = math.sqrt(degrees * math.expm1(min(normal * normal * stretch, 100.0)))
    for _ in range(_ROUNDS):
        found = _tail(t, degrees)
        step = (math.log(found) - math.log(tail)) * found / (t * _density(t, degrees))
        t *= math.exp(max(min(step, 5.0), -5.0))
        if abs(step) < 1e-13:
            break
    return t


def _density(t: float, degrees: float) -> float:
    log_scale = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)
    log_kernel = -(degrees + 1) / 2 * math.log1p(t * t / degrees)
    return math.exp(log_scale + log_kernel) / math.sqrt(degrees * math.pi)


def _tail(t: float, degrees: float) -> float:
    """Give the probability that t is exceeded, for t above 0; exact in the far tail as well."""
    ratio = t * t / degrees
    first, second = degrees / 2, 0.5
    x, rest = 1 / (1 + ratio), ratio / (1 + ratio)
    if x < (first + 1) / (first + second + 2):
        return _beta_share(x, rest, first, second) / 2
    return (1 - _beta_share(rest, x, second, first)) / 2


def _beta_share(x: float, rest: float, a: float, b: float) -> float:
    """Give I_x(a, b), the regularised incomplete beta function; rest = 1 - x, told exactly."""
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    log_front += a * math.log(x) + b * math.log(rest)
    return math.exp(log_front) / a * _continued_fraction(x, a, b)


def _continued_fraction(x: float, a: float, b: float) -> float:
    """Sum the continued fraction 26.5.8 by the method of Lentz."""
    upper, lower = 1.0, 1 / (_away_from_zero(1 - (a + b) * x / (a + 1)))
    product = lower
    for m in range(1, _FRACTIONS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            lower = 1 / _away_from_zero(1 + term * lower)
            upper = _away_from_zero(1 + term / upper)
            product *= lower * upper
        if abs(lower * upper - 1) < _CLOSE:
            break
    return product


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
