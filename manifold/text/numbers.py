"""How numbers are written for readers: shares, errors, and what is too small to be written."""

from __future__ import annotations

import math

from manifold.text.catalogue import say

_NEGLIGIBLE = 1e-9
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def percent(value: float) -> str:
    """A share in whole percents, but never 0% or 100% for what is neither, beyond rounding."""
    whole = round(100.0 * value)
    if whole == 0 and abs(value) > _NEGLIGIBLE:
        return "< 1%" if value > 0.0 else "> −1%"
    if whole == 100 and value < 1.0 - _NEGLIGIBLE:
        return "> 99%"
    return f"{whole}%".replace("-", "−")


def small_share(share: float) -> str:
    """A share of points: per cent, or one in how many where it is small."""
    if share <= 0.0:
        return say("number.none")
    if share >= 0.095:
        return percent(share)
    if share >= 0.001:
        return f"{100.0 * share:.2g}%"
    return one_in(share)


def one_in(share: float) -> str:
    """A share above 0 as one in how many, two digits that count."""
    many = 1.0 / share
    if many < 1e6:
        return say("number.one-in", many=f"{float(f'{many:.2g}'):,.0f}")
    power = math.floor(math.log10(many))
    return say("number.one-in", many=f"{many / 10.0**power:.1f} · 10{str(power).translate(_SUPERSCRIPT)}")


def share_number(share: float) -> str:
    """A share per cent, with two digits where it is small, and as a power of ten where it is as good as nothing."""
    if share >= 0.095 or share <= 0.0:
        return percent(share)
    return f"{100.0 * share:.2g}%" if share >= 1e-4 else power_of_ten(share)


def power_of_ten(value: float) -> str:
    """A small number above 0 as 2.9 × 10⁻⁸."""
    digits, power = f"{value:.1e}".split("e")
    return f"{digits} × 10{str(int(power)).translate(_SUPERSCRIPT)}"


def error_number(value: float) -> str:
    """An NMSE with two digits that count, on one line."""
    return f"{value:.2g}" if value >= 1e-3 else "<\N{NO-BREAK SPACE}0.001"


def map_error(value: float) -> str:
    """An error of a map, two digits; what is no more than rounding, or as good as nothing on a projector, is "< 0.0001"."""
    return f"{value:.2g}" if value >= 1e-4 else "< 0.0001"


def r_squared(value: float) -> str:
    """R², or a cosine, with two digits, and a minus that is one."""
    return f"{value + 0.0:.2f}".replace("-0.00", "0.00").replace("-", "−")


def dimension_number(value: float) -> str:
    """A dimension, with a decimal where it is small."""
    return f"{value:.1f}" if value < 9.95 else f"{value:.0f}"
