"""A known manifold through networks whose every value is known, and readouts against brute force and scikit-learn."""

import copy
import threading

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist
from sklearn.neighbors import KNeighborsRegressor
from torch import nn
from torch.nn import functional

from manifold import PointCloud, Views, nets, random_stream
from manifold.learning import affine_error, trustworthiness
from manifold.learning.quality import align
from manifold.nets.probing import passage
from manifold.nets.probing.trace import ridge

COUNT, WIDTH = 60, 7


def cloud(points, chart):
    return PointCloud(np.asarray(points), np.asarray(chart), np.zeros(len(points), dtype=np.int64), "places")


@pytest.fixture
def views(rng):
    """A flat piece of a plane among seven numbers."""
    chart = rng.random((COUNT, 2))
    return cloud(chart @ rng.normal(size=(2, WIDTH)), chart)


class Plain(nn.Module):
    """Every way to call an activation: a module, the same again, in place, a function, a method."""

    def __init__(self, width=WIDTH):
        super().__init__()
        self.first, self.second = nn.Linear(width, 9), nn.Linear(9, 9)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        z = self.relu(self.first(x))
        z = self.relu(self.second(z))
        z = functional.relu6(self.second(z), inplace=True)
        return self.second(z).tanh_()


@pytest.fixture
def plain():
    model = Plain()
    for weight in model.parameters():
        weight.data = torch.from_numpy(random_stream(61, weight.numel()).normal(size=tuple(weight.shape))).float()
    return model


def same_shape(found, expected):
    """Points that differ by a turn and a shift: all distances agree."""
    torch.testing.assert_close(
        torch.cdist(torch.tensor(found), torch.tensor(found)),
        torch.cdist(expected.double(), expected.double()),
        rtol=1e-4,
        atol=1e-4,
    )


def test_before_and_after_every_activation_stands_what_the_network_computes(views, plain):
    traced = nets.trace(plain, views)
    x = torch.from_numpy(views.points).float()
    with torch.no_grad():
        one = plain.first(x)
        two = plain.second(one.relu())
        three = plain.second(two.relu())
        four = plain.second(three.clamp(0.0, 6.0))
    pairs = {"relu relu": one, "relu relu #2": two, "relu6": three, "tanh": four}
    functions = {"relu relu": torch.relu, "relu relu #2": torch.relu, "relu6": functional.relu6, "tanh": torch.tanh}
    places = ["input"] + [f"{site}, {side}" for site in pairs for side in ("before", "after")] + ["output"]
    assert list(traced.table["place"]) == places
    assert list(traced.table["kind"]) == ["input", *["before", "after"] * 4, "output"]
    assert list(traced.table["width"]) == [WIDTH, *[9] * 9]
    for site, z in pairs.items():
        same_shape(traced.points[f"{site}, before"], z)
        same_shape(traced.points[f"{site}, after"], functions[site](z))
    same_shape(traced.points["output"], torch.tanh(four))


def test_a_plane_stays_one_through_a_linear_layer(views):
    """A linear readout errs by the penalty alone; the nearest of 60 random points of a square are about 1/8 away."""
    row = nets.trace(nn.Linear(WIDTH, 30), views).table.set_index("place").loc["output"]
    assert row["ridge_r2"] > 1.0 - 1e-6
    assert 0.9 < row["knn_r2"] < 1.0
    assert row["participation_ratio"] <= 2.0
    assert row["two_nn"] == pytest.approx(2.0, abs=4.0 * 2.0 / np.sqrt(COUNT))
    assert row["trustworthiness"] > 0.9


def test_the_readout_by_neighbours_is_scikit_learns_leaving_one_out(views, plain):
    traced = nets.trace(plain, views)
    truth = (views.chart - views.chart.mean(axis=0)) / views.chart.std(axis=0)
    points = traced.points["relu6, after"]
    read = KNeighborsRegressor(5).fit(points, truth).kneighbors(return_distance=False)  # none is its own neighbour
    shares = 1.0 - ((truth[read].mean(axis=1) - truth) ** 2).mean(axis=0)
    row = traced.table.set_index("place").loc["relu6, after"]
    assert row["knn_r2"] == pytest.approx(shares.mean())
    assert [row["knn_r2 1"], row["knn_r2 2"]] == pytest.approx(list(shares))
    assert row["trustworthiness"] == trustworthiness(truth, points) != trustworthiness(points, truth)


