"""Closed forms: how often a channel of a trained layer is active, and how many of its channels are at one place.

A channel is active where its pre-activation z is above 0, or, for ReLU6, between 0 and 6. At initialisation n channels are
active like n coins, A ~ Binomial(n, 1/2) (`manifold.theory.points`). Training moves every channel's rate, and makes channels
fire together. Here are the steps from there, each with what it takes for known:

    binomial            one rate for all                 A is a sum of equal, independent coins
    Poisson-binomial    a rate for each channel          independent coins of their own
    one factor          and the variance of A            coins that one hidden number turns together
    orthants            mean and covariance of z         mean and variance of A, no law

The coins: z_i = m_i + s_i g_i with g_i standard normal is active iff g_i > -m_i/s_i, at a rate p_i = Phi(m_i/s_i). Behind a
batch norm in evaluation m_i = beta_i and s_i = |gamma_i|, as far as what comes in has the mean and variance of the training:
then no data are needed at all.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats, check_array, check_finite, check_number, check_real, fault, slices
from manifold.theory.points import MOST_ROWS, check_end

_REACH = 8.5  # standard deviations of the factor beyond which the normal law weighs less than 1e-16
_FINEST = 0.002  # least step between values of the factor
_LARGEST = 0.999  # correlation that is fitted
_BLOCK = 1 << 20  # probabilities held at a time


def firing_rate(shift: ArrayLike, scale: ArrayLike, *, low: float = 0.0, high: float = math.inf) -> Floats:
    """P(low < z < high) for z = shift + scale g, g standard normal: Phi((high - b)/|c|) - Phi((low - b)/|c|).

    With low = 0 and no upper end it is Phi(b/|c|): the rate at which a channel behind a batch norm fires, from its offset b =
    beta and its factor c = gamma, without data.

    Parameters
    ----------
    shift, scale : array-like of one shape
        b and c. Where c is 0, z is b.
    low, high : float, default=0, infinity
        Ends of the interval; for ReLU6 without what it cuts, 0 and 6.

    Returns
    -------
    ndarray of the same shape

    Raises
    ------
    TypeError, ValueError
        If an array is not of finite numbers, the shapes differ, or low is not below high.
    """
    from scipy.special import ndtr

    b, c = (check_finite(check_real(values, name), name) for values, name in ((shift, "shift"), (scale, "scale")))
    if b.shape != c.shape:
        raise fault(ValueError, "shift and scale must have one shape, got {shape} and {other}", shape=b.shape, other=c.shape)
    low, high = check_end(low, "low"), check_end(high, "high")
    if not low < high:
        raise fault(ValueError, "low must be below high, got {low:g} and {high:g}", low=low, high=high)
    size = np.where(c == 0.0, 1.0, np.abs(c))
    with np.errstate(over="ignore"):
        spread = ndtr(-(low - b) / size) - ndtr(-(high - b) / size)  # by upper tails, which keep their digits
    return np.asarray(np.where(c == 0.0, (low < b) & (b < high), spread), dtype=np.float64)


def count_law(rates: ArrayLike, correlation: float = 0.0) -> Floats:
    """P(A = 0), .. P(A = n), A being the number of active channels.

    Independent channels: a channel more moves a share p of each probability one place up, L_(j)(a) = (1 - p_j) L_(j-1)(a) + p_j
    L_(j-1)(a - 1), which is the Poisson-binomial law, and the binomial one where all rates are alike. No term is negative, so
    that tiny probabilities are exact, too.

    With one factor, g_i = sqrt(r) F + sqrt(1 - r) e_i of independent standard normal F and e_i, all pairs have the correlation
    r. Given F the channels are independent, with rates Phi((Phi^-1(p_i) + sqrt(r) F) / sqrt(1 - r)), and A has the mean over F
    of their laws (Vasicek's, of loans that fail together). The mean is a sum over equal steps of F, which for a smooth
    integrand that falls like a Gaussian errs less than any power of the step.

    Parameters
    ----------
    rates : array-like of shape (n,)
        p_i, from 0 to 1; n at most `MOST_ROWS` / 10.
    correlation : float, default=0
        r, at least 0 and below 1; `common_correlation` fits it.

    Returns
    -------
    ndarray of shape (n + 1,)

    Raises
    ------
    TypeError, ValueError
        If a number is out of range.
    """
    p, r = _check_rates(rates), check_number(correlation, "correlation", above=0.0, below=1.0, inclusive=True)
    if not r:
        return np.asarray(_independent(p[None])[0])
    factor, weights = _factor(len(p), r)
    law: Floats = np.zeros(len(p) + 1)
    for part in slices(len(factor), _BLOCK // len(p)):
        law += weights[part] @ _independent(_given(p, r, factor[part]))
    return law


def common_correlation(rates: ArrayLike, variance: float) -> float:
    """The correlation r with which `count_law` has this variance; 0 for one that independent channels reach or exceed.

    Var A = Var E(A | F) + E Var(A | F) grows with r: by Plackett's formula the probability that both of two channels are active
    has the derivative phi2(t_i, t_j; r) > 0. So there is one r, which Brent's method finds.

    Parameters
    ----------
    rates : array-like of shape (n,)
        p_i, from 0 to 1.
    variance : float
        Of A, at least 0.

    Returns
    -------
    float
        At least 0 and below 1.

    Raises
    ------
    TypeError, ValueError
        If a number is out of range, or no correlation below 1 gives so large a variance.
    """
    from scipy.optimize import brentq

    p, wanted = _check_rates(rates), check_number(variance, "variance", above=0.0, inclusive=True)
    if wanted <= float((p * (1.0 - p)).sum()):
        return 0.0
    if wanted > (most := _variance(p, _LARGEST)):
        raise fault(
            ValueError,
            "variance must be at most {most:g} with these rates, where all channels fire together, got {variance:g}",
            most=most,
            variance=wanted,
        )
    return float(brentq(lambda r: _variance(p, r) - wanted, 1e-12, _LARGEST, xtol=1e-10))


def count_moments(mean: ArrayLike, covariance: ArrayLike) -> tuple[float, float]:
    """Mean and variance of the number of active channels, from mean and covariance of Gaussian pre-activations.

    E A = sum_i p_i with p_i = Phi(m_i/s_i), and E A^2 sums over all pairs the probability that both are active, an orthant of
    two normal numbers of the pair's correlation: see `orthant_probability`.

    Parameters
    ----------
    mean : array-like of shape (n,)
    covariance : array-like of shape (n, n)
        Symmetric. A channel of variance 0 stays on the side of its mean.

    Returns
    -------
    tuple of float

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit, or the covariance is not symmetric or has a negative variance.
    """
    m, c = check_array(mean, "mean", shape="(n,)"), check_array(covariance, "covariance", shape="(n, n)")
    variance = np.diag(c) if c.shape == (len(m), len(m)) else np.array([-1.0])
    if variance.min() < 0.0 or not np.allclose(c, c.T, rtol=1e-6, atol=1e-9 * float(np.abs(c).max())):
        raise fault(
            ValueError,
            "covariance must be symmetric, of shape {shape}, with no negative variance, got one of shape {other}",
            shape=(len(m), len(m)),
            other=c.shape,
        )
    still = variance == 0.0
    size = np.sqrt(np.where(still, 1.0, variance))
    t = np.where(still, np.where(m > 0.0, np.inf, -np.inf), m / size)
    rates = firing_rate(m, np.sqrt(variance))
    both = orthant_probability(t[:, None], t[None, :], np.clip(c / np.outer(size, size), -1.0, 1.0))
    total = float(rates.sum())
    return total, float((both - np.outer(rates, rates)).sum())


def orthant_probability(first: ArrayLike, second: ArrayLike, correlation: ArrayLike) -> Floats:
    """P(g < h and g' < k) of two standard normal numbers of correlation r: by symmetry also P(g > -h and g' > -k).

    Plackett's formula (1954): its derivative by r is the density at (h, k), so it is Phi(h) Phi(k) + the integral of that
    density from 0 to r. Owen (1956) brings the integral to his function T, which SciPy has:

        (Phi(h) + Phi(k))/2 - T(h, (k - r h)/(h s)) - T(k, (h - r k)/(k s)) - [1/2 if h and k differ in sign],  s^2 = 1 - r^2

    Parameters
    ----------
    first, second, correlation : array-like
        h, k, which may be infinite, and r from -1 to 1; shapes that broadcast.

    Returns
    -------
    ndarray of the broadcast shape

    Raises
    ------
    TypeError, ValueError
        If a value is no number, or a correlation is not from -1 to 1.
    """
    from scipy.special import ndtr, owens_t

    values = ((first, "first"), (second, "second"), (correlation, "correlation"))
    h, k, r = (check_real(value, name) for value, name in values)
    try:
        h, k, r = np.broadcast_arrays(h, k, r)
    except ValueError:
        shapes = (h.shape, k.shape, r.shape)
        raise fault(
            ValueError, "first, second and correlation must have shapes that fit, got {shapes}", shapes=shapes
        ) from None
    if not (np.abs(r) <= 1.0).all() or np.isnan(h).any() or np.isnan(k).any():
        raise ValueError("correlation must be from -1 to 1, and no value NaN")
    limit = np.finfo(np.float64).max ** 0.25
    h, k = (np.clip(np.where(each == 0.0, np.finfo(np.float64).tiny, each), -limit, limit) for each in (h, k))
    s = np.sqrt(np.maximum((1.0 - r) * (1.0 + r), 1e-30))
    with np.errstate(over="ignore"):
        t = owens_t(h, (k / h - r) / s) + owens_t(k, (h / k - r) / s)
    inside = np.asarray(0.5 * (ndtr(h) + ndtr(k)) - t - 0.5 * (h * k < 0.0))
    return np.asarray(np.clip(inside, 0.0, 1.0))


def _check_rates(rates: ArrayLike) -> Floats:
    p = check_array(rates, "rates", shape="(n,)")
    if p.min() < 0.0 or p.max() > 1.0:
        raise fault(ValueError, "rates must be from 0 to 1, got {low:g} to {high:g}", low=float(p.min()), high=float(p.max()))
    if len(p) > MOST_ROWS // 10:
        raise fault(ValueError, "rates must be at most {most}, got {count}", most=MOST_ROWS // 10, count=len(p))
    return p


def _independent(rates: Floats) -> Floats:
    """Laws (M, n + 1) of A for M sets of rates (M, n)."""
    law = np.zeros((len(rates), rates.shape[1] + 1))
    law[:, 0] = 1.0
    for channel, p in enumerate(rates.T[:, :, None], 1):
        moved = law[:, :channel] * p
        law[:, :channel] *= 1.0 - p
        law[:, 1 : channel + 1] += moved
    return law


def _variance(rates: Floats, correlation: float) -> float:
    """Var A = Var E(A | F) + E Var(A | F) with one factor."""
    factor, weights = _factor(len(rates), correlation)
    given = _given(rates, correlation, factor)
    means = given.sum(axis=1)
    return float(weights @ (means**2 + (given * (1.0 - given)).sum(axis=1)) - (weights @ means) ** 2)


def _factor(channels: int, correlation: float) -> tuple[Floats, Floats]:
    """Values of F and their weights, as near to each other as the spread of A given F asks for."""
    step = 1.2 * math.sqrt((1.0 - correlation) / (correlation * channels))  # of F that moves A by a standard deviation
    count = 2 * math.ceil(_REACH / min(max(step, _FINEST), 0.4)) + 1
    values = np.linspace(-_REACH, _REACH, count)
    weights = np.exp(-0.5 * values**2)
    return values, weights / weights.sum()


def _given(rates: Floats, correlation: float, factor: Floats) -> Floats:
    """Rates (M, n) of channels (n,) for values of the factor (M,)."""
    from scipy.special import ndtr, ndtri

    ends = ndtri(rates) + math.sqrt(correlation) * factor[:, None]
    return np.asarray(ndtr(ends / math.sqrt(1.0 - correlation)))
