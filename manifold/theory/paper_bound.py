"""The bound that closes Appendix A of MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), and where it holds."""

from __future__ import annotations

import math

from manifold.checks import check_count
from manifold.theory.points import MOST_ROWS, check_width_and_dim, lost_patterns


def paper_bound(width: int) -> float:
    """1 - 2^(-n/2), the closing bound of Sandler, Appendix A, on the recoverable share.

    It is false where n/d is small: at d = 16, n = 96 the share lost is 2^-38.9, more than 2^-48. See `paper_bound_holds`.
    """
    return 1.0 - math.pow(2.0, -check_count(width, "width", minimum=1, maximum=MOST_ROWS) / 2)


def paper_bound_holds(width: int, dim: int) -> bool:
    """Whether the share lost is at most 2^(-n/2), as Sandler, Appendix A, closes: (sum_{k<d} C(n, k))^2 <= 2^n, in integers.

    At d = 1 always; at any other d not for narrow layers, and from one width on for all wider ones. That width over d rises
    from 3 at d = 2 to `paper_bound_threshold` as d grows. Arguments and errors as for `recoverable_fraction`.
    """
    n, d = check_width_and_dim(width, dim)
    return lost_patterns(n, d) ** 2 <= 1 << n


def paper_bound_threshold() -> float:
    """The n/d above which the paper's bound holds as d grows: 9.0886, where the binary entropy H(d/n) is 1/2.

    For d <= n/2, log2 sum_{k<d} C(n, k) = n H(d/n) - O(log n) with H(p) = -p log2 p - (1 - p) log2(1 - p). The share lost,
    2^(-n (1 - H)) but for powers of n, is at most 2^(-n/2) iff H <= 1/2. H rises on (0, 1/2), so halving intervals finds p.
    """
    low, high = 0.0, 0.5
    while low < (middle := (low + high) / 2.0) < high:
        entropy = -middle * math.log2(middle) - (1.0 - middle) * math.log2(1.0 - middle)
        low, high = (middle, high) if entropy < 0.5 else (low, middle)
    return 1.0 / high