def fitted(points, truth, penalty):
    """Weights and offset of a ridge regression from its normal equations."""
    centre, mean = points.mean(axis=0), truth.mean()
    moved = points - centre
    weights = np.linalg.solve(moved.T @ moved + penalty * np.eye(moved.shape[1]), moved.T @ (truth - mean))
    return weights, mean - centre @ weights


@pytest.mark.parametrize("width", [4, 60])
def test_the_linear_readout_is_brute_force(rng, width):
    """Every penalty, every view left out and fitted anew, within every part: 30 views, fewer or more than they have numbers."""
    points = rng.normal(size=(30, width)) * rng.uniform(0.1, 2.0, width)
    truth = points[:, :2] + rng.normal(size=(30, 2))
    truth = (truth - truth.mean(axis=0)) / truth.std(axis=0)
    unit = points / np.sqrt((points**2).sum(axis=1).mean())
    order = random_stream(0).permutation(30)
    expected = np.empty_like(truth)
    for part in np.array_split(order, 5):
        rest = np.setdiff1d(np.arange(30), part)
        for column in range(2):
            errors = []
            for penalty in 24 * 10.0 ** np.arange(-8.0, 3.0):
                missed = 0.0
                for out in rest:
                    others = rest[rest != out]
                    weights, offset = fitted(unit[others], truth[others, column], penalty)
                    missed += (unit[out] @ weights + offset - truth[out, column]) ** 2
                errors.append(missed)
            best = 24 * 10.0 ** (np.argmin(errors) - 8.0)
            weights, offset = fitted(unit[rest], truth[rest, column], best)
            expected[part, column] = unit[part] @ weights + offset
    np.testing.assert_allclose(ridge(points, truth), expected, atol=1e-5)


def test_fewer_views_than_numbers_do_no_harm(rng):
    """Of noise nothing can be read: R^2 is near 0, not far below, however many numbers there are."""
    truth = rng.normal(size=(COUNT, 2))
    for width in (10, 59, 60, 61, 500):
        shares = 1.0 - ((ridge(rng.normal(size=(COUNT, width)), truth) - truth) ** 2).mean(axis=0) / truth.var(axis=0)
        assert (np.abs(shares) < 0.4).all()


def test_what_has_no_shape_reads_nothing(views):
    dead = nn.Sequential(nn.Linear(WIDTH, 3), nn.ReLU())
    dead[0].weight.data.zero_()
    dead[0].bias.data.fill_(-1.0)
    traced = nets.trace(dead, views)
    row = traced.table.set_index("place").loc["1 relu, after"]
    assert (row["knn_r2"], row["ridge_r2"], row["two_nn"], row["participation_ratio"]) == (0.0, 0.0, 0.0, 0.0)
    assert np.isnan(row["trustworthiness"])
    with pytest.raises(ValueError, match=r"^views must differ to draw a map, but at 1 relu, after all are alike$"):
        traced.map("1 relu, after")
    assert list(traced.table.columns) == list(nets.trace(nn.Linear(WIDTH, 3), views).table.columns)


# Pictures, blocks, names


def pictures(rng, count=COUNT, size=8):
    chart = rng.random((count, 2))
    waves = rng.normal(size=(2, 3 * size * size))
    points = np.sin(2.0 * chart @ waves / 3.0)
    shape = (3, size, size)
    return Views(points, chart, np.zeros(count, dtype=np.int64), "places", shape=shape, coordinates=("across", "down"))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.act = nn.Conv2d(3, 3, 3, padding=1), nn.ReLU()

    def forward(self, x):
        return x + self.act(self.conv(x))


def test_pictures_get_their_shape_and_blocks_are_noted(rng):
    views = pictures(rng)
    model = nn.Sequential(nn.Sequential(Residual(), Residual()), nn.Flatten(), nn.Linear(192, 5)).double()
    traced = nets.trace(model, views)
    places = [
        "input",
        "0.0.act relu, before",
        "0.0.act relu, after",
        "0.0",
        "0.1.act relu, before",
        "0.1.act relu, after",
        "0.1",
    ]
    assert list(traced.table["place"]) == [*places, "output"]
    assert {"knn_r2 across", "ridge_r2 down"} <= set(traced.table.columns)
    with torch.no_grad():
        same_shape(traced.points["0.1"], model[0](torch.from_numpy(views.points).reshape(-1, 3, 8, 8)).flatten(1))


