"""The best of forty runs promises two points more than its setting gives on new seeds; its test score promises nothing.

Source: Cawley, Talbot 2010, JMLR 11, 2079-2107: a score that has chosen is too good; the winner's curse of Capen, Clapp,
Campbell 1971. A network of four blocks is trained on digits of 8 x 8 pixels at forty points of a grid: five learning rates,
four weight decays, two widths. A draw draws split, weights and order, which all points share. Of each draw the point with the
best validation accuracy wins; its reruns are the same point in all other draws.
Output: accuracy on the validation part and on the test part. Headline: the validation score that a winner won by, and the
test score of the same run, which chose nothing, each minus its mean over the reruns, with the 95 per cent interval over
draws, which share their reruns, and the verdict on whether it is above 0 (1, 0, -1); the settings that no paired interval
shows to be worse than the best. Winners promise +1.9 points [1.2, 2.6] too much; their own test score +.4 [-.4, 1.2]. In ten
draws eight settings won, and eight of the forty are not shown to be worse than the best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold.nets.compression.recipes import RecipeCell, measure_recipes, recipe_grid
from manifold.nets.training.data import IMAGE_SETS
from manifold.plots import Page, figure_legend, sized
from manifold.plots.palettes import BAR, RIVALS
from manifold.plots.style import faint, ground, ink
from manifold.sweeps import mean_interval
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, real, whole
from ..training._arms import claims_table
from ..training._pairs import Difference, in_points, over_draws
from ..training._verdicts import difference_numbers, note_height, verdict_word

DRAWS = 10
BLOCK = 1
SETTING = ["rate", "decay", "width"]
PROMISES = {"validation": "validation_accuracy", "own_test": "accuracy"}
"""What the winner is said to be worth: the score that it was chosen by, or that of the same run on pictures no choice saw."""


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("digits", "set of pictures", check=one_of(IMAGE_SETS))
    rates: Sequence[float] = parameter([0.005, 0.01, 0.02, 0.04, 0.08], "sizes of the first step, by AdamW", check=real(0.0))
    decays: Sequence[float] = parameter([0.0, 0.03, 0.1, 0.3], "weight decays", check=real(0.0, inclusive=True))
    widths: Sequence[int] = parameter([4, 8], "channels of the bottlenecks", check=whole(2, 512))
    steps: int = parameter(120, "steps of a training", check=whole(1, 100_000))
    batch: int = parameter(32, "pictures in a step", check=whole(2, 1000))


QUICK = {"draws": 2, "rates": [0.02, 0.08], "decays": [0.0, 0.3], "widths": [4], "steps": 8}
COLUMNS = (*SETTING, "draw", "accuracy", "validation_accuracy")


class Winner(NamedTuple):
    """Best of the grid in a draw by its validation part: its setting, what it promises there, and what it gives elsewhere."""

    setting: RecipeCell
    promised: float
    reruns: tuple[float, ...]

    @property
    def rerun(self) -> float:
        """Mean over the other draws."""
        return float(np.mean(self.reruns))


def check(parameters: Parameters) -> None:
    """The grid is one."""
    _grid(parameters)


def _grid(parameters: Parameters) -> list[RecipeCell]:
    return recipe_grid(rate=parameters.rates, decay=parameters.decays, width=parameters.widths)


def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw and point of the grid."""
    asked = {"steps": parameters.steps, "batch": parameters.batch, "dataset": parameters.dataset}
    return measure_recipes(_grid(parameters), draws, seed=seed, **asked)[list(COLUMNS)]  # type: ignore[arg-type]


def winners(rows: DataFrame, promise: str) -> list[Winner]:
    """Of each draw, the best by `validation_accuracy`, of equals the first; its column `promise` there and in other draws."""
    tables: list[Any] = [rows.pivot(index=SETTING, columns="draw", values=name) for name in ("validation_accuracy", promise)]
    (chosen, told_of), found = tables, []
    for draw in chosen:
        setting = chosen[draw].idxmax()
        scores = told_of.loc[setting]
        found.append(Winner(RecipeCell(*setting), float(scores[draw]), tuple(scores.drop(draw))))
    return found


def curse(rows: DataFrame, promise: str) -> Difference:
    """What winners promise minus what their settings give in the other draws, over the draws."""
    return over_draws([winner.promised - winner.rerun for winner in winners(rows, promise)])


