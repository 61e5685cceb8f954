"""Lifting: classes that no line separates, separated by a plane after more dimensions were added."""

import streamlit as st

from manifold.plots import figure_lift
from manifold.text import percent, say, section
from manifold.ui.charts import show_chart
from manifold.ui.pages.lifting.charts import lifted_chart, plane_chart, separability_chart, training_chart
from manifold.ui.pages.lifting.controls import LIFTING_FIELDS, lift_title, lifting_controls
from manifold.ui.pages.lifting.share import curve_command, lift_table, lifting_command, lifting_script
from manifold.ui.pages.lifting.views import TRAINED, lift_points, separability
from manifold.ui.pages.lifting.words import notice
from manifold.ui.presets import preset_bar
from manifold.ui.prose import head, notice_and_why, number_row
from manifold.ui.share import downloads, reproduce
from manifold.ui.state import Page

page = Page("lifting", LIFTING_FIELDS)
page.open()

head("lifting")
preset_bar(page)
setting = lifting_controls(page)
page.publish()
with st.spinner(say("lifting.training")) if setting.lift == TRAINED else st.container():
    cloud, labels, epochs, moments = lift_points(setting)
last = moments[-1]
count = last.features.shape[1]
right_side = percent(last.separation.accuracy)

left, right = st.columns(2)
left.markdown(f"**{say('lifting.plane')}**")
right.markdown(f"**{say('lifting.lifted', count=count)}**")
numbers = [(say("lifting.number.dimensions"), say("lifting.from-to", count=count), section("lifting", "dimensions"))]
if setting.lift == TRAINED:  # its other numbers stand beside the slider, as they change with it
    show_chart(training_chart(cloud.points, labels, epochs, moments), key="lifting:trained")
else:
    with left:
        show_chart(plane_chart(cloud.points, labels, last), key="lifting:plane")
    with right:
        show_chart(lifted_chart(labels, last), key=f"lifting:{setting.lift}")
    separated = say("number.yes") if last.separation.correct.all() else say("number.no")
    numbers += [
        (say("lifting.number.right-side"), right_side, section("lifting", "right-side")),
        (say("lifting.number.separated"), separated, section("lifting", "separated")),
    ]
if count > 3:
    st.caption(section("lifting", "level"))
number_row(numbers)
notice_and_why("lifting", notice=notice(setting))

st.subheader(say("lifting.how-many"))
st.markdown(section("lifting", "how-many"))
marked = setting.units if setting.drawn else None
accuracy = separability(setting.dataset, setting.seed)
show_chart(separability_chart(accuracy, setting.dataset, marked=marked), key="lifting:curve")

st.subheader(say("share.title"))
downloads(
    f"lifting-{setting.lift}",
    lambda: figure_lift(
        cloud.points,
        labels,
        last.heights,
        last.features,
        last.separation,
        title=say("lifting.figure.title", lift=lift_title(setting.lift), count=count),
        caption=say("lifting.figure.caption", share=right_side),
    ),
    lambda: lift_table(cloud.points, labels, last),
)
reproduce(lifting_script(setting), lifting_command(setting), curve_command(setting))