@pytest.mark.parametrize(
    ("make", "count", "some"),
    [
        (nets.efficientnet_lite0, 16, "features.16"),
        (nets.mobilenet_v3_small, 11, "features.3"),
        (nets.densenet121, 4, "features.denseblock2"),
        (lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2), 3, enable_nested_tensor=False), 3, "layers.1"),
        (lambda: nn.Linear(3, 3), 0, None),
    ],
)
def test_blocks_are_found(make, count, some):
    paths = list(passage.block_paths(make()))
    assert len([path for path in paths if "transition" not in path]) == count
    assert some is None or some in paths


def test_some_sites_can_be_chosen(views, plain):
    table = nets.trace(plain, views, sites=["relu relu*", "second"]).table
    sides = [f"relu relu{call}, {side}" for call in ("", " #2") for side in ("before", "after")]
    assert list(table["place"]) == ["input", *sides[:2], "second", *sides[2:], "second #2", "second #3", "output"]
    with pytest.raises(ValueError, match=r"^sites must be names or patterns .* and nothing is called 'third'; a trace"):
        nets.trace(plain, views, sites=["second", "third"])


def test_places_that_some_views_do_not_pass_are_left_out(views):
    class Early(nn.Module):
        def forward(self, x):
            return torch.relu(x) if len(x) == passage._BATCH else x

    assert list(nets.trace(Early(), views).table["place"]) == ["input", "output"]


# Memory


def test_a_sketch_keeps_distances(rng, monkeypatch):
    """Squared distances of 40 random points, each right to a relative standard deviation of about sqrt(2 / 512) = 1/16."""
    monkeypatch.setattr(passage, "KEEP", 512)
    points = rng.normal(size=(40, 9000)) * rng.uniform(0.0, 2.0, 9000)
    views = cloud(points, rng.random((40, 1)))
    traced = nets.trace(nn.Identity(), views)
    assert list(traced.table["width"]) == [9000, 9000]
    assert list(traced.table["kept"]) == [512, 512]
    ratio = (pdist(traced.points["input"]) / pdist(points)) ** 2
    assert np.abs(ratio - 1.0).max() < 5.0 / 16.0
    assert ratio.std() == pytest.approx(1.0 / 16.0, rel=0.3)


def test_numbers_that_would_cancel_do_not(rng, monkeypatch):
    """Of 512 pairs x, -x half have unlike signs and count 4 x^2 instead of 2 x^2, the others 0: 1 +- 4 sqrt(3 / 512)."""
    monkeypatch.setattr(passage, "KEEP", 512)
    half = rng.normal(size=(40, 512))
    found = nets.trace(nn.Identity(), cloud(np.hstack([half, -half]), rng.random((40, 1)))).points["input"]
    ratio = (pdist(found) / pdist(np.hstack([half, -half]))) ** 2
    assert np.abs(ratio - 1.0).max() < 4.0 * np.sqrt(3.0 / 512.0)


@pytest.mark.parametrize("place", [0, 511, 512, 699])
def test_a_number_alone_keeps_its_distances(rng, monkeypatch, place):
    monkeypatch.setattr(passage, "KEEP", 512)
    points = np.zeros((30, 700))
    points[:, place] = rng.normal(size=30)
    found = nets.trace(nn.Identity(), cloud(points, rng.random((30, 1)))).points["input"]
    np.testing.assert_allclose(pdist(found), pdist(points), rtol=1e-5, atol=1e-6)


def test_batches_do_not_matter(views, plain, monkeypatch):
    whole = nets.trace(plain, views).table
    monkeypatch.setattr(passage, "_BATCH", 7)
    some = nets.trace(plain, views).table
    np.testing.assert_allclose(whole.drop(columns=["place", "kind"]), some.drop(columns=["place", "kind"]), rtol=1e-3)


# Maps


def test_the_map_of_a_plane_is_its_chart(views):
    traced = nets.trace(nn.Linear(WIDTH, 20), views)
    for method in ("pca", "landmark-isomap"):
        found = traced.map("output", method=method)
        assert found.shape == (COUNT, 2)
        np.testing.assert_allclose(align(found, views.chart), found, atol=1e-9)
        assert affine_error(found, views.chart) < (1e-9 if method == "pca" else 0.05)
    line = nets.trace(nn.Linear(WIDTH, 1), views)
    np.testing.assert_allclose(pdist(line.map("output", method="pca")), pdist(line.points["output"]), atol=1e-9)
    with pytest.raises(ValueError, match=r"^unknown method 'umap'"):
        traced.map("output", method="umap")
    with pytest.raises(ValueError, match=r"^unknown place 'outputs'. Did you mean 'output'\? Choose one of: input, output"):
        traced.map("outputs")


