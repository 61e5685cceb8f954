"""The page How many channels in words: what is lost at a width, whether the layer is one-to-one, and what that means."""

from __future__ import annotations

import math

from manifold import ACTIVATIONS
from manifold.layer.activations import loss_kind
from manifold.text import named, percent, say, small_share
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
from manifold.ui.pages.channels.views import Channels, ChannelSetting

_SOME, _FEW = 0.01, 1e-6  # shares lost above which a loss is worth an effort, and below which nobody will see it
_PREDICTED = next(entry.ratio for entry in INJECTIVITY_THRESHOLDS if entry.kind == "prediction")
_NEVER = max(entry.ratio for entry in INJECTIVITY_THRESHOLDS if entry.kind == "lower bound")
_ALWAYS = min(entry.ratio for entry in INJECTIVITY_THRESHOLDS if entry.kind == "upper bound")


def one_to_one(setting: ChannelSetting, width: int) -> tuple[str, str]:
    """Whether a random layer keeps every two points apart: a word, and a sentence with the number behind it."""
    f, dim, title = ACTIVATIONS[setting.activation], setting.dim, named(ACTIVATIONS, setting.activation)
    if f.one_to_one:
        return say("number.yes"), say("channels.one-to-one.all", activation=title, dim=dim)
    if math.isfinite(f.high):
        return say("number.no"), say("channels.one-to-one.ends", activation=title)
    if not f.only_side_elsewhere:
        return say("number.open"), say("channels.one-to-one.origins", activation=title)
    if dim == 2:
        chance = percent(injective_probability(width))
        return chance, say("channels.one-to-one.plane", chance=chance, width=width)
    if width < least_injective_width(dim):
        return say("number.no"), say("channels.one-to-one.narrow", dim=dim, least=least_injective_width(dim))
    return _many_dimensions(width, dim)


def _many_dimensions(width: int, dim: int) -> tuple[str, str]:
    """ReLU with d > 2: by the mean number of lost regions if it is small, else by what is known of many dimensions."""
    regions = expected_lost_regions(width, dim)
    if regions < _SOME:
        return say("number.yes"), say("channels.one-to-one.few", share=small_share(regions))
    lost = say("channels.regions", regions=f"{regions:.2g}") if regions < 1e4 else say("channels.regions.many")
    answer, known = _known(width / dim, dim)
    return answer, f"{lost} {known}"


def _known(ratio: float, dim: int) -> tuple[str, str]:
    """What is known of ReLU at n/d as d grows."""
    here = f"{ratio:.3g}"
    if ratio < _NEVER:
        return say("number.no"), say("channels.known.never", ratio=_NEVER, here=here, dim=dim)
    if ratio < _PREDICTED:
        return say("channels.answer.hardly"), say("channels.known.hardly", ratio=_PREDICTED, here=here, dim=dim)
    if ratio < _ALWAYS:
        return say("channels.answer.likely"), say("channels.known.likely", ratio=_PREDICTED, here=here, dim=dim)
    return say("channels.answer.likely"), say("channels.known.always", ratio=_ALWAYS, here=here, dim=dim)


def lost_words(setting: ChannelSetting, shown: Channels, width: int) -> str:
    """What share is lost, and of which kind the number is."""
    f, share = ACTIVATIONS[setting.activation], small_share(shown.lost(width))
    if f.one_to_one:
        return say("channels.lost.nothing")
    if not f.only_side_elsewhere:
        lost = say("channels.lost.at-most", share=share)
    elif math.isfinite(f.high):
        lost = say("channels.lost.at-this-size", share=share)
    else:
        lost = say("channels.lost.share", share=share)
    return f"{lost} {_measured(shown, width)}"


def _measured(shown: Channels, width: int) -> str:
    """What was measured."""
    place, draws = shown.place(width), shown.curves.draws
    lost, margin = 100.0 * shown.curves.lost[place], 100.0 * shown.curves.margin[place]
    if not lost:
        return say("channels.measured.none", count=draws)
    return say("channels.measured", count=draws, share=f"{lost:.2g}", margin=f"{margin:.1g}")


def bottleneck_words(setting: ChannelSetting, shown: Channels, width: int) -> str:
    """What the width means for a bottleneck of that many channels, and for a block around one of d channels."""
    lost, dim, title = shown.lost(width), setting.dim, named(ACTIVATIONS, setting.activation)
    share = _most(setting, lost)
    if lost <= 0.0:
        return say("channels.bottleneck.nothing", activation=title)
    if lost > _SOME:
        advice = say("channels.bottleneck.much", activation=title, share=share, dim=dim)
    elif lost > _FEW:
        advice = say("channels.bottleneck.little", share=share)
    else:
        advice = say("channels.bottleneck.none", share=share)
    if not ACTIVATIONS[setting.activation].keeps_values or width == dim:
        return advice
    return f"{advice} {say('channels.bottleneck.inside', dim=dim, share=small_share(collapsed_fraction(dim, dim)))}"


def _most(setting: ChannelSetting, lost: float) -> str:
    """A share lost, or the most that it can be where it is only bounded."""
    share = small_share(lost)
    return share if ACTIVATIONS[setting.activation].only_side_elsewhere else say("channels.at-most", share=share)


def advice_words(setting: ChannelSetting, shown: Channels, width: int) -> str:
    """Whether more channels would help, or a further layer."""
    lost = shown.lost(width)
    if lost <= 0.0:
        return say("channels.advice.nothing")
    if math.isfinite(ACTIVATIONS[setting.activation].high) and lost > _SOME:
        better = [int(n) for n in shown.curves.widths if shown.lost(int(n)) <= _SOME]
        return say("channels.advice.at-this-size", some=better[0]) if better else say("channels.advice.smaller")
    if loss_kind(ACTIVATIONS[setting.activation]) == "size":  # for which no width is known to be enough
        return say("channels.advice.enough-here")
    some, few = sufficient_width(setting.dim, _SOME), sufficient_width(setting.dim, _FEW)
    if width < some:
        return say("channels.advice.channels", some=some, few=few)
    return say("channels.advice.enough", few=few) if width < few else say("channels.advice.plenty")


def bound_words(width: int, dim: int) -> str:
    """The paper's bound at one width."""
    lost, bound = f"{-log2_collapsed_fraction(width, dim):.1f}", f"{width / 2:g}"
    verdict = "channels.bound.holds" if paper_bound_holds(width, dim) else "channels.bound.fails"
    return say(verdict, width=width, dim=dim, lost=lost, bound=bound)


def verdict(setting: ChannelSetting, shown: Channels, width: int) -> str:
    """Everything that the page says about a width."""
    return say(
        "channels.verdict",
        width=width,
        lost=lost_words(setting, shown, width),
        one_to_one=one_to_one(setting, width)[1],
        bottleneck=bottleneck_words(setting, shown, width),
        advice=advice_words(setting, shown, width),
    )
