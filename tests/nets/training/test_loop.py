"""The one loop: its steps against the formula and a loop written plainly, stopping and going on, and what it refuses."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from manifold import random_stream
from manifold.nets import InvertedResidual, initialise
from manifold.nets.training.loop import OPTIMISERS, Objective, Recipe, Training, one_thread

MEAN = Objective(lambda outputs, targets: outputs.mean())


def blocks(seed=0, survival=0.6):
    """A network with batch norm and coins, and 23 examples in 3 classes."""
    block = InvertedResidual(4, 4, expand_ratio=2, survival=survival)
    network = initialise(nn.Sequential(block, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)), rng=random_stream(seed))
    rng = random_stream(seed, 1)
    x = torch.from_numpy(rng.standard_normal((23, 4, 5, 5))).float()
    return network, (x, torch.from_numpy(rng.integers(0, 3, 23)))


def weights(network):
    return torch.cat([value.double().flatten() for value in network.state_dict().values()])


def same(one, other):
    return torch.equal(weights(one.network), weights(other.network)) and np.array_equal(one.losses, other.losses)


def test_training_steps_as_adam_does_along_a_cosine():
    """One weight, loss its value: Adam's steps are the rate itself, which falls as (1 + cos(pi e / E)) / 2."""
    line = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(line.weight)
    training = Training(line, (torch.ones(1, 1),) * 2, Recipe(10, rate=0.5), objective=MEAN)
    seen = [(step, line.weight.item()) for step in training.moments()]
    steps = 0.5 * (1.0 + np.cos(np.pi * np.arange(10) / 10)) / 2.0
    expected = -np.append(0.0, np.cumsum(steps))
    assert [step for step, _ in seen] == list(range(11))
    np.testing.assert_allclose([weight for _, weight in seen], expected, atol=1e-5)
    np.testing.assert_allclose(training.losses, expected[:-1], atol=1e-5)


@one_thread()
def test_a_loop_written_plainly_gives_the_same_weights():
    """Without coins: order of the examples, rate and decay as documented, with torch's own classes."""
    network, (x, y) = blocks(survival=1.0)
    found = Training(network, (x, y), Recipe(9, batch=5, rate=0.02, decay=0.3, seed=4)).run()
    plain, _ = blocks(survival=1.0)
    decayed = [p for p in plain.parameters() if p.ndim > 1]
    rest = {"params": [p for p in plain.parameters() if p.ndim < 2], "weight_decay": 0.0}
    adam = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.3}, rest], lr=0.02, fused=True)
    places = [random_stream(4, epoch, 0).permutation(23)[:20].reshape(4, 5) for epoch in range(3)]
    plain.train()
    for step, chosen in enumerate(itertools.islice(itertools.chain(*places), 9)):
        for group in adam.param_groups:
            group["lr"] = 0.02 * (1.0 + np.cos(np.pi * step / 9)) / 2.0
        adam.zero_grad()
        nn.functional.cross_entropy(plain(x[chosen]), y[chosen]).backward()
        adam.step()
    torch.testing.assert_close(weights(found.network), weights(plain), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("batch", [None, 6])
def test_stopping_and_going_on_changes_no_bit(optimiser, batch):
    """Also when the rest is done by another `Training`, whose network began with other weights."""
    recipe = Recipe(12, batch=batch, optimiser=optimiser, seed=3)
    whole = Training(*blocks(), recipe).run()
    left = Training(*blocks(), recipe)
    for step in left.moments():
        if step == 5:
            break
    kept = left.checkpoint()
    torch.rand(7)  # what others draw meanwhile
    assert left.step == 5
    assert same(left.run(), whole)
    assert same(Training(blocks(seed=9)[0], blocks()[1], recipe).restore(kept).run(), whole)


def test_no_generator_of_others_is_moved():
    training = Training(*blocks(), Recipe(3, batch=4))
    before = torch.random.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    training.run()
    assert torch.equal(torch.random.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002


def test_coins_fall_by_the_seed():
    runs = [Training(*blocks(), Recipe(8, seed=seed)).run() for seed in (0, 0, 1)]
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])


def test_looks_are_rows_of_the_history():
    network, (x, y) = blocks()
    training = Training(network, (x, y), Recipe(6), held={"test": (x[:7], y[:7])})
    for step in training.moments():
        if step in (0, 6):
            training.look()
    table = training.history
    assert list(table["step"]) == [0, 0, 6, 6]
    assert list(table["split"]) == ["train", "test"] * 2
    scores = network(x[:7]).argmax(1)
    assert table["accuracy"].iloc[-1] == (scores == y[:7]).double().mean().item()
    assert table["loss"].iloc[-1] == pytest.approx(nn.functional.cross_entropy(network(x[:7]), y[:7]).item())
    assert not network.training


def test_a_training_that_diverges_says_where_and_keeps_what_was():
    network, (x, y) = blocks()
    training = Training(network, (x, y), Recipe(50, rate=1e30, optimiser="sgd"))
    training.look()
    with pytest.raises(ValueError, match=r"diverged at step \d+: its loss is (nan|inf); take a smaller rate than 1e\+30"):
        training.run()
    assert 0 < training.step < 50
    assert len(training.history) == 1
    assert np.isfinite(training.losses).all()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Recipe(0), ValueError, "steps must be >= 1, got 0"),
        (lambda: Recipe(5, batch=0), ValueError, "batch must be >= 1, got 0"),
        (lambda: Recipe(5, rate=0.0), ValueError, "rate must be finite and > 0, got 0"),
        (lambda: Recipe(5, decay=-1.0), ValueError, "decay must be finite and >= 0, got -1"),
        (lambda: Recipe(5, optimiser="adm"), ValueError, "unknown optimiser 'adm'. Did you mean 'adam'"),
        (
            lambda: Training(nn.Linear(1, 1), (torch.ones(2, 1), torch.ones(3, 1)), Recipe(1)),
            ValueError,
            "the part 'train' must have as many inputs as targets, at least one, got 2 and 3",
        ),
    ],
)
def test_what_is_no_training_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