def test_the_calibration_is_that_of_as_many_points(views):
    said = nets.trace(nn.Identity(), views).calibration
    assert list(said) == [2, 5, 10, 20, 40, 80]
    assert said[2] == pytest.approx(2.0, abs=4.0 * 2.0 / np.sqrt(4 * COUNT))
    assert all(np.diff(list(said.values())) > 0.0)


# The model stays as it was; faults


def state_of(model):
    hooks = [dict(module._forward_hooks) for module in model.modules()]
    return {name: value.clone() for name, value in model.state_dict().items()}, [m.training for m in model.modules()], hooks


def assert_same(one, other):
    assert one[0].keys() == other[0].keys()
    assert all(torch.equal(value, other[0][name]) for name, value in one[0].items())
    assert one[1:] == other[1:]


def test_the_model_is_left_as_it_was(rng):
    model = nn.Sequential(Residual(), nn.BatchNorm2d(3), nn.Dropout(), nn.Flatten(), nn.Linear(192, 5)).train()
    model[0].eval()
    before = state_of(model)
    views = pictures(rng)
    first, again = nets.trace(model, views).table, nets.trace(model, views).table
    assert_same(state_of(model), before)
    assert first.equals(again)
    assert first.equals(nets.trace(copy.deepcopy(model).eval(), views).table)
    broken = Views(views.points[:, :-3], views.chart, views.component, "places", shape=(3, 9, 7), coordinates=("a", "b"))
    with pytest.raises(ValueError, match=r"^the network fails on views of shape \(3, 9, 7\) \(mat1 and mat2 .+\); give"):
        nets.trace(model, broken)
    assert_same(state_of(model), before)


def test_what_another_thread_runs_is_not_noted(rng):
    class Busy(nn.Module):
        def __init__(self):
            super().__init__()
            self.row = nn.Sequential(Residual())

        def forward(self, x):
            other = threading.Thread(target=self.row, args=(x[:20] + 1.0,))
            other.start()
            other.join()
            return self.row(x)

    places = ["input", "row.0.act relu, before", "row.0.act relu, after", "row.0", "output"]
    assert list(nets.trace(Busy(), pictures(rng, 20)).table["place"]) == places


def test_infinite_values_are_named(views, plain):
    plain.second.weight.data[0, 0] = torch.nan
    with pytest.raises(ValueError, match=r"^the network has NaN or infinite values at relu relu #2, before; look"):
        nets.trace(plain, views)


def test_progress_ends_at_one(views, plain):
    shares = []
    nets.trace(plain, views, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"model": 3}, TypeError, "must be"),
        ({"views": np.ones((30, 7))}, TypeError, r"^views must be of type PointCloud"),
        ({"views": cloud(np.eye(7), np.arange(7.0)[:, None])}, ValueError, r"^views must be at least 20 points, each with its"),
        (
            {"views": cloud(np.ones((30, 7)), np.ones((30, 1)))},
            ValueError,
            r"^views must differ in every column",
        ),
        ({"views": cloud(np.full((30, 7), np.nan), np.ones((30, 1)))}, ValueError, r"^views.points must be finite, got nan"),
        (
            {"views": Views(np.ones((30, 7)), np.ones((30, 1)), np.zeros(30), "places", shape=(3, 2))},
            ValueError,
            r"^views of shape \(3, 2\) must have 6 coordinates, got 7$",
        ),
        ({"progress": 3}, TypeError, r"^progress must be a function of the share done, got 3$"),
        ({"sites": [3]}, TypeError, r"^sites must be of type str"),
        ({"sites": "rely"}, ValueError, r"^sites must be names or patterns .* nothing is called 'rely'"),
    ],
)
def test_wrong_calls_end_in_a_sentence(change, error, message, views, plain):
    given = {"model": plain, "views": views} | change
    with pytest.raises(error, match=message):
        nets.trace(given.pop("model"), given.pop("views"), **given)
