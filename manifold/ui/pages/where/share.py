"""Taking the view of the page Where it is lost away: what its script prints beside the metrics."""

from __future__ import annotations

from manifold import ACTIVATIONS
from manifold.layer.activations import loss_kind
from manifold.ui.one_draw.layers import Setting

_DIRECTIONS = """
print("directions-lost", manifold.rank_shares(manifold.sectors(result.matrix))[:2].sum())
print("one-to-one", manifold.is_injective(result.matrix))
"""


def plane_lines(setting: Setting, width: int) -> list[str]:
    """Lines of a script that print what else is shown of the plane at `width`."""
    law = f"embedding={setting.embedding!r}, activation={setting.activation!r}"
    expected = f"""
from manifold.sweeps.curves import expected_losses

print("expected-lost", expected_losses([{width}], cloud.points, {law})[0])
"""
    return [_DIRECTIONS, expected] if loss_kind(ACTIVATIONS[setting.activation]) == "below" else [expected]
