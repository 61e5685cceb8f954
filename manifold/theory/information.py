"""What a random layer y = f(T x) keeps near a point: Fisher information, entropy, and bounds on how distances change.

n is the width (rows of T), d the dimension of x, J the Jacobian of x -> f(T x). `manifold.theory` offers these names too.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from manifold.checks import Floats, check_array, check_count, check_number, fault
from manifold.layer.activations import ACTIVATIONS, LEAKY_SLOPE
from manifold.theory.points import MOST_ROWS, pattern_weights

LIPSCHITZ_LIMITS = (0.5, math.sqrt(0.5))
"""Least and greatest |relu(T x) - relu(T y)| / (sqrt(n) |x - y|) over all x and y, as n grows; T Gaussian, d fixed.

For unit x and y at an angle a the squared difference over n tends to 1 - (sin a + (pi - a) cos a) / pi (Cho and Saul 2009, the
arc-cosine kernel of order 1), and |x - y|^2 = 2 - 2 cos a. The ratio of the two is 1/4 at a = pi, that is for x and -x, and
rises to 1/2 as a falls to 0. So even at large n ReLU changes the proportions of distances, by a factor of up to sqrt(2).
"""

_REACH = 12.0  # standard deviations beyond which the normal law weighs less than float64 can tell
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_PANELS = 64


def expected_information_share(activation: str, size: float = 1.0, *, dim: int | None = None) -> float:
    """Mean share of the Fisher information tr(J^T J) of the linear layer T x that f leaves, for Gaussian rows and |x| = size.

    With noise of a fixed size on y, J^T J / variance is the Fisher information about x. J^T J = sum_i f'(t_i.x)^2 t_i t_i^T,
    where t_i.x = size g with g standard normal, and the part of t_i across x does not depend on g. So, over E tr(T^T T) = n d,

        share = E f'(size g)^2 (1 + (g^2 - 1) / d),    E f'(size g)^2 as d grows

    The latter is also the share in every single direction at right angles to x, at any d. ReLU: 1/2 whatever d; leaky ReLU of
    slope a: (1 + a^2)/2; ReLU6: Phi(6 / size) - 1/2 as d grows.

    Parameters
    ----------
    activation : str
        Its name in `ACTIVATIONS`.
    size : float, default=1
        |x|, above 0.
    dim : int, optional
        d, at least 1; the limit as d grows if left out.

    Returns
    -------
    float
        To about 14 digits. Between 0 and 1 for activations of slope at most 1; SiLU, GELU and h-swish rise somewhat faster.

    Raises
    ------
    TypeError, ValueError
        If a number is out of range, or the slope of the activation is not known here.
    """
    slope = ACTIVATIONS[activation].slope
    if slope is None:
        raise fault(
            ValueError, "the slope of activation {activation!r} is not known; give its entry a `slope`", activation=activation
        )
    r = check_number(size, "size", above=0.0)
    along = 0.0 if dim is None else 1.0 / check_count(dim, "dim", minimum=1)
    low, high = (min(max(z / r, -_REACH), _REACH) for z in (slope.low, slope.high))
    left, right = (_tail(-low, along), _tail(high, along))
    return slope.left**2 * left + slope.right**2 * right + _middle(slope.between, r, low, high, along)


def _tail(start: float, along: float) -> float:
    """E (1 + along (g^2 - 1)) over g > start: Q(start) + along start phi(start)."""
    return 0.5 * math.erfc(start / math.sqrt(2.0)) + along * start * _density(start)


def _middle(slope: Callable[[Floats], Floats], size: float, low: float, high: float, along: float) -> float:
    """E slope(size g)^2 (1 + along (g^2 - 1)) over low < g < high, by Gauss-Legendre on equal panels."""
    edges = np.linspace(low, high, _PANELS + 1)
    half = np.diff(edges)[:, None] / 2.0
    g = edges[:-1, None] + half * (1.0 + _NODES)  # (panels, nodes)
    density = np.exp(-0.5 * g * g) / math.sqrt(2.0 * math.pi)
    return float((half * _WEIGHTS * slope(size * g) ** 2 * (1.0 + along * (g * g - 1.0)) * density).sum())


def _density(g: float) -> float:
    """Standard normal density."""
    return math.exp(-0.5 * g * g) / math.sqrt(2.0 * math.pi)


def expected_entropy_loss(width: int, dim: int) -> float:
    """Mean loss of differential entropy through ReLU after a Gaussian T, in bits, at points that are not lost.

    A map with Jacobian J adds E log2 sqrt(det J^T J) to the entropy of x, so against the linear layer ReLU loses

        E [log2 det T^T T - log2 det T_A^T T_A] / 2,  A the active rows, given that they are d or more

    |A| is binomial. An active row is a Gaussian one but for its sign, which t t^T does not show, so T_A^T T_A is Wishart with
    |A| degrees of freedom: E ln det = d ln 2 + sum_{i<d} psi((|A| - i)/2), psi being the digamma function. The loss tends to
    d/2 bits as n grows, half of the rows being active.

    Parameters
    ----------
    width : int
        n, at least `dim`, at most 10 000.
    dim : int
        d, at least 1.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        If a number is no integer or out of range.
    """
    d = check_count(dim, "dim", minimum=1)
    reason = f" (dim, {d}: fewer rows lose every point)"
    n = check_count(width, "width", minimum=d, maximum=MOST_ROWS // 10, reason=reason)
    psi = _digamma_halves(n)

    def log_volume(rows: int) -> float:
        """E ln det of a Wishart matrix of so many degrees of freedom, up to a constant."""
        return math.fsum(psi[rows - d + 1 : rows + 1])

    patterns = list(pattern_weights(n, n + 1))[d:]
    kept = sum(patterns)
    mean = math.fsum(count / kept * log_volume(k) for k, count in enumerate(patterns, d))
    return (log_volume(n) - mean) / (2.0 * math.log(2.0))


def _digamma_halves(count: int) -> list[float]:
    """[0, psi(1/2), psi(2/2), .. psi(count/2)] + Euler's constant, by psi(x + 1) = psi(x) + 1/x."""
    values = [0.0, -2.0 * math.log(2.0), 0.0]
    for k in range(3, count + 1):
        values.append(values[k - 2] + 2.0 / (k - 2))
    return values


