"""An early exit costs residual networks more accuracy than dense ones, and most pictures may leave at it.

Source: Huang et al. 2017 (MSDNet), arXiv 1703.09844, Figure 3 and section 4; Teerapittayanon et al. 2016 (BranchyNet), arXiv
1709.01686. Dense, residual and plain networks of twelve 3x3 convolutions have exits at about 1/6, 1/2 and all of their MACs,
and as many MACs and parameters as each other; the loss is the sum of all exits' losses. The same networks are trained without
the early exits, on the same pictures, from the same first weights of the body. A picture leaves at the first exit whose largest
probability is above a threshold: the least one at which the validation part loses nothing against going to the end.
Output: on the test part, accuracy and mean MACs at every threshold; where each digit leaves; how often the first exit is right
and the last wrong, and the other way round. Headline: what exits cost the last one, with intervals and verdicts.
Twenty draws: exits cost a dense network .8 points [.2, 1.3], a residual one .2 [-.3, .7]: residual minus dense is -.6 points
[-1.4, .2], and the claim is not reproduced at this size. That most pictures may leave early is: a residual network keeps its
accuracy, -.1 points [-.4, .2], at 23 per cent of its MACs, a dense one loses .4 points [.1, .6] at 25. The first exit is right
where the last is wrong for .7 per cent of the pictures; in plain networks, whose last exits often train badly, for 3.5, so that
leaving early is better than staying. Eights leave last, zeros first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray
from pandas import DataFrame
from torch import Tensor

from manifold.nets import ExitNet, Recipe, Split, exit_net, formula_cost, leave
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.exits import ALL_EXITS, STAGES
from manifold.nets.training.loop import one_thread
from manifold.plots import Page, figure_legend
from manifold.plots.palettes import stack_look
from manifold.plots.style import sized
from manifold.runs import told
from manifold.sweeps import mean_interval
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, real, whole
from ._arms import claims_table, draw_differences
from ._exit_panels import draw_curve, draw_pictures, large_marks
from ._pairs import Difference, batch_seed, begin, draw_split, in_points, over_draws, paired_difference
from ._verdicts import difference_numbers, note_height, verdict_word

DRAWS = 20
BLOCK = 1
DIGITS = tuple(map(str, range(10)))


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("digits", "pictures", check=one_of(IMAGE_SETS))
    networks: Sequence[str] = parameter(["dense", "residual", "plain"], "kinds of stages", check=one_of(STAGES))
    growth: int = parameter(4, "maps that a dense layer adds, even; other layers have three times as many", check=whole(2, 64))
    steps: int = parameter(300, "steps of a training", check=whole(1, 100_000))
    batch: int = parameter(64, "pictures in a step", check=whole(1, 10_000))
    rate: float = parameter(0.01, "the first step's size")
    thresholds: Sequence[float] = parameter(
        [0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999],
        "probabilities above which a picture leaves, beside 0 and 1",
        check=real(0.0, below=1.0),
    )


QUICK = {"draws": 2, "steps": 20, "growth": 2, "thresholds": [0.2, 0.3, 0.5, 0.7]}
COLUMNS = (
    *("draw", "network", "exits", "threshold", "accuracy", "validation_accuracy", "macs", "parameters"),
    *("left_first", "left_second", "accuracy_first", "accuracy_second", "overthought", "rescued", "seconds"),
    *(f"exit_{digit}" for digit in DIGITS),
)


def check(parameters: Parameters) -> None:
    """The growth rate is even."""
    exit_net("dense", (1, 8, 8), 10, growth=parameters.growth)


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw and network, for three exits per threshold."""
    rows: list[dict[str, Any]] = []
    arms = [(draw, network, exits) for draw in draws for network in parameters.networks for exits in (3, 1)]
    for draw, network, exits in told(arms, draws=len(draws)):
        split = draw_split(parameters.dataset, seed, draw)
        trained, seconds = _train(network, exits, split, seed=seed, draw=draw, parameters=parameters)
        shape = tuple(split.test.images.shape[1:])
        arm = {"draw": draw, "network": network, "exits": exits, "seconds": seconds}
        arm["parameters"] = formula_cost(trained, shape).parameters
        macs = np.array([cost.macs for cost in trained.costs(shape)])
        test, validation = (_scores(trained, part.images) for part in (split.test, split.validation))
        for threshold in sorted({0.0, *parameters.thresholds, 1.0}) if exits > 1 else (1.0,):
            seen = _leave_at(threshold, test, split.test.labels, macs)
            right = _right(validation, split.validation.labels)[range(len(validation)), leave(validation, threshold)]
            rows.append({**arm, "threshold": threshold, "validation_accuracy": float(right.mean()), **seen})
    return DataFrame(rows, columns=list(COLUMNS))


