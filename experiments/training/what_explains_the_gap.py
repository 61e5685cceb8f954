"""Between networks of one width, nothing that ReLU6 zeroes at the bottlenecks is shown to foretell how much worse it trains.

Source: section 3.2 of Sandler et al. 2018 (MobileNetV2), arXiv 1801.04381: an activation at the bottleneck loses information
where channels fall to 0, unless the manifold lies in a subspace of low dimension. Pairs of networks with linear bottlenecks
and with ReLU6 there, trained alike on digits of 8 x 8 pixels as in `linear_bottleneck`, are read after a tenth, three tenths
and all of the steps, at 600 positions of each bottleneck, on validation pictures; the gap is the difference of their test
accuracy at the end.
Output: share of zeros behind ReLU6; share of positions with fewer channels between 0 and 6 than the linear bottleneck there
has dimensions; intrinsic dimension, by two neighbours and by the participation ratio, with linear bottlenecks and with ReLU6.
Headline: rank correlation of each with the gap, over all pairs and within pairs of one width and shortcut, with a jackknife
interval over the draws and the verdict on whether it predicts the gap (1, 0, -1). Undecided: over all pairs the zeros (.41
[.20, .61] at the end), the dimension lost by neighbours (.36 [.16, .56]) and positions with too few (.24 [.07, .40]) go along
with the gap, about as the width alone does (.49 [.34, .65]); at the same width, with the same shortcuts, none is shown to at
the end. Zeros at three tenths of the steps are (.26 [.05, .46]), one of twelve such intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame
from torch import Tensor

from manifold import random_stream
from manifold.checks import Floats
from manifold.clouds.dimension import participation_ratio, two_nn
from manifold.nets import SmallNet
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.loop import one_thread
from manifold.plots import Page, figure_legend
from manifold.plots.palettes import BAR, QUANTITIES, Look
from manifold.plots.style import faint, ink, muted, sized
from manifold.runs import told
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, real, whole
from ._bottlenecks import ACTED, SHORTCUTS, begin_arm, make_arm
from ._pairs import Difference, draw_split
from ._rank_correlation import jackknife
from ._verdicts import difference_numbers, note_height, verdict_word

DRAWS = 10
BLOCK = 1
CLIP = 6.0
"""Where ReLU6 ends: a channel there is not active either."""


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("digits", "set of pictures", check=one_of(IMAGE_SETS))
    widths: Sequence[int] = parameter([2, 3, 4, 8], "channels of the bottlenecks", check=whole(2, 512))
    moments: Sequence[float] = parameter(
        [0.1, 0.3, 1.0], "shares of the steps after which bottlenecks are read", check=real(0.0, 1.001)
    )
    pictures: int = parameter(100, "pictures of the validation part that are read", check=whole(1, 10_000))
    positions: int = parameter(600, "positions of them that are read at each bottleneck", check=whole(10, 10_000))
    inner: int = parameter(48, "channels inside each block", check=whole(1, 512))
    depth: int = parameter(6, "blocks", check=whole(1, 50))
    steps: int = parameter(250, "steps of a training", check=whole(1, 100_000))
    batch: int = parameter(32, "pictures in a step", check=whole(2, 1000))
    rate: float = parameter(0.02, "size of the first step, by AdamW")


QUICK = {"draws": 3, "widths": [2, 4], "moments": [0.5, 1.0], "pictures": 20, "positions": 100, "depth": 3, "steps": 8}
MEASURED = ("zeros", "too_few", "two_nn_linear", "two_nn_relu6", "participation_linear", "participation_relu6")
COLUMNS = ("width", "shortcut", "draw", "progress", "gap", *MEASURED)
TABLE = ("predictor", "kind", "progress", "correlation", "low", "high", "draws", "verdict")
PREDICTORS = ("zeros", "too_few", "two_nn_lost", "participation_lost")
BASELINE = "narrow"
"""The width alone, the narrower the more: what a predictor must beat over all pairs; alike are pairs of the same width."""


class Cloud(NamedTuple):
    """What stands at positions of a bottleneck, (positions, width): after its branch, and with what comes by the shortcut."""

    branch: Floats
    output: Floats

    @property
    def dimension(self) -> float:
        """By two neighbours; no cloud has more than its channels."""
        return min(two_nn(self.output), float(self.output.shape[1]))


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw, width, place of the shortcut and moment: the gap at the end, and means over the bottlenecks."""
    cells = [(draw, width, shortcut) for draw in draws for width in parameters.widths for shortcut in SHORTCUTS]
    rows: list[dict[str, Any]] = []
    for draw, width, shortcut in told(cells, draws=len(draws)):
        split = draw_split(parameters.dataset, seed, draw)
        accuracy: dict[str, float] = {}
        clouds: dict[str, list[list[Cloud]]] = {}
        for activation in ACTED:
            network = make_arm(split, parameters, width=width, activation=activation, shortcut=shortcut)
            training = begin_arm(network, split, parameters, seed=seed, draw=draw)
            clouds[activation] = []
            for moment in parameters.moments:
                training.run(round(moment * parameters.steps))
                images = split.validation.images[: parameters.pictures]
                clouds[activation].append(read(network, images, parameters.positions, rng=random_stream(seed, draw, 3)))
            accuracy[activation] = training.run().look()["test"]["accuracy"]
        cell = {"draw": draw, "width": width, "shortcut": shortcut, "gap": accuracy["linear"] - accuracy["relu6"]}
        for moment, *arms in zip(parameters.moments, *(clouds[activation] for activation in ACTED), strict=True):
            rows.append({**cell, "progress": moment, **compare(*arms)})
    return DataFrame(rows)[list(COLUMNS)]