def linear_noise_nmse(matrix: ArrayLike, noise: float) -> float:
    """Least mean NMSE with which x can be read from T x + noise: tr (1 + T^T T / s^2)^-1 / d, x standard Gaussian.

    Prior and noise are Gaussian, so the posterior of x is too. Its precision is the sum of theirs, 1 + T^T T / s^2, whatever
    was seen; its mean is the best answer, which errs by the trace of its variance, of |x|^2 = d in the mean. For f(T x) + noise
    with another f there is no such formula: see the experiment `noise`.

    Parameters
    ----------
    matrix : array-like of shape (n, d)
        T.
    noise : float
        s, the standard deviation of the noise on every output, above 0.

    Returns
    -------
    float
        1 if T is 0, near s^2 tr (T^T T)^-1 / d for small noise.

    Raises
    ------
    TypeError, ValueError
        If `matrix` is not a finite (n, d) array or `noise` is not above 0.
    """
    rows = check_array(matrix, "matrix", shape="(n, d)")
    s = check_number(noise, "noise", above=0.0)
    variance = np.linalg.inv(np.eye(rows.shape[1]) + (rows / s).T @ (rows / s))
    return float(np.diag(variance).mean())


def leaky_lower_bound(matrix: ArrayLike, slope: float = LEAKY_SLOPE) -> float:
    """Bound on how close leaky ReLU brings two points: |f(T x) - f(T y)| >= min(1, slope) sigma_min(T) |x - y|.

    f rises by at least min(1, slope) of z everywhere, so the bound holds row by row. It is positive iff rank(T) = d: then the
    layer is one-to-one, with n = d rows as well.

    Parameters
    ----------
    matrix : array-like of shape (n, d)
        T.
    slope : float, default=LEAKY_SLOPE
        That of the negative side, at least 0, which is ReLU and gives 0.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        If `matrix` is not a finite (n, d) array or `slope` is negative.
    """
    rows = check_array(matrix, "matrix", shape="(n, d)")
    a = check_number(slope, "slope", above=0.0, inclusive=True)
    return min(1.0, a) * float(np.linalg.svd(rows, compute_uv=False)[-1]) if len(rows) >= rows.shape[1] else 0.0