def _train(network: str, exits: int, split: Split, *, seed: int, draw: int, parameters: Parameters) -> tuple[ExitNet, float]:
    """The trained network, and seconds."""
    shape, classes = tuple(split.train.images.shape[1:]), len(split.train.names)
    made = exit_net(network, shape, classes, growth=parameters.growth, exits=exits)
    recipe = Recipe(parameters.steps, parameters.batch, parameters.rate, seed=batch_seed(seed, draw))
    training = begin(made, split, recipe, seed=seed, draw=draw, objective=ALL_EXITS).run()
    return made, float(training.look()["train"]["seconds"])


def _scores(network: ExitNet, images: Tensor) -> NDArray[np.float64]:
    """Scores (N, exits, classes)."""
    with torch.no_grad():
        return np.asarray(network(images).double().numpy())


def _right(scores: NDArray[np.float64], labels: Tensor) -> NDArray[np.bool_]:
    """Whether each exit is right (N, exits)."""
    return np.asarray(scores.argmax(axis=2) == labels.numpy()[:, None])


def _leave_at(threshold: float, scores: NDArray[np.float64], labels: Tensor, macs: NDArray[np.int64]) -> dict[str, Any]:
    """What comes of a threshold: who is right, what it costs, and where pictures of each class leave."""
    exits, right, classes = leave(scores, threshold), _right(scores, labels), labels.numpy()
    row = {"accuracy": float(right[range(len(right)), exits].mean()), "macs": float(macs[exits].mean())}
    if right.shape[1] == 1:
        return row
    return row | {
        "left_first": float((exits == 0).mean()),
        "left_second": float((exits == 1).mean()),
        "accuracy_first": float(right[:, 0].mean()),
        "accuracy_second": float(right[:, 1].mean()),
        "overthought": float((right[:, 0] & ~right[:, -1]).mean()),
        "rescued": float((~right[:, 0] & right[:, -1]).mean()),
        **{f"exit_{digit}": float(1.0 + exits[classes == int(digit)].mean()) for digit in DIGITS},
    }


def exits_cost(rows: DataFrame) -> dict[str, Difference]:
    """Accuracy of the last exit without early ones minus with them, by network."""
    last = rows[rows["threshold"] == 1.0]
    return {str(name): paired_difference(part, "exits", 1, 3) for name, part in last.groupby("network", sort=False)}


def costs_more(rows: DataFrame) -> Difference | None:
    """By how much more they cost a residual network than a dense one, where both were measured."""
    last: Any = rows[rows["threshold"] == 1.0].pivot(index=["network", "draw"], columns="exits", values="accuracy")
    cost = (last[1] - last[3]).rename("cost").reset_index()
    if not {"dense", "residual"} <= set(cost["network"]):
        return None
    return paired_difference(cost, "network", "residual", "dense", score="cost")


def chosen(rows: DataFrame) -> DataFrame:
    """By network and draw the row of the least threshold that costs no accuracy on the validation part, with what it saves."""
    three = rows[rows["exits"] == 3].sort_values("threshold")
    full = three[three["threshold"] == 1.0][["network", "draw", "accuracy", "validation_accuracy", "macs"]]
    joined = three.merge(full, on=["network", "draw"], suffixes=("", "_full"))
    kept = joined[joined["validation_accuracy"] >= joined["validation_accuracy_full"]]
    best = kept.drop_duplicates(["network", "draw"])
    return best.assign(gain=best["accuracy"] - best["accuracy_full"], share=best["macs"] / best["macs_full"])


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """What exits cost, with verdicts; what the threshold keeps and saves; who is overthought."""
    numbers: dict[str, float] = {}
    for network, difference in exits_cost(rows).items():
        numbers |= difference_numbers(difference, f"cost_of_exits_network={network}")
    if more := costs_more(rows):
        numbers |= difference_numbers(more, "cost_of_exits_residual_over_dense")
    for name, part in chosen(rows).groupby("network", sort=False):
        low, high = mean_interval(part["gain"])
        numbers |= {f"mean_gain_chosen_network={name}": float(part["gain"].mean())}
        numbers |= {f"bound_low_gain_chosen_network={name}": low, f"bound_high_gain_chosen_network={name}": high}
        for column in ("share", "accuracy", "overthought", "rescued"):
            numbers[f"mean_{column}_chosen_network={name}"] = float(part[column].mean())
    return numbers


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """What exits cost each network, and a residual one more than a dense."""
    return claims_table(_named_costs(rows))


