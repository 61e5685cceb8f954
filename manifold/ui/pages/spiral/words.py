"""The page Spiral in words: what to notice in a view, and why, under this activation, law and decoder."""

from __future__ import annotations

import math

from manifold import ACTIVATIONS, DECODERS, EMBEDDINGS, Activation
from manifold.layer.activations import loss_kind
from manifold.planes.recoveries import decoder_title
from manifold.text import error_number, named, percent, say, section
from manifold.ui.one_draw.layers import WIDTHS, Setting, spiral_frames

_UNBENT = (1.0, 1.0)  # halves of the linear activation


def notice(setting: Setting, view: str) -> str:
    """A list of what to notice in a view."""
    f = ACTIVATIONS[setting.activation]
    if view == "readings":
        seen = [say("spiral.notice.unbent" if f.halves == _UNBENT else "spiral.notice.readings")]
    elif view == "space":
        seen = [say("spiral.notice.space")]
    elif view == "tour":
        seen = [say("spiral.notice.tour"), *_of_tour(f)]
    else:
        seen = [
            say("spiral.notice.linear", symbol=EMBEDDINGS[setting.embedding].symbol),
            _of_decoder(setting),
            *_of_best(setting),
        ]
    if loss_kind(f) != "nothing":
        seen.append(say("spiral.notice.luck.space" if view == "space" else "spiral.notice.luck"))
    if view not in ("space", "tour"):
        seen.append(say("spiral.notice.scale"))
    return "\n".join(f"- {sentence}" for sentence in seen)


def _of_tour(f: Activation) -> list[str]:
    """That an activation bends the sheet, and that both pictures are enlarged alike."""
    bent = [] if f.halves == _UNBENT else [say("spiral.notice.tour.bent", activation=named(ACTIVATIONS, f.name))]
    return [*bent, say("spiral.notice.tour.zoom")]


def _of_decoder(setting: Setting) -> str:
    """What the chosen decoder gets wrong; where f is a z below 0 and b z above, as n grows g T^-1 keeps g (a + b) / 2 of x."""
    f, law, gain = ACTIVATIONS[setting.activation], EMBEDDINGS[setting.embedding], DECODERS[setting.decoder].gain
    panel = {"activation": named(ACTIVATIONS, setting.activation), "decoder": decoder_title(setting.decoder, law.symbol)}
    if gain is None:
        told = section("spiral", f"notice-{setting.decoder}", otherwise=named(DECODERS, setting.decoder, "summary"))
        return say("spiral.notice.other", told=told, **panel)
    if f.halves is None:
        return say("spiral.notice.bent", **panel)
    if f.halves != _UNBENT and (law.second_moment is None or math.isinf(law.second_moment(WIDTHS[-1], 2))):
        return say("spiral.notice.singular", **panel)
    kept = gain * sum(f.halves) / 2.0
    return say("spiral.notice.size", kept=percent(kept), error=error_number((1.0 - kept) ** 2), **panel)


def _of_best(setting: Setting) -> list[str]:
    """What the best decoder leaves."""
    f, title = ACTIVATIONS[setting.activation], named(ACTIVATIONS, setting.activation)
    seen = [say(f"spiral.notice.best.{loss_kind(f)}", activation=title)]
    if f.one_to_one and spiral_frames(setting)[1].lost.any():
        seen.append(say("spiral.notice.rounded", activation=title))
    return seen


def why(setting: Setting) -> str:
    """What the decoder gets wrong, and what the activation takes."""
    f = ACTIVATIONS[setting.activation]
    misread = section("spiral", "why-half" if f.halves == (0.0, 1.0) else "why-bent")
    return f"{misread}\n\n{section('spiral', f'why-{loss_kind(f)}')}"
