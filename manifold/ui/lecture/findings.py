"""What decides a bet: each finding is computed by what the page shows, in the state that the page is shown in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from manifold import ACTIVATIONS, theory
from manifold.checks import Floats, fault
from manifold.metrics import lost_share
from manifold.plots import READINGS
from manifold.text import dimension_number, error_number, map_error, percent, r_squared, small_share
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
from manifold.ui.one_draw.layers import WIDTHS, draw_layers, reading_frames, spiral_frames

State = Mapping[str, str]


@dataclass(frozen=True)
class Finding:
    """What came out: `value` decides which choice is right, `words` fill the slots of the claim and of the number."""

    value: float
    words: dict[str, str]


def coordinates(state: State) -> Finding:
    """Numbers that one point has behind the layer."""
    n = read_state("start", state)["n"]
    _, (recovery,) = draw_layers(drawn_setting("start", state), [n])
    count = recovery.hidden.shape[1]
    return Finding(count, {"number": str(count)})


def linear_losses(state: State) -> Finding:
    """Widths at which the layer of the page loses a point."""
    lost = int((spiral_frames(drawn_setting("spiral", state))[1].lost > 0.0).sum())
    return Finding(lost, {"number": str(lost), "widths": str(len(WIDTHS)), "last": str(WIDTHS[-1])})


def mean_loss(state: State) -> Finding:
    """The share of points lost in the mean over T."""
    share = theory.collapsed_fraction(read_state("spiral", state)["n"], 2)
    return Finding(share, {"number": percent(share)})


def drawn_loss(state: State) -> Finding:
    """The share of points lost in the draw shown, and the error of the decoder."""
    _, curves = spiral_frames(drawn_setting("spiral", state))
    place = WIDTHS.index(read_state("spiral", state)["n"])
    share, error = float(curves.lost[place]), float(curves.nmse[place])
    return Finding(share, {"number": percent(share), "error": error_number(error)})


def fewest_active(state: State) -> Finding:
    """The fewest active channels that a point has of which nothing is lost."""
    n = read_state("where", state)["n"]
    _, (recovery,) = draw_layers(drawn_setting("where", state), [n])
    kept = recovery.rank == 2
    fewest = int(recovery.active[kept].min())
    return Finding(fewest, {"number": str(fewest), "lost": percent(float(1.0 - kept.mean()))})


def worst_reading(state: State) -> Finding:
    """Which reading of T^-1 errs most at the greatest width, by its place among the three, and its error at the one shown."""
    errors = reading_frames(drawn_setting("spiral", state))[1]
    place = WIDTHS.index(read_state("spiral", state)["n"])
    worst = max(READINGS, key=lambda name: errors[name][-1])
    return Finding(
        list(READINGS).index(worst),
        {"number": error_number(float(errors[worst][place])), "others": _others(errors, worst, place)},
    )


def _others(errors: Mapping[str, Floats], worst: str, place: int) -> str:
    return error_number(max(float(values[place]) for name, values in errors.items() if name != worst))


def rare_loss(state: State) -> Finding:
    """The share of points that a wide layer loses in the mean, as a power of ten."""
    share = theory.collapsed_fraction(read_state("channels", state)["n"], channel_setting(state).dim)
    return Finding(float(np.log10(share)), {"number": small_share(share)})


def second_loss(state: State) -> Finding:
    """What the size of the input changes at the share lost: -1, 0 or 1; of the layer shown, and of ReLU for comparison."""
    n = read_state("where", state)["n"]
    shares = {
        (name, scale): float((draw_layers(drawn_setting("where", state, **change), [n])[1][0].rank < 2).mean())
        for name, scale, change in (
            ("shown", "large", {}),
            ("shown", "small", {"scale": 1.0}),
            ("relu", "large", {"activation": "relu"}),
        )
    }
    large, small = shares["shown", "large"], shares["shown", "small"]
    slots = {"number": percent(large), "small": percent(small), "relu": percent(shares["relu", "large"])}
    return Finding(float(np.sign(large - small)), slots)


def separating_units(state: State) -> Finding:
    """The fewest random units at which, in the middle one of some draws, a plane separates all points."""
    from manifold.ui.pages.lifting.views import UNITS, separability

    setting = lift_setting(state)
    middle = np.median(separability(setting.dataset, setting.seed), axis=0)
    fewest = next((units for units, share in zip(UNITS, middle, strict=True) if share == 1.0), np.inf)
    return Finding(fewest, {"number": str(fewest), "three": percent(float(middle[UNITS.index(3)]))})


def narrow_loss(state: State) -> Finding:
    """The share of the spiral that the narrow end of a block loses, and what is lost behind its shortcut."""
    from manifold.ui.pages.blocks.views import draw_blocks

    setting = block_setting(state)
    _, (signals,) = draw_blocks(setting, [read_state("blocks", state)["n"]])
    end = ACTIVATIONS[setting.bottleneck_activation].title
    narrow, output = (lost_share(signals[f"{place}, {end}"].read("exact")) for place in ("Narrow", "Output"))
    return Finding(narrow, {"number": percent(narrow), "output": percent(output)})


def readable(state: State) -> Finding:
    """Behind the last block the camera's numbers can be read in: 0 no network, 1 the trained, 2 the random one, 3 both."""
    from manifold.ui.pages.network.views import follow
    from manifold.ui.pages.network.words import KEPT, last_block

    setting = network_setting(state)
    rows = {arm: last_block(follow(setting.of(arm))) for arm in ("trained", "random")}
    read = {arm: float(row["knn_r2"]) for arm, row in rows.items()}
    sizes = {f"{arm}_dimension": dimension_number(float(row["two_nn"])) for arm, row in rows.items()}
    value = float((read["trained"] >= KEPT) + 2 * (read["random"] >= KEPT))
    return Finding(value, {"number": r_squared(read["trained"]), "random": r_squared(read["random"]), **sizes})


