"""The page How many channels in words: what is lost at a width, whether the layer is one-to-one, and what that means."""

from __future__ import annotations

import math

from manifold import ACTIVATIONS
from manifold.plots import ACTIVATION_TITLES
from manifold.theory import (
    INJECTIVITY_THRESHOLDS,
    collapsed_fraction,
    expected_lost_regions,
    injective_probability,
    least_injective_width,
    log2_collapsed_fraction,
    paper_bound_holds,
    sufficient_width,
)
from manifold.ui.one_draw.layers import percent
from manifold.ui.pages.channels.views import Channels, ChannelSetting

_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_SOME, _FEW = 0.01, 1e-6  # shares lost above which a loss is worth an effort, and below which nobody will see it
_PREDICTED = next(entry.ratio for entry in INJECTIVITY_THRESHOLDS if entry.kind == "prediction")
_NEVER = max(entry.ratio for entry in INJECTIVITY_THRESHOLDS if entry.kind == "lower bound")
_ALWAYS = min(entry.ratio for entry in INJECTIVITY_THRESHOLDS if entry.kind == "upper bound")


def share_words(share: float) -> str:
    """A share of points: per cent, or one in how many where it is small."""
    if share <= 0.0:
        return "none"
    if share >= 0.095:
        return percent(share)
    if share >= 0.001:
        return f"{100.0 * share:.2g}%"
    many = 1.0 / share
    if many < 1e6:
        return f"1 in {float(f'{many:.2g}'):,.0f}"
    power = math.floor(math.log10(many))
    return f"1 in {many / 10.0**power:.1f} · 10{str(power).translate(_SUPERSCRIPT)}"


def one_to_one(setting: ChannelSetting, width: int) -> tuple[str, str]:
    """Whether a random layer keeps every two points apart: a word, and a sentence with the number behind it."""
    f, dim, title = ACTIVATIONS[setting.activation], setting.dim, ACTIVATION_TITLES[setting.activation]
    if keeps_all(setting):
        return "yes", f"{title} never gives two values the same output, and T keeps all {dim} dimensions."
    if math.isfinite(f.high):
        return "no", f"Far enough out every channel of {title} stands at one of its two ends, and all such points look alike."
    if not f.only_side_elsewhere:
        told = "Several channels together can tell them apart; there is no formula for how often they do."
        return "open", f"A negative output of {title} has two origins. {told}"
    if dim == 2:
        chance = percent(injective_probability(width))
        return chance, f"{chance} of all layers of {width} channels keep every two points of the plane apart."
    if width < least_injective_width(dim):
        return "no", f"With {dim} dimensions that takes at least {least_injective_width(dim)} channels."
    return _many_dimensions(width, dim)


def _many_dimensions(width: int, dim: int) -> tuple[str, str]:
    """ReLU with d > 2: by the mean number of lost regions if it is small, else by what is known of many dimensions."""
    regions, ratio = expected_lost_regions(width, dim), width / dim
    if regions < _SOME:
        return "yes", f"At most {share_words(regions)} of all such layers confuse any two points."
    count = f"On average {regions:.2g} regions" if regions < 1e4 else "Very many regions, if tiny ones,"
    answer, known = _known(ratio)
    return answer, f"{count} of space are lost. For many dimensions, {known}; here there are {dim}."


def _known(ratio: float) -> tuple[str, str]:
    """What is known of ReLU at n/d as d grows."""
    if ratio < _NEVER:
        return "no", f"fewer than {_NEVER:g} channels for each are proved to be too few"
    if ratio < _PREDICTED:
        return "hardly", f"fewer than {_PREDICTED:.2f} channels for each are predicted to be too few, without a proof"
    if ratio < _ALWAYS:
        return "likely", f"more than {_PREDICTED:.2f} channels for each are predicted to be enough, without a proof"
    return "likely", f"more than {_ALWAYS:.2f} channels for each are proved to be enough"


def keeps_all(setting: ChannelSetting) -> bool:
    """Whether the activation is one-to-one."""
    f = ACTIVATIONS[setting.activation]
    return math.isinf(f.low) and math.isinf(f.high)


def lost_words(setting: ChannelSetting, shown: Channels, width: int) -> str:
    """What share is lost, and of which kind the number is."""
    if keeps_all(setting):
        return "Nothing: every output says which value it came from. Noise changes that."
    bound = "" if ACTIVATIONS[setting.activation].only_side_elsewhere else "At most "
    size = ", at this size of the input" if setting.activation == "relu6" else ""
    return f"{bound}{share_words(shown.lost(width))} of all points{size}. {_seen(shown, width)}"


def _seen(shown: Channels, width: int) -> str:
    """What was measured."""
    place, draws = shown.place(width), f"{shown.curves.draws:,} draws"
    lost, margin = shown.curves.lost[place], shown.curves.margin[place]
    return f"In {draws} it was {100.0 * lost:.2g}% ± {100.0 * margin:.1g}%." if lost else f"In {draws} not one was."


def bottleneck_words(setting: ChannelSetting, shown: Channels, width: int) -> str:
    """What the width means for a bottleneck of that many channels, and for a block around one of d channels."""
    lost, dim, title = shown.lost(width), setting.dim, ACTIVATION_TITLES[setting.activation]
    share = share_words(lost)
    if lost <= 0.0:
        return f"It could end in {title} and lose no point, as long as there is no noise."
    if lost > _SOME:
        advice = (
            f"Leave the activation out at its end: {title} would take {share} of data with {dim} dimensions, block after block."
        )
    elif lost > _FEW:
        advice = f"An activation at its end takes little, {share}, but gives nothing for it."
    else:
        advice = f"An activation at its end takes no point that anybody would miss, {share}: in wide networks it does no harm."
    if setting.activation not in ("relu", "relu6") or width == dim:
        return advice
    narrow = share_words(collapsed_fraction(dim, dim))
    return f"{advice} If they are the inside of a block around a bottleneck of {dim}, ReLU on those {dim} would take {narrow}."


def advice_words(setting: ChannelSetting, shown: Channels, width: int) -> str:
    """Whether more channels would help, or a further layer."""
    lost = shown.lost(width)
    if lost <= 0.0:
        return "Neither: nothing is lost that they could save."
    if setting.activation == "relu6" and lost > _SOME:
        better = [int(n) for n in shown.curves.widths if shown.lost(int(n)) <= _SOME]
        if not better:
            return "Neither helps at this size of the input, where channels are silent at both ends: make the values smaller."
        return f"Channels: from n = {better[0]} on less than 1% is lost at this size of the input. {_LAYER}"
    some, few = sufficient_width(setting.dim, _SOME), sufficient_width(setting.dim, _FEW)
    if width < some:
        return f"Channels: from n = {some} on less than 1% is lost, from n = {few} on less than one in a million. {_LAYER}"
    if width < few:
        return f"There are enough for most purposes. From n = {few} on less than one point in a million is lost."
    return "Neither: there are more channels than it takes. What a decoder still gets wrong is its own doing."


def bound_words(width: int, dim: int) -> str:
    """The paper's bound at one width."""
    lost, verdict = -log2_collapsed_fraction(width, dim), "holds" if paper_bound_holds(width, dim) else "does not hold"
    return (
        f"Here, with n = {width} and d = {dim}, one point in $2^{{{lost:.1f}}}$ is lost. "
        f"The bound says at most one in $2^{{{width / 2:g}}}$: it **{verdict}**."
    )


_LAYER = "A further layer cannot bring back what this one has lost."
