"""What the page Where it is lost shows: the plane by the rank of its active rows, and what is lost against the width."""

from __future__ import annotations

from typing import Any

from manifold import ACTIVATIONS
from manifold.planes.frames import button_words
from manifold.planes.sectors import plane_words
from manifold.ui.beside.kept import with_beside
from manifold.ui.one_draw.controls import LAYER_FIELDS
from manifold.ui.one_draw.layers import Setting, plane_frames

WHERE_FIELDS = with_beside({key: field for key, field in LAYER_FIELDS.items() if key != "decoder"}, played="n")
"""Values of the page."""


def plane_page(setting: Setting) -> dict[str, Any]:
    """What `planes` needs, but for the width."""
    frames, planar = plane_frames(setting)
    return {**frames, "words": button_words(), **plane_words(ACTIVATIONS[setting.activation], planar)}