def read(network: SmallNet, images: Tensor, positions: int, *, rng: np.random.Generator) -> list[Cloud]:
    """Each bottleneck at some positions of the images, drawn at random."""
    clouds = []
    with torch.no_grad():
        x = network.stem(images)
        for block in network.blocks:
            branch: Tensor = block.branch(x)  # type: ignore[operator]
            x = x + branch if block.adds_input else branch
            rows = [each.movedim(1, -1).flatten(0, -2).double().numpy() for each in (branch, x)]  # (images x h x w, width)
            places = rng.permutation(len(rows[0]))[:positions]
            clouds.append(Cloud(*(each[places] for each in rows)))
    return clouds


def compare(linear: Sequence[Cloud], relu6: Sequence[Cloud]) -> dict[str, float]:
    """Means over bottlenecks; too few active channels are fewer than the dimension, rounded, of the linear arm there."""
    rows = []
    for plain, acted in zip(linear, relu6, strict=True):
        active = ((acted.branch > 0.0) & (acted.branch < CLIP)).sum(axis=1)
        dimension = plain.dimension
        values = (
            (acted.branch == 0.0).mean(),
            (active < max(1, round(dimension))).mean(),
            dimension,
            acted.dimension,
            participation_ratio(plain.output),
            participation_ratio(acted.output),
        )
        rows.append(values)
    return dict(zip(MEASURED, np.mean(rows, axis=0).tolist(), strict=True))


def predictors(rows: DataFrame) -> DataFrame:
    """The rows with a column for each of `PREDICTORS`: what is lost of a dimension is what the linear arm has more."""
    lost = {f"{name}_lost": rows[f"{name}_linear"] - rows[f"{name}_relu6"] for name in ("two_nn", "participation")}
    return rows.assign(**lost, narrow=-rows["width"])


