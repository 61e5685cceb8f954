"""The picture of a step on paper: the figure that its page gives to take away."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from matplotlib.figure import Figure

from manifold import EMBEDDINGS
from manifold.plots import (
    Beside,
    chart_colors,
    figure_block,
    figure_curves,
    figure_exits,
    figure_lift,
    figure_maps,
    figure_planes,
    figure_recovery,
    figure_trace,
)
from manifold.text import named, say
from manifold.ui.lecture.settings import (
    block_setting,
    channel_setting,
    drawn_setting,
    lift_setting,
    network_setting,
    read_state,
    roll_setting,
    train_pair,
)
from manifold.ui.one_draw.layers import draw_layers

State = Mapping[str, str]


def picture(page: str, state: State) -> Figure | None:
    """The figure of a page in a state; None where it has to be trained or uploaded first."""
    return _PICTURES[page](state)


def _drawn(page: str, state: State) -> Figure:
    """One draw of a layer, read by the decoders."""
    setting = drawn_setting(page, state)
    cloud, (recovery,) = draw_layers(setting, [read_state(page, state)["n"]])
    symbol = EMBEDDINGS[setting.embedding].symbol
    return figure_recovery(recovery, chart_colors(cloud), symbol=symbol, scale=setting.scale)


def _spiral(state: State) -> Figure:
    from manifold.ui.pages.spiral.views import view_figure

    values = read_state("spiral", state)
    return view_figure(drawn_setting("spiral", state), values["n"], values["view"])


def _where(state: State) -> Figure:
    setting = drawn_setting("where", state)
    return figure_planes(draw_layers(setting, [read_state("where", state)["n"]])[1], scale=setting.scale)


def _channels(state: State) -> Figure:
    from manifold.ui.pages.channels.views import draw_channels

    setting = channel_setting(state)
    shown = draw_channels(setting)
    curves = {"activation": setting.activation, "decoder": setting.decoder, "losses": shown.losses, "errors": shown.errors}
    return figure_curves(shown.curves, title="", **curves)


def _lifting(state: State) -> Figure:
    from manifold.ui.pages.lifting.controls import lift_title
    from manifold.ui.pages.lifting.views import lift_points

    setting = lift_setting(state)
    cloud, labels, _, moments = lift_points(setting)
    last = moments[-1]
    return figure_lift(cloud.points, labels, last.heights, last.features, last.separation, name=lift_title(setting.lift))


def _blocks(state: State) -> Figure:
    from manifold.ui.pages.blocks.views import block_boxes, draw_blocks

    setting, n = block_setting(state), read_state("blocks", state)["n"]
    cloud, (signals,) = draw_blocks(setting, [n])
    readings = {place: signal.read(setting.readout) for place, signal in signals.items()}
    return figure_block(*block_boxes(setting, n), readings, chart_colors(cloud))


def _network(state: State) -> Figure:
    from manifold.ui.pages.network.views import follow

    setting = network_setting(state)
    return figure_trace({say(f"real.arm.{arm}"): follow(setting.of(arm)).trace for arm in setting.arms})


def _train(state: State) -> Figure | None:
    from manifold.nets.training.kept import kept_pairs
    from manifold.ui.pages.train.share import arms_figure

    pair = train_pair(state)
    seen = kept_pairs().get(pair)
    return None if seen is None else arms_figure(pair, seen, caption="")


def _unrolling(state: State) -> Figure | None:
    from manifold.learning import METHODS
    from manifold.planes.maps import Drawing
    from manifold.ui.pages.unrolling.views import Parts, draw_map, draw_points, score_map, walk
    from manifold.ui.pages.unrolling.words import coloring, on_paper

    setting, values = roll_setting(state), read_state("unrolling", state)
    graph = walk(setting)
    if isinstance(graph, Parts):
        return None
    mapped, cloud, drawing = draw_map(setting, None), draw_points(setting), Drawing.of(graph, values["view"])
    inks, classes, meaning = on_paper(coloring(cloud, values["color"], score_map(setting, mapped), ()))
    name, beside = named(METHODS, setting.method), Beside(drawing.path, drawing.lines[drawing.short], (20, 280), classes or {})
    return figure_maps(cloud.points, inks, {name: mapped}, {name: meaning}, beside=beside)


def _exits(state: State) -> Figure | None:
    from manifold.ui.pages.exits.views import leaving, nearest_step

    values = read_state("exits", state)
    if values["view"] == "dense":
        return None
    shown = leaving(values["network"])
    return figure_exits(shown.departures, shown.pixels, step=nearest_step(values["threshold"]))


_PICTURES: Mapping[str, Callable[[State], Figure | None]] = {
    "start": partial(_drawn, "start"),
    "spiral": _spiral,
    "where": _where,
    "channels": _channels,
    "unrolling": _unrolling,
    "lifting": _lifting,
    "blocks": _blocks,
    "network": _network,
    "train": _train,
    "exits": _exits,
}
