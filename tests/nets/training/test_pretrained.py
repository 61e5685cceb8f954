"""Networks that come with the package: small, and as good as they say."""

import pytest

from manifold.nets.training.departures import depart
from manifold.nets.training.pretrained import KEPT, read_kept, train_kept
from manifold.nets.training.results import FOLDER


@pytest.mark.parametrize("name", KEPT)
def test_kept_weights_score_what_their_file_says(name):
    network, split, made = read_kept(name)
    for part, pictures in (("validation", split.validation), ("test", split.test)):
        missed = abs(depart(network, pictures, [1.0]).accuracy[0] - made[f"{part}_accuracy"])
        assert missed < 1.5 / len(pictures.labels)  # another processor may answer one picture differently
    assert made["recipe"]["steps"] == train_kept(name).recipe.steps


def test_all_kept_weights_together_are_below_a_megabyte():
    assert sum(path.stat().st_size for path in FOLDER.glob("*.safetensors")) < 1_000_000
    assert {path.stem for path in FOLDER.glob("*.safetensors")} == set(KEPT)


def test_a_network_that_is_not_kept_is_named():
    with pytest.raises(KeyError, match=r"unknown kept network 'dence'. Did you mean 'dense'"):
        read_kept("dence")
