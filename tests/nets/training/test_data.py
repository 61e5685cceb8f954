"""Labelled pictures: what the package brings, your own, and the split."""

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from manifold import random_stream
from manifold.nets.training.data import IMAGE_SETS, LabelledImages, digits, read_images, split_images


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


def picture(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def test_a_folder_of_folders_and_an_npz_say_the_same(tmp_path):
    rng = np.random.default_rng(0)
    pixels, labels = rng.integers(0, 256, (6, 5, 4, 3), dtype=np.uint8), np.array(["a", "b"] * 3)
    for number, label in enumerate(labels):
        picture(tmp_path / "own" / label / f"{number}.png", pixels[number])
    np.savez(tmp_path / "own.npz", images=pixels, labels=labels)
    folder, table = read_images(tmp_path / "own"), read_images(tmp_path / "own.npz")
    assert folder.names == table.names == ("a", "b")
    order = torch.tensor([0, 2, 4, 1, 3, 5])
    assert torch.equal(folder.images, table.images[order])
    assert torch.equal(folder.labels, table.labels[order])
    np.testing.assert_allclose(table.images, np.moveaxis(pixels, -1, 1) / 255.0, atol=1e-7)


def test_wrong_pictures_are_refused(tmp_path):
    grey = np.zeros((4, 4), np.uint8)
    with pytest.raises(FileNotFoundError, match="there is no folder or file"):
        read_images(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="must hold a folder of pictures for each class, and holds none"):
        read_images(tmp_path / "empty")
    picture(tmp_path / "sizes" / "a" / "1.png", grey)
    picture(tmp_path / "sizes" / "a" / "2.png", grey[:3])
    with pytest.raises(ValueError, match=r"all pictures must have one size; '1.png' has 4 x 4 pixels, '2.png' has 4 x 3"):
        read_images(tmp_path / "sizes")
    (tmp_path / "text.npz").write_text("no arrays")
    with pytest.raises(ValueError, match=r"'text.npz' must be an NPZ of two arrays, images and labels"):
        read_images(tmp_path / "text.npz")
    np.savez(tmp_path / "high.npz", images=np.full((2, 3, 3), 7.0), labels=[0, 1])
    with pytest.raises(ValueError, match="pixels must be whole numbers from 0 to 255, or lie between 0 and 1"):
        read_images(tmp_path / "high.npz")
    np.savez(tmp_path / "code.npz", images=np.array([{}] * 2), labels=[0, 1])
    with pytest.raises(ValueError, match=r"'code.npz' must be an NPZ"):
        read_images(tmp_path / "code.npz")


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
