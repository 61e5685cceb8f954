"""Where it is lost: the plane, cut into the places where the layer is linear, a line, a point."""

import streamlit as st

from manifold import ACTIVATIONS, EMBEDDINGS
from manifold.layer.activations import loss_kind
from manifold.planes.panels import planes
from manifold.plots import figure_planes
from manifold.text import say, section
from manifold.ui.beside.kept import kept
from manifold.ui.charts import show_chart
from manifold.ui.one_draw.controls import layer_controls
from manifold.ui.one_draw.layers import draw_layers
from manifold.ui.one_draw.share import layer_command, layer_script, recovery_table
from manifold.ui.pages.where.beside import show_beside
from manifold.ui.pages.where.charts import scale_chart
from manifold.ui.pages.where.share import plane_lines
from manifold.ui.pages.where.views import WHERE_FIELDS, plane_page
from manifold.ui.presets import preset_bar
from manifold.ui.prose import head, notice_and_why
from manifold.ui.share import downloads, page_document, reproduce, take_away
from manifold.ui.state import Page

page = Page("where", WHERE_FIELDS)
page.open()

head("where")
preset_bar(page)
kind = loss_kind(ACTIVATIONS[page["activation"]])
by_size = kind in ("below", "size") and EMBEDDINGS[page["embedding"]].gaussian
setting = layer_controls(page, fixed={"decoder": "posterior"}, sized=by_size)
n = page["n"]
page.publish()
data = plane_page(setting)
with st.container(key="picture"):
    if beside := kept(page):
        show_beside(page, beside, setting)
    else:
        planes({**data, "width": n}, key="where:planes", on_width=page.setter("n"))
notice_and_why("where", notice=section("where", f"notice-{kind}"), why=section("where", f"why-{kind}"))

if by_size:
    st.header(say("where.second-loss"))
    st.markdown(section("where", "second-loss"))
    show_chart(scale_chart(n, setting.scale), key="where:second-loss")


def share() -> None:
    """The view as it is."""
    cloud, (recovery,) = draw_layers(setting, [n])
    command = layer_command("collapse_map", setting, [n], takes=("embedding",))
    downloads(
        f"where-n{n}",
        lambda: figure_planes([recovery], scale=setting.scale),
        lambda: recovery_table(cloud, recovery),
        lambda: page_document("where", {**data, "width": n}, command, seed=setting.seed, draw=setting.draw),
        page="where",
        command=command,
    )
    reproduce(layer_script(setting, n, *plane_lines(setting, n)), command)


take_away(share)
