"""What stands out at a site, in sentences that name it, the number and what the number means."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from manifold.checks import Sentence

_NOTABLE = 0.01  # share of values or positions from which on it is said


def judge(row: Mapping[str, Any]) -> Iterator[Sentence]:
    """Sentences on a row of the table."""
    if row["not_finite"]:
        yield Sentence(
            "{site}: {not_finite} values are NaN or infinite; positions with one are left out of the sample, and it counts as "
            "not active",
            **row,
        )
    if math.isfinite(row["low"]):
        yield from _channels(row)
    if row["at_high"] >= _NOTABLE:
        yield Sentence(
            "{site}: at {high:g} or above in {at_high:.1%} of values, which come out alike: the input is too large, or a batch "
            "norm's gamma",
            **row,
        )
    if row["k"] < row["channels"]:  # not so for NaN
        yield _expansion(row)


def _channels(row: Mapping[str, Any]) -> Iterator[Sentence]:
    if row["dead"]:
        yield Sentence(
            "{site}: of {channels} channels {dead} did not fire at any of {counted:,} positions; "
            "the next layer reads constants",
            **row,
        )
    if row["always_on"] and math.isinf(row["high"]):
        yield Sentence(
            "{site}: of {channels} channels {always_on} fired at each of {counted:,} positions; "
            "the activation does nothing there",
            **row,
        )


_ENOUGH = (
    "{site}: at least {fewest} of {channels} channels are active at every position, and {k} went in; "
    "of the variance {lost_variance:.2%} is lost",
    "{site}: at least {fewest} of {channels} channels are active at every position, and {k} went in; "
    "what that loses, too few positions tell",
)
_FEW = (
    "{site}: {below_k:.1%} of positions have fewer than {k} active channels, as many as went in; "
    "of the variance {lost_variance:.2%} is lost",
    "{site}: {below_k:.1%} of positions have fewer than {k} active channels, as many as went in; "
    "what that loses, too few positions tell",
)
"""Where the variance that is lost is known, and where it is not."""


def _expansion(row: Mapping[str, Any]) -> Sentence:
    """Whether enough channels are active for what went in, and what else is lost."""
    row = {**row, "k": int(row["k"]), "fewest": round(row["active_least"] * row["channels"])}
    return Sentence((_FEW if row["below_k"] else _ENOUGH)[math.isnan(row["lost_variance"])], **row)
