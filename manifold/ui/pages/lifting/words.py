"""The page Lifting in words: what to notice about a lift."""

from __future__ import annotations

from manifold.text import section
from manifold.ui.pages.lifting.views import LiftSetting, lift_points


def notice(setting: LiftSetting) -> str:
    """A list of what to notice: about every lift, about this one, and about what is painted."""
    last = lift_points(setting)[3][-1]
    parts = [section("lifting", "notice"), section("lifting", f"notice-{setting.lift}", otherwise="")]
    if last.heights is not None:
        parts.append(section("lifting", "painted"))
    return "\n".join(part for part in parts if part)
