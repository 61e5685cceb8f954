"""Labelled pictures: what the package brings, and the split."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from manifold import random_stream
from manifold.nets.training.data import IMAGE_SETS, LabelledImages, digits, split_images


@pytest.mark.parametrize(("name", "count", "side"), [("digits", 1797, 8), ("mnist-5k", 5000, 14)])
def test_the_sets_that_come_along(name, count, side):
    data = IMAGE_SETS[name]()
    assert data.images.shape == (count, 1, side, side)
    assert data.images.dtype == torch.float32
    assert data.images.min() == 0.0
    assert 0.99 < data.images.max() <= 1.0
    assert set(data.labels.tolist()) == set(range(10))


def test_digits_are_those_of_scikit_learn():
    held = load_digits()
    np.testing.assert_array_equal(digits().images[:, 0], held.images / 16.0)
    np.testing.assert_array_equal(digits().labels, held.target)


@pytest.mark.parametrize("seed", [0, 1])
def test_parts_share_nothing_and_have_a_fifth_of_each_class(seed):
    data = digits()
    numbered = LabelledImages(torch.arange(len(data.labels)).float().reshape(-1, 1, 1, 1), data.labels, data.names)
    split = split_images(numbered, rng=random_stream(seed))
    places = torch.cat([part.images.flatten() for part in (split.train, split.validation, split.test)])
    assert sorted(places.tolist()) == list(range(len(data.labels)))
    counts = np.bincount(data.labels)
    for part in (split.validation, split.test):
        np.testing.assert_array_equal(np.bincount(part.labels), counts // 5)
    for name, (images, labels) in split.held.items():
        assert torch.equal(labels, data.labels[images.flatten().long()]), name


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0] * 9, "training needs pictures of at least two classes, got 1"),
        ([0] * 7 + [1] * 2, "a class needs at least 3 pictures, one for each part; 'b' has 2"),
    ],
)
def test_too_few_pictures_cannot_be_split(labels, message):
    data = LabelledImages(torch.zeros(9, 1, 2, 2), torch.tensor(labels), ("a", "b"))
    with pytest.raises(ValueError, match=message):
        split_images(data, rng=random_stream(0))
