"""Which of many draws a figure shows: the one whose printed numbers are nearest to all medians."""

from pandas import DataFrame

_UNSEEN = 9  # decimals after which a number is the rounding of arithmetic, which must not choose a draw


def typical_draw(numbers: DataFrame) -> int:
    """The draw, of those in the index, whose numbers, a column each, are nearest to all medians.

    That is, the largest distance from a median, in units of the range of the middle half of the draws, is the smallest.
    """
    seen = numbers.round(_UNSEEN)
    spread = seen.quantile(0.75) - seen.quantile(0.25)
    distances = (seen - seen.median()).abs() / spread.where(spread > 0.0, 1.0)
    return int(seen.index.to_numpy()[distances.max(axis=1).argmin()])


def shown_draw(numbers: DataFrame, shown: str | int) -> int:
    """Draw number `shown`, or for "median" the typical one."""
    return typical_draw(numbers) if shown == "median" else int(shown)
