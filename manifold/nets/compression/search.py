"""Search for a network that is accurate and fast on this machine: at random, and by regularised evolution.

The reward is accuracy x (latency / target)^w, of Tan et al. 2018 (MnasNet), arXiv 1807.11626, which MobileNetV3 (Howard et al.
2019, arXiv 1905.02244, section 4.1) takes with w = -0.15; evolution is that of Real et al. 2019, arXiv 1802.01548.
"""

from __future__ import annotations

import collections
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from manifold.checks import check_count, check_number, fault
from manifold.nets.blocks.initialise import initialise
from manifold.nets.compression.architecture import CHOICES, HAND_MADE, Architecture, draw_architecture, read_architecture
from manifold.nets.compression.latency import LatencyTable
from manifold.nets.training.data import IMAGE_SETS, LabelledImages, split_images
from manifold.nets.training.family import SmallNet
from manifold.nets.training.loop import Recipe, Training, one_thread
from manifold.registry import Registry, choose
from manifold.runs import PartError, check_folder, replace_files, run_digest
from manifold.streams import random_stream

FILE = "bench.json"
_KEEP_EVERY = 10  # trainings between two writings of the file


@dataclass(frozen=True)
class Trial:
    """A network that was tried.

    Attributes
    ----------
    word : str
        See `Architecture`.
    validation_accuracy, accuracy : float
        On the validation part, by which a search chooses, and on the test part.
    milliseconds : float
        Of one picture on this machine, the sum over its parts.
    macs : int
    reward : float
    """

    word: str
    validation_accuracy: float
    accuracy: float
    milliseconds: float
    macs: int
    reward: float


@dataclass(frozen=True)
class Aim:
    """What a search wants: accuracy x (latency / target)^exponent.

    Attributes
    ----------
    target : float
        Milliseconds; above 0.
    exponent : float, default=-0.15
        At most 0; 0 asks for accuracy alone.
    """

    target: float
    exponent: float = -0.15

    def __post_init__(self) -> None:
        """TypeError or ValueError in one sentence for what is no aim."""
        check_number(self.target, "target", above=0.0)
        if check_number(self.exponent, "exponent") > 0.0:
            sentence = "exponent must be <= 0, or slow networks are wanted, got {exponent:g}"
            raise fault(ValueError, sentence, exponent=self.exponent)

    def reward(self, accuracy: float, latency: float) -> float:
        """Of a network of that accuracy and that many milliseconds."""
        return float(accuracy * (latency / self.target) ** self.exponent)


class Bench:
    """Networks of the space trained once each and remembered by their words, so that searches share them.

    Every network is trained on the same split in the same order, from weights drawn by the same seed (the idea of Ying et al.
    2019, NAS-Bench-101, arXiv 1902.09635). With a folder they are kept as they come, the latencies too: a search that was
    stopped goes through what is remembered in no time, and on from there as if it had not been stopped. Latencies are of the
    machine that measured them: take another folder on another one.

    Parameters
    ----------
    dataset : str, default="digits"
    seed, draw : int, default=0
        Of split, weights and order; see `manifold.random_stream`.
    steps, batch : int
        Of each training, 25 and 64 by default.
    rate : float, default=0.05
    folder : str or path, optional

    Raises
    ------
    PartError
        If the folder holds networks that were trained otherwise.
    """

    def __init__(
        self,
        dataset: str = "digits",
        *,
        seed: int = 0,
        draw: int = 0,
        steps: int = 25,
        batch: int = 64,
        rate: float = 0.05,
        folder: str | Path | None = None,
    ) -> None:
        self.split = split_images(IMAGE_SETS[choose(dataset, IMAGE_SETS, IMAGE_SETS.kind)](), rng=random_stream(seed, draw, 0))
        self.seed, self.draw = seed, draw
        self.recipe = Recipe(steps, batch, rate=rate, seed=int(random_stream(seed, draw, 2).integers(2**31)))
        self.path = None if folder is None else check_folder(folder) / FILE
        self._identity = {"bench": dataset, "seed": seed, "draw": draw, "recipe": asdict(self.recipe)}
        kept = self._read()
        self.scores: dict[str, list[float]] = kept["scores"]
        self.table = LatencyTable(known=kept["milliseconds"])
        self._unkept = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """Channels, height, width of a picture."""
        return tuple(self.split.train.images.shape[1:])

    def _read(self) -> dict[str, Any]:
        """What the folder remembers."""
        if self.path is None or not self.path.is_file():
            return {"scores": {}, "milliseconds": {}}
        try:
            kept: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
            run = kept["run"]
        except (ValueError, KeyError, TypeError):
            sentence = "{path} is damaged; remove this file, and its networks are trained again"
            raise fault(PartError, sentence, path=self.path) from None
        if run != run_digest(self._identity):
            sentence = (
                "{folder} holds networks of another search, with another seed, recipe or version of the code; remove this "
                "folder, or choose another"
            )
            raise fault(PartError, sentence, folder=self.path.parent)
        return kept

    def keep(self) -> None:
        """Write what is remembered, if there is a folder; done every few trainings and at the end of a search."""
        if self.path is not None and self._unkept:
            kept = {"run": run_digest(self._identity), "scores": self.scores, "milliseconds": self.table.known}
            self.path.parent.mkdir(parents=True, exist_ok=True)
            replace_files({self.path: json.dumps(kept).encode()})
        self._unkept = 0

    def latency(self, architecture: Architecture) -> float:
        """Milliseconds of one picture, by the table, for which every block of the space is measured once, all in turns."""
        if not self.table.known:
            alike = (Architecture((choice,) * len(architecture.blocks)) for choice in CHOICES.values())
            self.table.learn([each.network(self.shape, len(self.split.train.names)) for each in alike], self.shape)
        return self.table.measure(architecture.network(self.shape, len(self.split.train.names)), self.shape)

    def judge(self, architecture: Architecture, aim: Aim) -> Trial:
        """A network trained, or remembered."""
        word = architecture.word
        network = architecture.network(self.shape, len(self.split.train.names))
        latency, macs = self.latency(architecture), network.cost(self.shape).macs
        if word not in self.scores:
            initialise(network, rng=random_stream(self.seed, self.draw, 1))
            Training(network, self.split.train.examples, self.recipe).run()
            self.scores[word] = [_score(network, part) for part in (self.split.validation, self.split.test)]
            self._unkept += 1
            if self._unkept >= _KEEP_EVERY:
                self.keep()
        validation, test = self.scores[word]
        return Trial(word, validation, test, latency, macs, aim.reward(validation, latency))

    def fastest(self) -> float:
        """Milliseconds of the fastest network of the space: the sum over its parts is least where each block's is."""
        blocks = read_architecture(HAND_MADE["least"]).blocks
        for place in range(len(blocks)):
            others = [Architecture((*blocks[:place], choice, *blocks[place + 1 :])) for choice in CHOICES.values()]
            blocks = min(others, key=self.latency).blocks
        return self.latency(Architecture(blocks))

    def check_aim(self, aim: Aim) -> Aim:
        """An aim that some network of the space meets; ValueError for another."""
        if aim.target < (least := self.fastest()):
            sentence = "target must be at least {least:.3g} ms, the time of the fastest network here, got {target:.3g} ms"
            raise fault(ValueError, sentence, least=least, target=aim.target)
        return aim

    def usual_aim(self, exponent: float = -0.15) -> Aim:
        """As fast as the network with the blocks of MobileNetV2."""
        return Aim(self.latency(read_architecture(HAND_MADE["v2"])), exponent)


