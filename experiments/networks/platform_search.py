"""A search beats the hand-made network that its reward picks, not the best of five; evolution is not shown to beat chance.

Source: Tan et al. 2018 (MnasNet), arXiv 1807.11626, whose reward accuracy x (latency / target)^w MobileNetV3 (Howard et al.
2019, arXiv 1905.02244, section 4.1) takes, here with w = -.15; Real et al. 2019, arXiv 1802.01548, whose regularised evolution
beats random search. Of 16^3 networks, by kernel, expansion, squeeze-excite and activation of three blocks, each is trained
once, for 25 steps on digits of 8 x 8 pixels, with the same weights, split and order: the five searches of 200 tries of each
kind differ by what they draw. The target is the time of MobileNetV2's blocks. Latency is a sum over parts, of one picture on
one thread; 60 networks are timed whole too. The best, and five made by hand, are trained again on five new seeds.
Output: scores, MACs and milliseconds of every try. Headline: best rewards; differences in hundredths, search by search, with
their 95 per cent intervals and verdicts: 1 reproduced, 0 undecided, -1 not reproduced; rank correlations of latency.
Evolution minus random search is +.3 [-1.9, 2.6], with 142 networks in its 200 tries. Evolution minus the best hand-made one
is +6.0 [4.7, 7.2], on new seeds +6.9 [5.0, 8.8], but -1.5 [-3.5, .4] where the hand-made one is picked with hindsight: the
blocks of MobileNetV2. Winners promise 3.5 [2.2, 4.7] points of accuracy more than they keep. Latency follows the number of
gates, rank correlation .89 [.82, .93] over 60 networks, and hardly MACs, .18 [-.08, .42]; timed again, less busy, .90 and .28.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pandas import DataFrame

from manifold import random_stream
from manifold.checks import Floats
from manifold.nets.compression.architecture import HAND_MADE, read_architecture
from manifold.nets.compression.latency import milliseconds
from manifold.nets.compression.search import SEARCHES, Aim, Bench, Trial, pareto_front, search
from manifold.nets.training.data import IMAGE_SETS
from manifold.nets.training.loop import one_thread
from manifold.plots import Page, figure_legend, muted, sized
from manifold.plots.palettes import BAR, QUANTITIES, RIVALS
from manifold.plots.style import ink
from manifold.runs import told
from manifold.sweeps import mean_interval
from manifold.text import say

from ..runner.drawn import Drawn
from ..runner.parameters import one_of, parameter, real, whole
from ..training._arms import claims_table
from ..training._pairs import Difference, in_points, over_draws
from ..training._rank_correlation import rank_correlation
from ..training._verdicts import difference_numbers, note_height, verdict_word

DRAWS = 5
BLOCK = 1
LOOKS = {"random": RIVALS["others"], "evolution": RIVALS["ours"]}


@dataclass(frozen=True)
class Parameters:
    """What `--set` may change."""

    dataset: str = parameter("digits", "set of pictures", check=one_of(IMAGE_SETS))
    trials: int = parameter(200, "networks of each search", check=whole(2, 400))
    exponent: float = parameter(-0.15, "w of accuracy x (latency / target)^w", check=real(-10.0, 0.001))
    reruns: int = parameter(5, "other seeds on which the best and the hand-made are trained again", check=whole(2, 100))
    timed: int = parameter(60, "networks of the first random search that are timed whole as well", check=whole(0, 400))
    steps: int = parameter(25, "steps of a training", check=whole(1, 100_000))
    batch: int = parameter(64, "pictures in a step", check=whole(2, 1000))
    rate: float = parameter(0.05, "size of the first step, by AdamW")


QUICK = {"draws": 2, "trials": 22, "reruns": 2, "timed": 8, "steps": 2}
MEASURED = ("macs", "milliseconds", "reward", "validation_accuracy", "accuracy")
COLUMNS = ("draw", "search", "trial", "network", *MEASURED, "rerun_accuracy", "milliseconds_whole")


@functools.lru_cache(maxsize=32)
def _bench(seed: int, draw: int, parameters: Parameters) -> Bench:
    """The networks of this process, each trained once for all searches."""
    asked: dict[str, Any] = {"steps": parameters.steps, "batch": parameters.batch, "rate": parameters.rate}
    return Bench(parameters.dataset, seed=seed, draw=draw, **asked)


@one_thread()
def measure(draws: Sequence[int], *, seed: int, parameters: Parameters) -> DataFrame:
    """One row per draw, search and network tried, the hand-made ones last."""
    bench, rows = _bench(seed, 0, parameters), []
    aim = bench.usual_aim(parameters.exponent)
    for draw, name in told([(draw, name) for draw in draws for name in (*SEARCHES, "hand")], draws=len(draws)):
        if name == "hand":
            tried = [bench.judge(read_architecture(word), aim) for word in HAND_MADE.values()]
        else:
            tried = search(name, bench, trials=parameters.trials, aim=aim, rng=random_stream(seed, draw, 3))
        best = max(tried, key=lambda trial: trial.reward)
        whole_ones = _time_whole(tried[: parameters.timed], bench) if (draw, name) == (0, "random") else {}
        for number, trial in enumerate(tried):
            again = name == "hand" or trial is best
            told_of = {
                "rerun_accuracy": _rerun(trial.word, seed, parameters) if again else np.nan,
                "milliseconds_whole": whole_ones.get(trial.word, np.nan),
            }
            scores = {key: value for key, value in asdict(trial).items() if key != "word"}
            rows.append({"draw": draw, "search": name, "trial": number, "network": trial.word, **scores, **told_of})
    return DataFrame(rows)[list(COLUMNS)]


def _time_whole(tried: Sequence[Trial], bench: Bench) -> dict[str, float]:
    """Milliseconds of networks as they run, in turns."""
    classes = len(bench.split.train.names)
    made = {trial.word: (read_architecture(trial.word).network(bench.shape, classes), bench.shape) for trial in tried}
    return milliseconds(made)


@functools.cache
def _rerun(word: str, seed: int, parameters: Parameters) -> float:
    """Mean test accuracy on seeds that no search has seen."""
    aim = Aim(1.0, 0.0)
    benches = [_bench(seed, draw, parameters) for draw in range(1, parameters.reruns + 1)]
    return float(np.mean([bench.judge(read_architecture(word), aim).accuracy for bench in benches]))


def best_so_far(rows: DataFrame, name: str) -> Floats:
    """Best reward until each trial, (draws, trials)."""
    part = rows[rows["search"] == name]
    return np.maximum.accumulate(part.pivot(index="draw", columns="trial", values="reward").to_numpy(), axis=1)


def advantage(rows: DataFrame) -> Difference:
    """Best reward of evolution minus that of random search, over the draws."""
    gaps = best_so_far(rows, "evolution")[:, -1] - best_so_far(rows, "random")[:, -1]
    return over_draws(gaps)


def _best(rows: DataFrame) -> DataFrame:
    """The best by reward of each draw and search, hand-made networks among them."""
    return rows.loc[rows.groupby(["draw", "search"])["reward"].idxmax()]


def over_hand(rows: DataFrame) -> Difference:
    """Best reward of evolution minus that of the best hand-made network, over the draws."""
    table: Any = _best(rows).pivot(index="draw", columns="search", values="reward")
    gaps = (table["evolution"] - table["hand"]).to_numpy()
    return over_draws(gaps)


def held(rows: DataFrame, *, hindsight: bool = False) -> Difference:
    """Reward, from test accuracy on new seeds, of what evolution found minus that of the best hand-made one, over the draws.

    Reward is accuracy times what depends on latency alone. The hand-made one is chosen as evolution chooses, by the reward of
    the search; with hindsight by that on the new seeds, which is more than anybody could have known.
    """
    again = rows.assign(again=rows["reward"] * rows["rerun_accuracy"] / rows["validation_accuracy"])
    best: Any = again.loc[_best(rows).index].pivot(index="draw", columns="search", values="again")
    hand = again[again["search"] == "hand"].groupby("draw")["again"].max() if hindsight else best["hand"]
    gaps = (best["evolution"] - hand).to_numpy()
    return over_draws(gaps)


def on_front(rows: DataFrame) -> int:
    """How many hand-made networks no network that was tried beats, by validation accuracy and milliseconds."""
    front = {each.word for each in pareto_front(_trials(rows.drop_duplicates("network")))}
    return len(front & set(rows[rows["search"] == "hand"]["network"]))


def _trials(rows: DataFrame) -> list[Trial]:
    return [Trial(*each) for each in rows[["network", *TOLD]].itertuples(index=False)]


def promise(rows: DataFrame) -> Difference:
    """Validation accuracy of what searches found minus its test accuracy on new seeds, over searches of both kinds."""
    found = _best(rows)
    gaps = (found["validation_accuracy"] - found["rerun_accuracy"])[found["search"] != "hand"].to_numpy()
    return over_draws(gaps)


def latency_correlation(rows: DataFrame, one: str, other: str) -> Difference:
    """Spearman's correlation of two columns over the networks timed whole, with Fieller's interval.

    tanh(artanh r -+ 1.96 sqrt(1.06 / (n - 3))) (Fieller, Hartley, Pearson 1957, Biometrika 44).
    """
    timed = rows.dropna(subset=["milliseconds_whole"])
    timed = timed.assign(gates=timed["network"].str.count("s"))
    r = rank_correlation(timed[[one]].to_numpy().T, timed[[other]].to_numpy().T, within=False)
    middle = np.arctanh(np.clip(r, -0.999999, 0.999999))
    half = 1.96 * np.sqrt(1.06 / max(1, len(timed) - 3))
    return Difference(r, float(np.tanh(middle - half)), float(np.tanh(middle + half)), len(timed))


def headline(rows: DataFrame, parameters: Parameters) -> dict[str, float]:
    """Mean best reward, differences with intervals and verdicts, and rank correlations of latency."""
    best: Any = _best(rows).groupby("search")
    numbers = {f"largest_reward_search={name}": float(value) for name, value in best["reward"].mean().items()}
    numbers |= {f"mean_rerun_accuracy_search={name}": float(value) for name, value in best["rerun_accuracy"].mean().items()}
    numbers |= difference_numbers(advantage(rows), "gain_of_evolution_over_random")
    numbers |= difference_numbers(over_hand(rows), "gain_of_evolution_over_hand")
    numbers |= difference_numbers(held(rows), "gain_held_of_evolution_over_hand")
    numbers |= difference_numbers(held(rows, hindsight=True), "gain_held_of_evolution_over_hand_in_hindsight")
    numbers |= difference_numbers(promise(rows), "promise_over_rerun")
    for name, pair in CORRELATED.items():
        numbers |= difference_numbers(latency_correlation(rows, *pair), f"correlation_{name}")
    distinct: Any = rows.groupby(["search", "draw"])["network"].nunique().groupby("search").mean()
    numbers |= {f"count_networks_search={name}": float(distinct[name]) for name in SEARCHES}
    return {**numbers, "count_networks": float(rows["network"].nunique()), "count_hand_on_front": float(on_front(rows))}


CORRELATED = {
    "latency_with_macs": ("milliseconds_whole", "macs"),
    "latency_with_gates": ("milliseconds_whole", "gates"),
    "whole_with_parts": ("milliseconds_whole", "milliseconds"),
}
"""Time of whole networks with their MACs, with the number of their gates, and with the sum over their parts."""


def table(rows: DataFrame, parameters: Parameters) -> DataFrame:
    """A row per claim: those of rewards and accuracy in hundredths."""
    return claims_table({say(f"figure.platform_search.{name}"): find(rows) for name, find in CLAIMS.items()})


CLAIMS: dict[str, Callable[[DataFrame], Difference]] = {
    "advantage": advantage,
    "over_hand": over_hand,
    "held": held,
    "hindsight": functools.partial(held, hindsight=True),
    "promise": promise,
}


def figure(rows: DataFrame, drawn: Drawn, *, parameters: Parameters, page: Page) -> Figure:
    """The best reward so far; all networks tried, the front among them and the hand-made ones; latency against MACs."""
    lines, columns = page.grid(3, least=2.2)
    result = page.figure(2.5 * lines + note_height(_note(rows), page, entries=6))
    progress, plane, times, *others = result.subplots(lines, columns, squeeze=False).ravel()
    _draw_progress(progress, rows)
    _draw_networks(plane, rows)
    _draw_times(times, rows.dropna(subset=["milliseconds_whole"]))
    for ax in others:
        ax.remove()
    figure_legend(result, progress, plane, note=_note(rows))
    return result


def _note(rows: DataFrame) -> str:
    """What each claim comes to."""
    found = {name: find(rows) for name, find in CLAIMS.items()}
    words = {name: {"points": in_points(each), "verdict": verdict_word(each)} for name, each in found.items()}
    lines = [
        say("figure.platform_search.said", what=say(f"figure.platform_search.{name}"), **each) for name, each in words.items()
    ]
    for name, pair in CORRELATED.items():
        ends = zip(("mean", "low", "high"), latency_correlation(rows, *pair)[:3], strict=True)
        what = say(f"figure.platform_search.{name}")
        lines.append(say("figure.platform_search.correlation", what=what, **{end: f"{value:+.2f}" for end, value in ends}))
    return "\n".join(line[:1].upper() + line[1:] for line in lines)


def _draw_progress(ax: Axes, rows: DataFrame) -> None:
    """Mean best reward of each search until each trial, with its interval over the draws."""
    for name, look in LOOKS.items():
        best = best_so_far(rows, name)
        trials = np.arange(1, best.shape[1] + 1)
        low, high = np.array([mean_interval(each) for each in best.T]).T
        label = say(f"figure.platform_search.{name}")
        ax.plot(trials, best.mean(axis=0), color=look.color, linestyle=look.dash, label=label)
        ax.fill_between(trials, low, high, color=look.color, alpha=0.2, linewidth=0.0)
    hand = rows[rows["search"] == "hand"]["reward"].max()
    ax.axhline(hand, color=muted(), linestyle="--", linewidth=sized(0.8), label=say("figure.platform_search.best-hand"))
    tried = np.concatenate([best_so_far(rows, name).ravel() for name in LOOKS])
    ax.set_ylim(min(tried.min(), hand) - 0.01, max(tried.max(), hand) + 0.01)  # of few draws an interval is wide beyond sense
    ax.set(xlabel=say("figure.platform_search.trials"), ylabel=say("figure.platform_search.reward"))
    ax.set_title(say("figure.platform_search.progress"))


def _draw_networks(ax: Axes, rows: DataFrame) -> None:
    """Validation accuracy against milliseconds of all that was tried, the front, and the hand-made ones."""
    tried = rows[rows["search"] != "hand"].drop_duplicates("network")
    dots: dict[str, Any] = {"color": BAR, "markersize": sized(1.8), "alpha": 0.5, "markeredgewidth": 0.0}
    ax.plot(tried["milliseconds"], 100.0 * tried["validation_accuracy"], "o", **dots, label=say("figure.platform_search.tried"))
    front = pareto_front(_trials(tried))
    steps: dict[str, Any] = {"drawstyle": "steps-post", "color": ink(), "label": say("figure.platform_search.front")}
    ax.plot([each.milliseconds for each in front], [100.0 * each.validation_accuracy for each in front], **steps)
    hand = rows[rows["search"] == "hand"].drop_duplicates("network")
    look: dict[str, Any] = {"color": RIVALS["theirs"].color, "markersize": sized(4.0)}
    ax.plot(hand["milliseconds"], 100.0 * hand["validation_accuracy"], "D", **look, label=say("figure.platform_search.hand"))
    ax.set(xlabel=say("figure.platform_search.milliseconds"), ylabel=say("figure.platform_search.validation"))
    ax.set_title(say("figure.platform_search.networks"))


TOLD = ("validation_accuracy", "accuracy", "milliseconds", "macs", "reward")


def _draw_times(ax: Axes, timed: DataFrame) -> None:
    """Milliseconds of whole networks against their MACs, by the number of gates."""
    gates = timed["network"].str.count("s")
    for number, look in enumerate(QUANTITIES):
        part = timed[gates == number]
        marks: dict[str, Any] = {"markersize": sized(3.0), "label": say("figure.platform_search.gates", number=number)}
        ax.plot(part["macs"] / 1000.0, part["milliseconds_whole"], **{**look.line, "linestyle": ""}, **marks)
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + 0.45 * (high - low))  # room for the legend
    ax.legend(fontsize=sized(7.0), loc="upper left")
    ax.set(xlabel=say("figure.platform_search.macs"), ylabel=say("figure.platform_search.milliseconds"))
    ax.set_title(say("figure.platform_search.times"))