def training_gap(state: State) -> Finding:
    """By how many points of accuracy the first arm is better, in the mean over the draws that were measured."""
    from manifold.ui.pages.train.draws import measured_draws
    from manifold.ui.pages.train.words import in_points

    pair = train_pair(state)
    draws = measured_draws(pair)
    if draws is None:
        raise fault(LookupError, "no draws were measured of {pair}", pair=pair)
    gaps = {width: draws.mean(width)[0] for width in draws.gains}
    widest, width = max(gaps), pair[1].width
    slots = {"number": in_points(gaps[width]), "wide": in_points(gaps[widest]), "widest": str(widest)}
    return Finding(100.0 * gaps[width], {**slots, "draws": str(len(draws.gains[width]))})


def short_circuits(state: State) -> Finding:
    """Whether the map comes nearer to the truth than with ten neighbours: -1, 0 or 1 for farther; and the lines that jump."""
    from manifold.ui.pages.unrolling.views import Parts, draw_map, score_map, walk

    errors = []
    for setting in (roll_setting(state), roll_setting(state, k=10)):
        errors.append(score_map(setting, draw_map(setting, None)).mean("procrustes"))
    graph = walk(roll_setting(state))
    lines = 0 if isinstance(graph, Parts) else int(graph.short.sum())
    return Finding(
        float(np.sign(errors[0] - errors[1])),
        {"number": str(lines), "error": map_error(errors[0]), "usual": map_error(errors[1])},
    )


def last_digit(state: State) -> Finding:
    """The digit of which most pictures go on behind the first exit, and the share of all that leave there."""
    from manifold.ui.pages.exits.views import leaving, nearest_step

    values = read_state("exits", state)
    shown, step = leaving(values["network"]), nearest_step(values["threshold"])
    on = shown.departures.exits[step] > 0
    going = [float(on[shown.labels == digit].mean()) for digit in range(10)]
    first, last = int(np.argmin(going)), int(np.argmax(going))
    accuracy = float(shown.departures.accuracy[step])
    shares = {"number": percent(float(1.0 - on.mean())), "stay": percent(going[last]), "accuracy": percent(accuracy)}
    return Finding(last, {**shares, "first": str(first), "last": str(last)})
