"""What an exact decoder leaves open where too few channels are active, as a share of the variance."""

from __future__ import annotations

import math

import numpy as np

from manifold.checks import Floats, Mask

_MOST = 256  # positions looked at, each of which takes a factorisation


def lost_variance(values: Floats, active: Mask, *, inputs: int | None = None) -> float:
    """Mean |z - z_hat|^2 over mean |z - m|^2, for the decoder that knows the active channels exactly.

    Symbols: z the pre-activations (n,), m and S their mean and covariance, A the active channels of a position. The decoder
    takes z_A as it is and, for the rest, the mean of a Gaussian under which all of z has mean m and covariance S:
    z_hat = m + S_.A S_AA^+ (z_A - m_A). S has the rank r of the layer before, and where r channels in general position are
    active nothing is left open. S is estimated from the N positions themselves, which makes the error (N - 1 - |A|) / (N - 1)
    of what it would be on others (the law of a Wishart matrix's Schur complement); that factor is undone.

    Parameters
    ----------
    values : ndarray of shape (N, n)
        Pre-activations z, a position per row.
    active : ndarray of bool, shape (N, n)
        Where the output of the activation tells its pre-activation.
    inputs : int, optional
        Channels that the layer before reads: a bound of r.

    Returns
    -------
    float
        From 0; NaN where N - 1 <= 2 r, so that too little is known of S, and where all positions are the same.
    """
    count, channels = values.shape
    if count - 1 <= 2 * min(channels, inputs or channels):
        return math.nan
    centred = np.asarray(values - values.mean(axis=0), dtype=np.float64)
    variances, basis = _directions(centred)
    rank = len(variances)
    if rank == 0 or count - 1 <= 2 * rank:
        return math.nan
    loadings = basis * np.sqrt(variances)[:, None]  # (r, n): z = m + loadings^T u, with u standard normal
    u = centred @ basis.T / np.sqrt(variances)  # (N, r)
    places = np.unique(np.linspace(0, count - 1, min(count, _MOST)).astype(int))
    lost = 0.0
    for place in places:
        known = active[place]
        number = int(known.sum())
        if number < rank:
            # of u the active channels tell the part in the space of their loadings
            directions = np.linalg.qr(loadings[:, known])[0]
            rest = u[place] - directions @ (directions.T @ u[place])
            lost += float(variances @ rest**2) * (count - 1) / (count - 1 - number)
    return lost / len(places) / float(variances.sum())


def _directions(centred: Floats) -> tuple[Floats, Floats]:
    """Variances (r,) and unit directions (r, n) of what varies beyond the rounding of single precision."""
    count, channels = centred.shape
    wide = count < channels
    gram = centred @ centred.T if wide else centred.T @ centred
    squares, vectors = np.linalg.eigh(gram)
    kept = squares > max(squares[-1], 0.0) * (np.finfo(np.float32).eps * max(centred.shape)) ** 2
    squares, vectors = squares[kept], vectors[:, kept]
    basis = (vectors / np.sqrt(squares)).T @ centred if wide else vectors.T
    return squares / (count - 1), basis
