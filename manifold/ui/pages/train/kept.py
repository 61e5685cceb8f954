"""Write the trainings with which the page opens: `python -m manifold.ui.pages.train.kept`, some minutes."""

from __future__ import annotations

from collections import deque

from manifold.nets.training.arms import Pair, Watched, watch_pair
from manifold.nets.training.kept import write_pairs
from manifold.ui.pages.train.controls import TRAIN_FIELDS, pair_of
from manifold.ui.pages.train.presets import PRESETS


def preset_pairs() -> list[Pair]:
    """The arms of every preset."""
    usual = {key: field.default for key, field in TRAIN_FIELDS.items()}
    return [
        pair_of(usual | {key: TRAIN_FIELDS[key].parse(text) for key, text in values.items()}) for values in PRESETS.values()
    ]


def trained(pair: Pair) -> tuple[Watched, Watched]:
    """Both arms at their last step."""
    return deque(watch_pair(pair), maxlen=1)[0]


if __name__ == "__main__":
    write_pairs({pair: trained(pair) for pair in preset_pairs()})
