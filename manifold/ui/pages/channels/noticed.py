"""What to notice on the page How many channels, and why, under this activation, law and decoder."""

from __future__ import annotations

import math

from manifold import ACTIVATIONS, DECODERS, EMBEDDINGS
from manifold.layer.activations import loss_kind
from manifold.text import error_number, named, say, section
from manifold.ui.pages.channels.controls import decoder_title
from manifold.ui.pages.channels.views import ChannelSetting


def notice(setting: ChannelSetting, width: int) -> str:
    """A list of what to notice at a width."""
    f, dim, title = ACTIVATIONS[setting.activation], setting.dim, named(ACTIVATIONS, setting.activation)
    seen = {
        "below": [say("channels.notice.below", six=6 * dim)],
        "nothing": [say("channels.notice.nothing", activation=title)],
        "size": [say("channels.notice.size", activation=title)],
        "bound": [say("channels.notice.bound", activation=title)],
    }[loss_kind(f)]
    if loss_kind(f) == "below":
        seen.append(say("channels.notice.gap", width=width, ratio=f"{width / dim:.3g}", activation=title))
        seen += [say("channels.notice.half", dim=dim, half=2 * dim - 1), say("channels.notice.injective")]
    return "\n".join(f"- {sentence}" for sentence in [*seen, _of_decoder(setting), say("channels.notice.apart")])


def _of_decoder(setting: ChannelSetting) -> str:
    """What the decoder makes of it as n grows: g T^-1 keeps g (a + b) / 2 of x where f is a z below 0 and b z above."""
    f, law, read = ACTIVATIONS[setting.activation], EMBEDDINGS[setting.embedding], DECODERS[setting.decoder]
    title = decoder_title(setting.decoder)
    if read.gain is None:
        return say("channels.notice.exact" if read.exact else "channels.notice.other", decoder=title)
    if f.halves is None:
        return say("channels.notice.bent", decoder=title)
    if f.halves != (1.0, 1.0) and (law.second_moment is None or math.isinf(law.second_moment(12 * setting.dim, setting.dim))):
        return say("channels.notice.singular", decoder=title)
    return say("channels.notice.kept", decoder=title, error=error_number((1.0 - read.gain * sum(f.halves) / 2.0) ** 2))


def why(setting: ChannelSetting) -> str:
    """What is lost, and what is misread."""
    f = ACTIVATIONS[setting.activation]
    lost = section("channels", f"why-{loss_kind(f)}")
    misread = section("channels", "why-half" if f.halves == (0.0, 1.0) else "why-bent")
    parts = [lost, misread, section("channels", "why-one-to-one")]
    return "\n\n".join(parts if loss_kind(f) == "below" else parts[:2])
