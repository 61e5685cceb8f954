"""Pictures of two settings as the panels of one `planes`: one slider plays both, at one scale."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from manifold.checks import Floats
from manifold.planes.frames import button_words
from manifold.ui.beside.numbers import minus, tell_gap

Row = tuple[str, str, Floats, Floats]
"""A key number: its label, what it is, and its values by width on both sides."""


@dataclass(frozen=True)
class Side:
    """What one side shows.

    Attributes
    ----------
    heading : str
        In what it differs from the other.
    data : dict
        What `planes` takes for its page.
    panel : int or list of int
        Which of its panels are shown.
    held : int or None
        The step at which it stays; None if it goes with the slider.
    """

    heading: str
    data: Mapping[str, Any]
    panel: int | Sequence[int]
    held: int | None = None

    def drawn(self) -> list[dict[str, Any]]:
        """Its panels under its heading, each with what all panels of a page otherwise share."""
        data = self.data
        own = {"colors": data["colors"], **({} if self.held is None else {"step": self.held})}
        shown = [data["panels"][number] for number in ([self.panel] if isinstance(self.panel, int) else self.panel)]
        drawn = []
        for source in shown:
            title = f"{self.heading}\n{source['title']}"
            layer = {"layer": data["layer"]} if source.get("regions") else {}
            drawn.append({**source, **own, **layer, "title": title})
        return drawn


def side_by_side(left: Side, right: Side, numbers: Iterable[Row], *, width: int, aside: bool = True) -> dict[str, Any]:
    """What `planes` needs for both sides, and the differences of `numbers` at every width, below the panels or `aside`."""
    shared = {
        key: value
        for key, value in right.data.items()
        if key not in ("layer", "follow", "journey", "messages", "hint", "numbers")
    }
    told = []
    for label, what, one, other in numbers:
        before = [one[min(step if left.held is None else left.held, len(one) - 1)] for step in range(len(other))]
        gaps = [tell_gap(what, *map(float, pair)) for pair in zip(before, other, strict=True)]
        told.append({"label": minus(label), "values": gaps})
    pair = {"panels": [*left.drawn(), *right.drawn()], "numbers": told, "beside": aside}
    return {"words": button_words(), **shared, **pair, "width": width}
