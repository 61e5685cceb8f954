"""Who leaves where and at what cost, against a loop over the pictures."""

import numpy as np
import pytest
import torch

from manifold.nets import exit_net, initialise
from manifold.nets.training.data import LabelledImages
from manifold.nets.training.departures import Departures, depart

THRESHOLDS = (0.0, 0.3, 0.5, 1.0)


@pytest.fixture(scope="module")
def case():
    rng = np.random.default_rng(0)
    network = initialise(exit_net("dense", (1, 8, 8), 10, growth=2), rng=rng).eval()
    with torch.no_grad():
        for classifier in network.classifiers:
            classifier.weight.mul_(100.0)
    images = torch.from_numpy(rng.random((40, 1, 8, 8))).float()
    return network, LabelledImages(images, torch.from_numpy(rng.integers(0, 10, 40)), tuple("0123456789"))


def test_accuracy_and_cost_are_those_of_pictures_that_leave_one_by_one(case):
    network, pictures = case
    departures = depart(network, pictures, THRESHOLDS)
    assert len({tuple(row) for row in departures.exits.tolist()}) > 2
    macs = [cost.macs for cost in network.costs((1, 8, 8))]
    for step, threshold in enumerate(THRESHOLDS):
        right, paid = 0, 0
        for image, label in zip(*pictures.examples, strict=True):
            with torch.no_grad():
                shares = network(image[None])[0].double().softmax(1)  # (exits, classes)
            sure = [number for number in range(3) if shares[number].max() > threshold]
            left = sure[0] if sure else 2
            right, paid = right + int(shares[left].argmax() == label), paid + macs[left]
        assert departures.accuracy[step] == pytest.approx(right / 40)
        assert departures.cost[step] == pytest.approx(paid / 40 / macs[-1])
    assert departures.cost[-1] == 1.0


def test_the_cheapest_threshold_loses_no_picture_of_the_last_exit():
    right = np.array([[True, True], [False, True], [True, False], [False, False]])
    exits = np.array([[0, 0, 0, 0], [0, 1, 0, 1], [1, 1, 1, 1]])
    departures = Departures(np.array([0.0, 0.5, 1.0]), exits, right, np.array([1, 4]))
    assert departures.accuracy.tolist() == [0.5, 0.75, 0.5]
    assert departures.cheapest == 0