def as_good(rows: DataFrame) -> int:
    """Points of the grid that no paired interval over the draws shows to be worse than the best mean, itself among them.

    The best is chosen, too, so that a few too many seem worse.
    """
    scores: Any = rows.pivot(index=SETTING, columns="draw", values="accuracy")
    best = scores.loc[scores.mean(axis=1).idxmax()]
    return sum(mean_interval(best - each)[0] <= 0.0 for _, each in scores.iterrows())


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """What winners promise too much, with intervals and verdicts; how many settings won, and how many are as good."""
    numbers: dict[str, float] = {}
    for name, promise in PROMISES.items():
        numbers |= difference_numbers(curse(rows, promise), f"promise_of_{name}_over_rerun")
    best = rows.groupby(SETTING)["accuracy"].mean()
    return {
        **numbers,
        "largest_accuracy_of_a_mean": float(best.max()),
        "count_winners": len({winner.setting for winner in winners(rows, "accuracy")}),
        "count_settings_as_good_as_the_best": as_good(rows),
        "count_settings": len(best),
    }


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """A row per promise."""
    return claims_table({say(f"figure.best_of_forty.{name}"): curse(rows, promise) for name, promise in PROMISES.items()})


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The map of mean accuracy for each width, and what the winner of each draw promises beside its reruns."""
    widths = sorted(rows["width"].unique())
    lines, columns = page.grid(len(widths) + 1, least=2.2)
    result = page.figure(2.5 * lines + note_height(_note(rows), page, entries=3))
    axes = result.subplots(lines, columns, squeeze=False).ravel()
    parts: Any = 100.0 * rows.set_index(SETTING)["accuracy"]
    means, halves = parts.groupby(SETTING).mean(), parts.groupby(SETTING).agg(lambda part: np.ptp(mean_interval(part)) / 2.0)
    for ax, width in zip(axes, widths, strict=False):
        tables = [each.xs(width, level="width").unstack("rate") for each in (means, halves)]
        _draw_map(ax, *tables, limits=(means.min(), means.max()))
        ax.set_title(say("figure.best_of_forty.map", width=int(width)))
    _draw_winners(axes[len(widths)], winners(rows, "validation_accuracy"))
    for ax in axes[len(widths) + 1 :]:
        ax.remove()
    figure_legend(result, axes[len(widths)], note=_note(rows))
    return result


def _note(rows: DataFrame) -> str:
    """What winners promise too much, and how many settings are as good as the best."""
    lines = []
    for name, promise in PROMISES.items():
        found = curse(rows, promise)
        words = {"points": in_points(found), "verdict": verdict_word(found)}
        lines.append(say("figure.best_of_forty.said", what=say(f"figure.best_of_forty.{name}"), **words))
    count = len(rows[SETTING].drop_duplicates())
    lines.append(say("figure.best_of_forty.as-good", good=as_good(rows), count=count))
    return "\n".join(line[:1].upper() + line[1:] for line in lines)


def _draw_map(ax: Axes, means: DataFrame, halves: DataFrame, *, limits: tuple[float, float]) -> None:
    """Mean accuracy, decays upwards against rates, its number in every field, and half its interval."""
    ax.imshow(means, cmap="viridis", origin="lower", aspect="auto", vmin=limits[0], vmax=limits[1])
    middle = sum(limits) / 2.0
    values, spans = means.to_numpy(), halves.to_numpy()
    for row, column in np.ndindex(values.shape):
        value = float(values[row, column])
        letters: dict[str, Any] = {"color": "black" if value > middle else "white", "fontsize": sized(7.0)}
        told = f"{value:.1f}\n±{spans[row, column]:.1f}"
        ax.text(column, row, told, ha="center", va="center", linespacing=0.95, **letters)
    ax.set_xticks(range(means.shape[1]), [f"{rate:g}" for rate in means.columns])
    ax.set_yticks(range(means.shape[0]), [f"{decay:g}" for decay in means.index])
    ax.set(xlabel=say("figure.best_of_forty.rate"), ylabel=say("figure.best_of_forty.decay"))


def _draw_winners(ax: Axes, found: Sequence[Winner]) -> None:
    """What each promises, its reruns, and their mean."""
    for draw, winner in enumerate(found):
        reruns = 100.0 * np.array(winner.reruns)
        dots: dict[str, Any] = {"color": BAR, "markersize": sized(2.5), "alpha": 0.8, "markeredgewidth": 0.0}
        ax.plot(np.full(len(reruns), draw), reruns, "o", **dots, label=say("figure.best_of_forty.rerun"))
        ax.plot([draw] * 2, [100.0 * winner.promised, reruns.mean()], color=faint(), linewidth=sized(0.8), zorder=0)
        ax.plot(draw, reruns.mean(), "o", color=ink(), markersize=sized(3.5), label=say("figure.best_of_forty.mean"))
        look: dict[str, Any] = {"color": RIVALS["theirs"].color, "markerfacecolor": ground(), "markersize": sized(4.0)}
        ax.plot(draw, 100.0 * winner.promised, "s", **look, label=say("figure.best_of_forty.promised"))
    ax.set_xticks(range(len(found)))
    ax.set(xlabel=say("figure.best_of_forty.draw"), ylabel=say("figure.best_of_forty.score"))
    ax.set_title(say("figure.best_of_forty.winners"))
