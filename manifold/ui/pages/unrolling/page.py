"""Unrolling: a bent sheet laid flat by the ways along it, scored against the truth."""

import streamlit as st

from manifold.learning import METHODS
from manifold.plots import figure_unrolling, shadow
from manifold.text.prose import literal, sections
from manifold.ui.charts import show_chart
from manifold.ui.controls import preset_bar
from manifold.ui.pages.unrolling.charts import Drawing, flat_map, lengths_chart, space_map
from manifold.ui.pages.unrolling.controls import COLORS, UNROLLING_FIELDS, unrolling_controls, view_controls
from manifold.ui.pages.unrolling.share import map_table, unrolling_command, unrolling_script
from manifold.ui.pages.unrolling.views import Parts, draw_map, draw_points, length_pairs, score_map, walk
from manifold.ui.pages.unrolling.words import coloring, in_words, on_paper, part_coloring, score_cards, verdict
from manifold.ui.share import downloads, reproduce
from manifold.ui.state import Page

words = sections("unrolling")
page = Page("unrolling", UNROLLING_FIELDS)
page.open()

st.title("Unrolling")
st.markdown(words[""])
preset_bar(page)
setting, own = unrolling_controls(page)
cloud = draw_points(setting)
method = METHODS[setting.method]
if own is None and len(cloud.points) < page["points"]:
    reason = f"{method.title} is slow" if setting.n_points < page["points"] else "There are no more"
    st.info(f"{reason}: {len(cloud.points):,} points are shown.")
view_controls(page, truth=cloud.truth, width=cloud.chart.shape[1])

found = walk(setting)
drawn = None
try:
    bar = st.progress(0.0, "The network trains.") if method.reports else None
    places = draw_map(setting, bar.progress if bar else None)
    drawn = places, score_map(setting, places)
    if bar:
        bar.empty()
except ValueError as error:
    st.warning(literal(in_words(f"{method.title} draws no map: {error}.")))

names = own.words if own else tuple(map(str, range(10))) if setting.dataset.startswith("digits") else ()
if isinstance(found, Parts):
    drawing, colors = Drawing(), part_coloring(found)
    if drawn:
        st.warning(literal(in_words(f"There is no graph to walk on: {found.reason}.")))
    if found.smallest_k <= page.fields["k"].high:
        st.button(f"Take k = {found.smallest_k}", on_click=page.setter("k"), args=(found.smallest_k,))
    else:
        st.caption(words["Too far apart"])
else:
    drawing = Drawing.of(found, page["view"])
    colors = coloring(cloud, page["color"], COLORS[page["color"]], drawn and drawn[1], names)

if cloud.points.shape[1] == 2:
    shown = [(f"{len(cloud.points):,} points in the plane", flat_map(cloud.points, colors, drawing))]
else:
    whole = space_map(shadow(cloud.points), colors, drawing, turn=page["turn"], tilt=page["tilt"])
    place = "space" if cloud.points.shape[1] == 3 else f"{cloud.points.shape[1]} dimensions"
    shown = [(f"{len(cloud.points):,} points in {place}", whole)]
if drawn:
    shown.append((f"Map: {method.title}", flat_map(drawn[0], colors, drawing)))
if cloud.truth != "colour" and cloud.chart.shape[1] == 2:
    shown.append(("The truth", flat_map(cloud.chart, colors, drawing)))
columns = st.columns([5, 4, 4][: len(shown)], vertical_alignment="bottom")  # pictures level, also below a title of two lines
for number, (column, (title, chart)) in enumerate(zip(columns, shown, strict=True)):
    with column:
        st.markdown(f"**{title}**")
        show_chart(chart, key=f"unrolling:{number}")
if cloud.points.shape[1] > 3:
    st.caption(f"The left picture is a shadow: the three widest of {cloud.points.shape[1]} dimensions.")

if drawn:
    st.markdown(verdict(cloud, drawn[1], found, joined=method.fewest is not None and method.joined))
    cards = score_cards(drawn[1], words)
    with st.container(horizontal=True, gap="medium"):  # goes on in a second row where the window is narrow
        for label, value, text in cards:
            st.metric(label, value, help=text, width="content")

left, right = st.columns(2, gap="large")
left.subheader("What to notice")
left.markdown(words["What to notice"])
right.subheader("Why")
right.markdown(words["Why"])

if not isinstance(found, Parts):
    st.subheader("The ant and the straight line")
    st.markdown(words["The ant"])
    ways = [("Along the points", found.along), ("Straight through space", found.straight), ("In truth", found.true)]
    ways = [(label, length) for label, length in ways if length is not None]
    for column, (label, length) in zip(st.columns(len(ways)), ways, strict=True):
        column.metric(label, f"{length:.2f}")
    if cloud.truth == "lengths":
        show_chart(lengths_chart(length_pairs(setting, found)), key="unrolling:lengths")

st.subheader("Take it away")
page.publish()
if drawn:
    places, scores = drawn
    view = page["tilt"], page["turn"]
    inks, classes, meaning = on_paper(colors)
    downloads(
        f"unrolling-{setting.method}-k{setting.n_neighbors}",
        lambda: figure_unrolling(
            cloud.points,
            places,
            inks,
            title=method.title,
            caption=meaning,
            names=classes,
            path=drawing.path,
            lines=drawing.lines[drawing.short],
            view=view,
        ),
        lambda: map_table(cloud, places, scores),
    )
color = own.color if own else None
reproduce(unrolling_script(setting, cloud.truth, color), unrolling_command(setting, color))