def correlations(rows: DataFrame) -> dict[tuple[str, float, bool], Difference]:
    """Rank correlation with the gap by predictor, moment, and whether within one width and shortcut, or over all pairs."""
    found = {}
    moments: Any = predictors(rows).groupby("progress")
    for progress, part in moments:
        tables: Any = part.pivot(index=["width", "shortcut"], columns="draw", values=["gap", *PREDICTORS, BASELINE])
        gaps = tables["gap"].to_numpy()
        for name in (*PREDICTORS, BASELINE):
            for within in (False,) if name == BASELINE else (False, True):
                found[name, float(progress), within] = jackknife(tables[name].to_numpy(), gaps, within=within)
    return found


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Rank correlations with their intervals and verdicts; and that of the width itself, over all pairs."""
    numbers: dict[str, float] = {}
    for (name, progress, within), found in correlations(rows).items():
        kind = "within" if within else "over_all"
        numbers |= difference_numbers(found, f"correlation_{kind}_{name}_progress={progress:g}")
    return numbers


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """A row for each predictor, moment and kind of pairs."""
    lines = []
    for (name, progress, within), found in correlations(rows).items():
        kind = say(f"figure.what_explains_the_gap.{'within' if within else 'over_all'}")
        ends = [round(value, 6) for value in found[:3]]
        lines.append([say(f"figure.what_explains_the_gap.{name}"), kind, progress, *ends, found.pairs, verdict_word(found)])
    return DataFrame(lines, columns=[say(f"training.column.{name}") for name in TABLE])


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Rank correlations over the moments, over all pairs and within one width and shortcut; and the pairs themselves."""
    found, last = correlations(rows), max(parameters.moments)
    best = max(PREDICTORS, key=lambda name: found[name, last, True].mean)
    lines, columns = page.grid(3, least=2.2)
    said = [_sentence(name, found[name, last, True]) for name in PREDICTORS]
    note = "\n".join([say("figure.what_explains_the_gap.head"), *said])
    result = page.figure(2.3 * lines + note_height(note, page, entries=7))
    overall, inside, pairs = result.subplots(lines, columns, squeeze=False).ravel()[:3]
    for ax, within in ((overall, False), (inside, True)):
        for number, name in enumerate((*PREDICTORS, *([] if within else [BASELINE]))):
            _draw_predictor(ax, {moment: found[name, moment, within] for moment in parameters.moments}, name, number)
        ax.set(ylim=(-1.05, 1.05), title=say(f"figure.what_explains_the_gap.{'within' if within else 'over_all'}"))
        ax.set(xlabel=say("figure.what_explains_the_gap.progress"), ylabel=say("figure.what_explains_the_gap.correlation"))
        ax.set_xticks(parameters.moments)
        ax.axhline(0.0, color=faint(), linewidth=sized(0.8), zorder=0)
    _draw_pairs(pairs, predictors(rows[rows["progress"] == last]), best)
    for ax in result.axes[3:]:
        ax.remove()
    figure_legend(result, overall, pairs, note=note)
    return result


def _sentence(name: str, found: Difference) -> str:
    """How well a predictor orders the gaps of pairs that are alike, and whether that is shown."""
    ends = {end: f"{value:+.2f}" for end, value in zip(("mean", "low", "high"), found[:3], strict=True)}
    predictor = say(f"figure.what_explains_the_gap.{name}")
    return say("figure.what_explains_the_gap.said", predictor=predictor, verdict=verdict_word(found), **ends)


def _draw_predictor(ax: Axes, found: dict[float, Difference], name: str, number: int) -> None:
    """A line over the moments, each with its interval."""
    look = QUANTITIES[number] if name != BASELINE else Look(muted(), "", ":")
    moments = np.array(list(found)) + 0.012 * (number - 1.5)
    means, low, high = np.array([each[:3] for each in found.values()]).T
    label = say(f"figure.what_explains_the_gap.{name}")
    ax.errorbar(
        moments, means, [means - low, high - means], **look.line, markersize=sized(3.0), elinewidth=sized(0.8), label=label
    )


def _draw_pairs(ax: Axes, rows: DataFrame, name: str) -> None:
    """The gap of every pair against a predictor."""
    for shortcut, mark, color in zip(SHORTCUTS, "ox", (BAR, ink()), strict=True):
        part = rows[rows["shortcut"] == shortcut]
        ax.plot(
            part[name],
            100.0 * part["gap"],
            mark,
            color=color,
            markersize=sized(3.0),
            label=say(f"training.shortcut.{shortcut}"),
        )
    ax.set(xlabel=say(f"figure.what_explains_the_gap.{name}"), ylabel=say("figure.linear_bottleneck.gain"))
    ax.set_title(say("figure.what_explains_the_gap.pairs"))