@one_thread()
def _score(network: SmallNet, part: LabelledImages) -> float:
    """Share of the pictures that are right."""
    with torch.no_grad():
        return float((network(part.images).argmax(1) == part.labels).double().mean())


Judge = Callable[[Architecture], Trial]

SEARCHES: Registry[Callable[[Judge, int, np.random.Generator], Iterator[Trial]]] = Registry("search")


@SEARCHES.register("random")
def search_at_random(judge: Judge, trials: int, rng: np.random.Generator) -> Iterator[Trial]:
    """Networks drawn at random, none twice: the control that any search has to beat."""
    known: set[str] = set()
    while len(known) < trials:
        architecture = draw_architecture(rng=rng)
        if architecture.word not in known:
            known.add(architecture.word)
            yield judge(architecture)


POPULATION, SAMPLE = 20, 5


@SEARCHES.register("evolution")
def evolve(judge: Judge, trials: int, rng: np.random.Generator) -> Iterator[Trial]:
    """Regularised evolution: the best of a random few begets a mutant, and the oldest of all dies, however good it is.

    The first `POPULATION` networks are those of the random search of the same stream; `SAMPLE` of the living are looked at.
    """
    living: collections.deque[Trial] = collections.deque(maxlen=POPULATION)
    for trial in search_at_random(judge, min(trials, POPULATION), rng):
        living.append(trial)
        yield trial
    for _ in range(trials - POPULATION):
        few = [living[int(place)] for place in rng.choice(len(living), min(SAMPLE, len(living)), replace=False)]
        parent = max(few, key=lambda trial: trial.reward)
        trial = judge(read_architecture(parent.word).mutated(rng=rng))
        living.append(trial)
        yield trial


def search(name: str, bench: Bench, *, trials: int = 200, aim: Aim | None = None, rng: np.random.Generator) -> list[Trial]:
    """Try so many networks of the space, each trained once, and tell all, in order.

    Parameters
    ----------
    name : {"random", "evolution"}
        Of `SEARCHES`.
    bench : Bench
        What trains; one with a folder goes on where a search was stopped.
    trials : int, default=200
        Networks tried, those remembered or tried twice among them; at most a tenth of the space.
    aim : Aim, optional
        `Bench.usual_aim` by default; ValueError for a target below the fastest network of the space.
    rng : numpy.random.Generator

    Returns
    -------
    list of Trial
    """
    check_count(trials, "trials", minimum=1, maximum=400)
    chosen = bench.check_aim(aim or bench.usual_aim())
    try:
        return list(SEARCHES[name](lambda architecture: bench.judge(architecture, chosen), trials, rng))
    finally:
        bench.keep()


def pareto_front(trials: list[Trial]) -> list[Trial]:
    """Those of which no other is at least as fast and more accurate on validation, or as accurate and faster; fastest first."""
    front: list[Trial] = []
    for trial in sorted(trials, key=lambda each: (each.milliseconds, -each.validation_accuracy)):
        if not front or trial.validation_accuracy > front[-1].validation_accuracy:
            front.append(trial)
    return front
