"""The steps of a lecture: a page in a state, a question to bet on before it is shown, and what decides the bet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from manifold.text import percent, section
from manifold.ui.lecture import findings
from manifold.ui.lecture.findings import Finding

LETTERS = "ABCDEF"
"""By which a class calls the choices."""


def _listed(name: str) -> list[str]:
    return [line.removeprefix("- ") for line in section("lecture", f"{name}-choices").splitlines()]


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes
    ----------
    page : str
        A name of the menu.
    state : mapping of str to str
        What the address says of it.
    name : str
        By which the texts know a step that comes with the app; empty for one of the lecturer's own.
    find : callable, optional
        What the state gives; takes the state.
    choices : tuple of float
        The values that the choices stand for: the one nearest to the value found is right.
    write : callable, optional
        How the values are written as choices; where it is None the texts list them.
    words : mapping of str to str
        The lecturer's own claim, question and note, in place of the texts.
    own_choices : tuple of str
        Of a step of the lecturer's own.
    correct : int, optional
        Index of the right one of these; none is right if it is None.
    """

    page: str
    state: Mapping[str, str]
    name: str = ""
    find: Callable[[Mapping[str, str]], Finding] | None = None
    choices: tuple[float, ...] = ()
    write: Callable[[float], str] | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    own_choices: tuple[str, ...] = ()
    correct: int | None = None

    def options(self) -> list[str]:
        """The choices as they are read."""
        if not self.name:
            return list(self.own_choices)
        return list(map(self.write, self.choices)) if self.write else _listed(self.name)

    def question(self) -> str:
        """What the class bets on."""
        return self.words.get("question") or section("lecture", f"{self.name}-question")

    def claim(self, finding: Finding | None) -> str:
        """What the picture shows, with the numbers that were found."""
        return self.words.get("claim") or self._told("claim", finding)

    def note(self, finding: Finding | None) -> str:
        """What the lecturer may say beside it; empty if a step of one's own has none."""
        return self.words.get("note") or (self._told("note", finding) if self.name else "")

    def number(self, finding: Finding | None) -> tuple[str, str] | None:
        """What the one number is called, and the number; None in a step of the lecturer's own, which has those of its page."""
        return None if finding is None else (self._told("number", finding), finding.words["number"])

    def _told(self, part: str, finding: Finding | None) -> str:
        return section("lecture", f"{self.name}-{part}").format(**(finding.words if finding else {}))

    def found(self) -> Finding | None:
        """What its state gives."""
        return self.find(self.state) if self.find else None

    def right(self, finding: Finding | None) -> int | None:
        """Index of the right choice."""
        if finding is None:
            return self.correct
        return min(range(len(self.choices)), key=lambda place: _distance(self.choices[place], finding.value))


def _distance(choice: float, value: float) -> float:
    return 0.0 if choice == value else abs(choice - value)  # two infinities are equal


_NEVER = float("inf")
_STEPS = (
    Step("start", {"n": "5"}, "coordinates", findings.coordinates, (2, 5, 500, 2500), str),
    Step("spiral", {"n": "2", "activation": "linear"}, "linear", findings.linear_losses, (0, 1, 8, 39)),
    Step("spiral", {"n": "2"}, "two-channels", findings.mean_loss, (0.25, 0.5, 0.75, 1.0), percent),
    Step("spiral", {"n": "3"}, "three-channels", findings.mean_loss, (0.05, 0.25, 0.5, 0.75), percent),
    Step("spiral", {"n": "30"}, "looks-wrong", findings.drawn_loss, (0.0, 0.1, 0.25, 0.5), percent),
    Step("where", {"n": "5"}, "active", findings.fewest_active, (1, 2, 3, 5), str),
    Step("spiral", {"n": "30", "view": "readings"}, "readings", findings.worst_reading, (0, 1, 2, 3)),
    Step("channels", {"n": "96", "dimension": "16"}, "six-times", findings.rare_loss, (-1, -3, -6, -12)),
    Step("where", {"n": "8", "activation": "relu6", "scale": "15"}, "twice", findings.second_loss, (-1, 0, 1)),
    Step("lifting", {"lift": "relu", "n": "8"}, "folding", findings.separating_units, (2, 8, 60, _NEVER)),
    Step("blocks", {"n": "4", "end": "relu6"}, "ends", findings.narrow_loss, (0.0, 0.1, 1 / 3, 0.95)),
    Step("network", {"depth": "16"}, "trained", findings.readable, (0, 1, 2, 3)),
    Step("train", {"n": "2"}, "training", findings.training_gap, (-5, 0, 5, 20)),
    Step("unrolling", {"k": "40", "view": "lines"}, "short-circuits", findings.short_circuits, (-1, 0, 1)),
    Step("exits", {"network": "dense"}, "exits", findings.last_digit, (0, 1, 4, 9), str),
)

STEPS = {step.name: step for step in _STEPS}
"""The lecture that comes with the app, in its order."""
