"""Lifting: classes that no line separates, separated by a plane after more dimensions were added."""

import streamlit as st

from manifold.planes.panels import planes
from manifold.plots import figure_lift
from manifold.text import say, section
from manifold.ui.charts import show_chart
from manifold.ui.pages.lifting.charts import separability_chart
from manifold.ui.pages.lifting.controls import LIFTING_FIELDS, lift_title, lifting_controls
from manifold.ui.pages.lifting.share import curve_command, lift_table, lifting_command, lifting_script
from manifold.ui.pages.lifting.views import lift_panels, lift_points, separability
from manifold.ui.pages.lifting.words import notice
from manifold.ui.presets import preset_bar
from manifold.ui.prose import head, notice_and_why
from manifold.ui.share import downloads, page_document, reproduce, take_away
from manifold.ui.state import Page

page = Page("lifting", LIFTING_FIELDS)
page.open()

head("lifting")
preset_bar(page)
setting = lifting_controls(page)
page.publish()
cloud, labels, _, moments = lift_points(setting)
last = moments[-1]
count = last.features.shape[1]
with st.container(key="picture"):
    planes(lift_panels(setting), key="lifting:planes")
if count > 3:
    st.caption(section("lifting", "level"))
notice_and_why("lifting", notice=notice(setting))

st.header(say("lifting.how-many"))
st.markdown(section("lifting", "how-many"))
marked = setting.units if setting.drawn else None
accuracy = separability(setting.dataset, setting.seed)
show_chart(separability_chart(accuracy, setting.dataset, marked=marked), key="lifting:curve")


def share() -> None:
    """The view as it is."""
    command = lifting_command(setting)
    downloads(
        f"lifting-{setting.lift}",
        lambda: figure_lift(
            cloud.points,
            labels,
            last.heights,
            last.features,
            last.separation,
            name=lift_title(setting.lift),
        ),
        lambda: lift_table(cloud.points, labels, last),
        lambda: page_document("lifting", lift_panels(setting), command, seed=setting.seed, draw=setting.draw),
        page="lifting",
        command=command,
    )
    reproduce(lifting_script(setting), command, curve_command(setting))


take_away(share)
