"""The pictures of the page Unrolling, side by side: the points as given, the map, and the truth where it is known."""

from __future__ import annotations

from typing import Any

import streamlit as st

from manifold import PointCloud
from manifold.checks import Floats
from manifold.learning import METHODS
from manifold.planes.frames import labelled
from manifold.planes.maps import Drawing, map_data
from manifold.plots import shadow
from manifold.text import named, say
from manifold.ui.charts import Chart, show_chart
from manifold.ui.pages.unrolling.charts import Coloring, flat_map, space_map
from manifold.ui.pages.unrolling.views import Scores
from manifold.ui.pages.unrolling.words import on_screen, score_cards

_SHARES = [4, 5, 5]  # of the width
_PLANE, _SPACE = 2, 3


def show_pictures(
    cloud: PointCloud, mapped: Floats | None, method: str, colors: Coloring, drawing: Drawing, *, turn: float, tilt: float
) -> None:
    """The points, their map `mapped` (N, 2) where there is one, and their true chart where it is a plane."""
    shown = [_given(cloud, colors, drawing, turn=turn, tilt=tilt)]
    if mapped is not None:
        shown.append((say("unrolling.picture.map", method=named(METHODS, method)), flat_map(mapped, colors, drawing)))
    if cloud.truth != "colour" and cloud.chart.shape[1] == _PLANE:
        shown.append((say("unrolling.picture.truth"), flat_map(cloud.chart, colors, drawing)))
    columns = st.columns(_SHARES[: len(shown)], vertical_alignment="bottom")  # level, also below a title of two lines
    for number, (column, (title, chart)) in enumerate(zip(columns, shown, strict=True)):
        with column.container(gap="xxsmall"):
            st.markdown(f"**{title}**")
            show_chart(chart, key=f"unrolling:{number}")
    if cloud.points.shape[1] > _SPACE:
        st.caption(say("unrolling.picture.shadow", dim=cloud.points.shape[1]))


def _given(cloud: PointCloud, colors: Coloring, drawing: Drawing, *, turn: float, tilt: float) -> tuple[str, Chart]:
    """Title and picture of the points as they are given, or of their shadow in space."""
    count, dim = cloud.points.shape
    if dim == _PLANE:
        return say("unrolling.picture.plane", count=count), flat_map(cloud.points, colors, drawing)
    whole = space_map(shadow(cloud.points), colors, drawing, turn=turn, tilt=tilt)
    if dim == _SPACE:
        return say("unrolling.picture.space", count=count), whole
    return say("unrolling.picture.dimensions", count=count, dim=dim), whole


def map_panels(
    cloud: PointCloud,
    mapped: Floats,
    scores: Scores,
    method: str,
    colors: Coloring,
    drawing: Drawing,
    camera: tuple[float, float],
) -> dict[str, Any]:
    """The points, their map and their scores as `planes` takes them."""
    inks, meaning = on_screen(colors)
    maps = {say("unrolling.picture.map", method=named(METHODS, method)): mapped}
    title = say("figure.maps.points", count=len(cloud.points), dim=cloud.points.shape[1])
    data = map_data(cloud.points, maps, [meaning], inks, title=title, drawing=drawing, camera=camera)
    numbers = labelled([(label, [number], explanation) for label, number, explanation in score_cards(scores)])
    return {**data, "numbers": numbers}