def _named_costs(rows: DataFrame) -> dict[str, Difference]:
    """What exits cost, by the names of networks, and of the paper's claim the residual one more than the dense."""
    named = {say(f"figure.early_exits.{name}"): each for name, each in exits_cost(rows).items()}
    if more := costs_more(rows):
        named[say("figure.early_exits.more")] = more
    return named


def drawn(rows: DataFrame, *, seed: int, parameters: Parameters) -> Drawn:
    """Test pictures of the first draw, what every exit of the first network says of them, and the threshold chosen there."""
    name, draw = parameters.networks[0], int(rows["draw"].min())
    split = draw_split(parameters.dataset, seed, draw)
    with one_thread():
        network, _ = _train(name, 3, split, seed=seed, draw=draw, parameters=parameters)
        scores = _scores(network, split.test.images)
    best = chosen(rows).set_index(["network", "draw"])
    return {
        "network": name,
        "threshold": best["threshold"].to_dict()[name, draw],
        "pictures": (255.0 * split.test.images[:, 0]).round().byte().numpy(),  # (N, H, W)
        "labels": split.test.labels.byte().numpy(),
        "scores": scores.astype(np.float16),  # (N, exits, classes)
    }


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """Accuracy against MACs; what exits cost; which digits leave where; and pictures of them."""
    lines, columns = page.grid(4, least=2.6)
    note = "\n".join(_sentences(rows)[-1 if page.height else 0 :])  # a slide has room for the claim alone
    result = page.figure(2.35 * lines + note_height(note, page, entries=5), layout=ConstrainedLayoutEngine(w_pad=0.08))
    curve, cost, digits, pictures = result.subplots(lines, columns, squeeze=False).ravel()
    best = chosen(rows)
    for name in parameters.networks:
        draw_curve(curve, rows[rows["network"] == name], best[best["network"] == name], name)
        places = best.loc[best["network"] == name, [f"exit_{digit}" for digit in DIGITS]].mean()
        digits.plot(DIGITS, places, markersize=sized(3.5), linewidth=sized(0.6), **stack_look(name).line)
    curve.set(xlabel=say("figure.early_exits.macs"), ylabel=say("training.accuracy"), title=say("figure.early_exits.curve"))
    digits.set(xlabel=say("figure.early_exits.digit"), ylabel=say("figure.early_exits.exit"))
    digits.set_title(say("figure.early_exits.digits"))
    draw_differences(cost, _named_costs(rows))
    cost.set(title=say("figure.early_exits.cost"), xlabel=say("figure.early_exits.points"))
    draw_pictures(pictures, drawn)
    figure_legend(result, curve, handles=large_marks(), note=note)
    return result


def _sentences(rows: DataFrame) -> list[str]:
    """What the threshold keeps, and whether the claim is reproduced."""
    told_of, best = [], chosen(rows)
    for name in map(str, rows["network"].unique()):
        part = best[best["network"] == name]
        gain = over_draws(part["gain"].to_numpy())
        network = say(f"figure.early_exits.{name}")
        share = f"{part['share'].mean():.0%}"
        told_of.append(say("figure.early_exits.kept", network=network, points=in_points(gain), share=share))
    means = rows.groupby("network", sort=False)["overthought"].mean()
    shares = (
        say("figure.early_exits.share", network=say(f"figure.early_exits.{name}"), share=f"{share:.1%}")
        for name, share in means.items()
    )
    told_of.append(say("figure.early_exits.over", shares=", ".join(shares)))
    if more := costs_more(rows):
        told_of.append(say("figure.early_exits.claim", points=in_points(more), verdict=verdict_word(more)))
    return told_of
