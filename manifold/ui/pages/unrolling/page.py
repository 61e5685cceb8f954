"""Unrolling: a bent sheet laid flat by the ways along it, scored against the truth."""

from functools import partial

import streamlit as st
from matplotlib.figure import Figure

from manifold.learning import METHODS
from manifold.planes.maps import Drawing
from manifold.plots import Beside, figure_maps
from manifold.text import explain, literal, named, say, section
from manifold.ui.charts import show_chart
from manifold.ui.pages.unrolling.charts import lengths_chart
from manifold.ui.pages.unrolling.controls import (
    UNROLLING_FIELDS,
    neighbour_slider,
    turn_controls,
    unrolling_controls,
    view_controls,
)
from manifold.ui.pages.unrolling.noticed import ant_words, notice
from manifold.ui.pages.unrolling.pictures import map_panels, show_pictures
from manifold.ui.pages.unrolling.share import map_table, unrolling_command, unrolling_script
from manifold.ui.pages.unrolling.views import Parts, draw_map, draw_points, length_pairs, score_map, walk
from manifold.ui.pages.unrolling.words import (
    coloring,
    no_graph,
    on_paper,
    part_coloring,
    score_cards,
    verdict,
    why_no_map,
)
from manifold.ui.presets import preset_bar
from manifold.ui.prose import head, notice_and_why
from manifold.ui.share import downloads, page_document, reproduce, take_away
from manifold.ui.state import Page

page = Page("unrolling", UNROLLING_FIELDS)
page.open()

head("unrolling")
preset_bar(page)
setting, own = unrolling_controls(page)
cloud = draw_points(setting)
method, title = METHODS[setting.method], named(METHODS, setting.method)
if own is None and len(cloud.points) < page["points"]:
    reason = "unrolling.slow" if setting.n_points < page["points"] else "unrolling.no-more"
    st.info(say(reason, method=title, count=len(cloud.points)))
graph = walk(setting)
left, right = st.columns([2, 3], gap="medium")
with left:
    neighbour_slider(page)
if not isinstance(graph, Parts):
    view_controls(page, truth=cloud.truth, width=cloud.chart.shape[1])
if cloud.points.shape[1] > 2:
    turn_controls(page)
page.publish()
mapped = scores = None
refusal = why_no_map(setting, graph)
if refusal is None:
    try:
        bar = st.progress(0.0, say("unrolling.training")) if method.reports else None
        mapped = draw_map(setting, partial(bar.progress, text=say("unrolling.training")) if bar else None)
        scores = score_map(setting, mapped)
        if bar:
            bar.empty()
    except ValueError as error:
        refusal = say("unrolling.no-map", method=title, reason=explain(error))
if refusal is not None:
    st.warning(literal(refusal))

names = own.words if own else tuple(map(str, range(10))) if setting.dataset.startswith("digits") else ()
if isinstance(graph, Parts):
    drawing, colors = Drawing(), part_coloring(graph)
    if scores:
        st.warning(literal(no_graph(setting, graph)))
    if graph.smallest_k <= page.fields["k"].high:
        st.button(say("unrolling.take", k=graph.smallest_k), on_click=page.setter("k"), args=(graph.smallest_k,))
    else:
        st.caption(section("unrolling", "apart"))
else:
    drawing = Drawing.of(graph, page["view"])
    colors = coloring(cloud, page["color"], scores, names)
with st.container(key="picture"):
    show_pictures(cloud, mapped, setting.method, colors, drawing, turn=page["turn"], tilt=page["tilt"])

if scores:
    right.markdown(verdict(cloud, scores, graph, joined=method.fewest is not None and method.joined))
    with st.container(horizontal=True, gap="medium"):  # goes on in a second row where the window is narrow
        for label, value, explanation in score_cards(scores):
            st.metric(label, value, help=explanation, width="content")
notice_and_why("unrolling", notice=notice(setting, cloud, graph))

if not isinstance(graph, Parts):
    st.header(say("unrolling.lengths"))
    st.markdown(ant_words(cloud.truth, page["view"]))
    lengths = {"along": graph.along, "straight": graph.straight, "true": graph.true}
    known = {name: length for name, length in lengths.items() if length is not None}
    for column, (name, length) in zip(st.columns(len(known)), known.items(), strict=True):
        column.metric(say(f"unrolling.length.{name}"), f"{length:.2f}")
    if cloud.truth == "lengths":
        show_chart(lengths_chart(length_pairs(setting, graph)), key="unrolling:lengths")


def share() -> None:
    """The view as it is."""
    camera = (page["turn"], page["tilt"])
    command = unrolling_command(setting, "points" if isinstance(graph, Parts) else page["view"], camera)
    if mapped is not None and scores is not None:
        the_map, its_scores = mapped, scores

        def figure() -> Figure:
            """Here, as a figure may have to speak another language."""
            name, (inks, classes, meaning) = named(METHODS, setting.method), on_paper(colors)
            beside = Beside(drawing.path, drawing.lines[drawing.short], camera[::-1], classes or {})
            return figure_maps(cloud.points, inks, {name: the_map}, {name: meaning}, beside=beside)

        downloads(
            f"unrolling-{setting.method}-k{setting.n_neighbors}",
            figure,
            lambda: map_table(cloud, the_map, its_scores),
            lambda: page_document(
                "unrolling",
                map_panels(cloud, the_map, its_scores, setting.method, colors, drawing, camera),
                command,
                seed=setting.seed,
                draw=setting.draw,
            ),
            page="unrolling",
            command=command,
        )
    joined = not isinstance(graph, Parts)
    reproduce(unrolling_script(setting, cloud.truth, joined=joined), command)


take_away(share)
