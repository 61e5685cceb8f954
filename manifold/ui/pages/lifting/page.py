"""Lifting: classes that no line separates, separated by a plane after more dimensions were added."""

import streamlit as st

from manifold.plots import figure_lift
from manifold.text.prose import sections
from manifold.ui.charts import show_chart
from manifold.ui.controls import preset_bar
from manifold.ui.one_draw.layers import percent
from manifold.ui.pages.lifting.charts import lifted_chart, plane_chart, separability_chart
from manifold.ui.pages.lifting.controls import LIFTING_FIELDS, WAYS, lifting_controls
from manifold.ui.pages.lifting.share import lift_table, lifting_command, lifting_script
from manifold.ui.pages.lifting.views import TRAINED, lift_points, separability
from manifold.ui.share import downloads, reproduce
from manifold.ui.state import Page

words = sections("lifting")
page = Page("lifting", LIFTING_FIELDS)
page.open()

st.title("Lifting")
st.markdown(words[""])
preset_bar(page)
setting = lifting_controls(page, words["Trained"])
with st.spinner("Training ...", show_time=False) if setting.lift == TRAINED else st.container():
    cloud, labels, epochs, moments = lift_points(setting)
last = moments[-1]
count = last.features.shape[1]

left, right = st.columns(2)
with left:
    st.markdown("**In the plane**")
    show_chart(plane_chart(cloud.points, labels, last), key="lifting:plane")
with right:
    st.markdown(f"**Lifted: {count} dimensions**")
    show_chart(lifted_chart(labels, epochs, moments), key=f"lifting:{setting.lift}")
if setting.lift == "relu" and count > 3:
    st.caption(words["Level"])
numbers = (
    ("Dimensions", f"2 → {count}", words["Dimensions"]),
    ("On the right side", percent(last.separation.accuracy), words["On the right side"]),
    ("Separated by a plane", "yes" if last.separation.correct.all() else "no", words["Separated"]),
)
for column, (label, value, text) in zip(st.columns(3), numbers, strict=True):
    column.metric(label, value, help=text)

left, right = st.columns(2, gap="large")
left.subheader("What to notice")
left.markdown(words["What to notice"])
right.subheader("Why")
right.markdown(words["Why"])

st.subheader("How many random units separate them?")
st.markdown(words["How many"])
marked = setting.units if setting.lift == "relu" else None
show_chart(separability_chart(separability(setting.dataset, setting.seed), marked=marked), key="lifting:curve")

st.subheader("Take it away")
page.publish()
caption = f"{percent(last.separation.accuracy)} on the right side"
downloads(
    f"lifting-{setting.lift}",
    lambda: figure_lift(
        cloud.points,
        labels,
        last.heights,
        last.features,
        last.separation,
        title=f"{WAYS[setting.lift]}, {count} dimensions",
        caption=caption,
    ),
    lambda: lift_table(cloud.points, labels, last),
)
reproduce(lifting_script(setting), lifting_command(setting))
