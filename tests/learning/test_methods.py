"""Every method draws a map, keeps what it says it keeps, and refuses in one sentence what it cannot draw."""

import functools

import numpy as np
import pytest
from scipy.linalg import subspace_angles
from scipy.spatial.distance import cdist, pdist

from manifold import make_cloud, random_stream
from manifold.learning import METHODS, DisconnectedGraphError, affine_error, procrustes_error, trustworthiness, unroll
from manifold.nets.training import autoencoder
from manifold.text import named

AUTOENCODERS = ("linear-autoencoder", "autoencoder")
QUICK = tuple(name for name in METHODS if name not in AUTOENCODERS)
JOINED = tuple(name for name, way in METHODS.items() if way.fewest is not None and way.joined)


@pytest.fixture
def briefly(monkeypatch):
    """Autoencoders take 60 steps instead of 1000: enough where only the way in and out is tested."""
    monkeypatch.setattr(autoencoder, "learn_chart", functools.partial(autoencoder.learn_chart, epochs=60))


@functools.cache
def roll(count):
    return make_cloud("swiss roll", count, rng=random_stream(20260101))


def draw(points, method, *, seed=0, **options):
    return unroll(points, method=method, rng=np.random.default_rng(seed), **options)


@functools.cache
def roll_map(count, method, k):
    return draw(roll(count).points, method, n_neighbors=k)


def centred(array):
    return array - array.mean(axis=0)


def separate_clusters(rng):
    return np.vstack([rng.random((12, 3)), rng.random((20, 3)) + 30.0])


@pytest.mark.usefixtures("briefly")
@pytest.mark.parametrize("method", METHODS)
def test_a_map_has_finite_places_and_is_the_same_for_the_same_stream(method):
    points = roll(300).points.copy()
    found = draw(points, method, n_neighbors=8)
    assert found.shape == (300, 2)
    assert found.dtype == np.float64
    assert np.isfinite(found).all()
    assert (np.ptp(found, axis=0) > 0.0).all()
    np.testing.assert_array_equal(draw(points, method, n_neighbors=8), found)
    np.testing.assert_array_equal(points, roll(300).points)


@pytest.mark.usefixtures("briefly")
@pytest.mark.parametrize("method", METHODS)
def test_nothing_is_drawn_from_the_global_random_state(method):
    """250 points, from which on scikit-learn looks for eigenvectors step by step, from a random start."""
    before = np.random.get_state()  # noqa: NPY002
    draw(roll(400).points[:250], method, n_neighbors=16)
    after = np.random.get_state()  # noqa: NPY002
    assert before[2] == after[2]
    np.testing.assert_array_equal(before[1], after[1])


@pytest.mark.usefixtures("briefly")
@pytest.mark.parametrize("method", AUTOENCODERS)
def test_another_stream_draws_other_weights(method):
    one, other = (draw(roll(60).points, method, seed=seed) for seed in (1, 2))
    assert procrustes_error(one, other) > 1e-3


def test_pca_is_the_projection_on_the_widest_directions(rng):
    points = rng.normal(size=(80, 4)) * [1.0, 9.0, 3.0, 0.5] + 7.0
    spread, axes = np.linalg.eigh(np.cov(points.T))
    found = draw(points, "pca")
    np.testing.assert_allclose(np.abs(found), np.abs(centred(points) @ axes[:, ::-1][:, :2]), atol=1e-10)
    np.testing.assert_allclose(found.var(axis=0, ddof=1), spread[::-1][:2])


def test_mds_keeps_all_distances_of_a_plane(rng):
    places = rng.normal(size=(60, 2))
    points = places @ np.linalg.qr(rng.normal(size=(4, 4)))[0][:2]
    np.testing.assert_allclose(pdist(draw(points, "mds")), pdist(places), rtol=0.02, atol=0.01)


def test_a_linear_autoencoder_finds_the_plane_of_pca(rng):
    points = rng.normal(size=(150, 4)) * [3.0, 2.0, 0.3, 0.2] + 5.0
    maps = [centred(draw(points, method)) for method in ("pca", "linear-autoencoder")]
    assert subspace_angles(*maps).max() < 0.1
    other = centred(points)[:, 1:3]
    assert subspace_angles(maps[0], other).max() > 1.0  # what another plane would give


def test_a_linear_autoencoder_finds_the_plane_of_pca_on_a_swiss_roll():
    points = roll(300).points
    flat = centred(draw(points, "pca"))
    angles = [subspace_angles(flat, centred(draw(points, "linear-autoencoder", seed=seed))).max() for seed in range(3)]
    assert max(angles) < 0.2


@pytest.mark.parametrize("method", ["isomap", "landmark-isomap"])
def test_isomap_unrolls_what_pca_and_mds_press_flat(method):
    chart = roll(1000).chart
    assert procrustes_error(roll_map(1000, method, 10), chart) < 0.01
    for flat in ("pca", "mds"):
        assert procrustes_error(draw(roll(300).points, flat), roll(300).chart) > 0.5


@pytest.mark.parametrize(("method", "most"), [("ltsa", 2e-3), ("hessian-lle", 2e-3), ("modified-lle", 0.02), ("lle", 0.02)])
def test_flat_pieces_give_the_shape_up_to_stretching(method, most):
    """Flat to a part in a thousand by LTSA and Hessian LLE, which are made for it; LLE bends a little."""
    found, chart = roll_map(1000, method, 10), roll(1000).chart
    assert affine_error(found, chart) < most
    assert procrustes_error(found, chart) > 0.1
    assert affine_error(draw(roll(1000).points, "pca"), chart) > 0.5


@pytest.mark.parametrize("method", ["isomap", "landmark-isomap", "ltsa", "hessian-lle", "lle", "t-sne"])
def test_maps_that_unroll_can_be_trusted_more_than_a_shadow(method):
    """The shadow lays the turns of the roll upon each other."""
    count = 400 if method == "t-sne" else 1000
    scores = [trustworthiness(roll(count).points, roll_map(count, name, 10)) for name in (method, "pca")]
    assert scores[0] > 0.99
    assert scores[1] < 0.97


@pytest.mark.usefixtures("briefly")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("components", [1, 3])
def test_a_map_has_as_many_columns_as_asked(method, components):
    found = draw(roll(60).points, method, n_components=components, n_neighbors=20)
    assert found.shape == (60, components)
    assert np.isfinite(found).all()


def test_every_method_says_what_it_keeps():
    assert len(METHODS) == 12
    keeps = {named(METHODS, name, "keeps") for name in METHODS}
    assert all(len(sentence.split()) > 5 for sentence in keeps)
    assert len(keeps) == len({method.title for method in METHODS.values()}) == len(METHODS)


@pytest.mark.parametrize("method", METHODS)
def test_progress_rises_to_one_where_a_method_reports(method):
    shares = []
    draw(roll(60).points, method, progress=shares.append)
    assert bool(shares) == METHODS[method].reports == (method in AUTOENCODERS)
    if shares:
        assert (np.diff(shares) > 0.0).all()
        assert len(shares) == 100
        assert 0.0 < shares[0] <= 0.01
        assert shares[-1] == 1.0


@pytest.mark.usefixtures("briefly")
@pytest.mark.parametrize("method", METHODS)
def test_constant_columns_change_nothing(method):
    points = roll(120).points
    wide = np.column_stack([points, np.full(120, 3.0)])
    found = draw(wide, method)
    assert np.isfinite(found).all()
    if method in ("pca", "isomap", "landmark-isomap"):
        np.testing.assert_allclose(cdist(found, found), cdist(*[draw(points, method)] * 2), atol=1e-6)


@pytest.mark.usefixtures("briefly")
@pytest.mark.parametrize("method", METHODS)
def test_points_that_coincide_are_no_trouble(rng, method):
    points = np.repeat(rng.random((30, 3)), 3, axis=0)
    found = draw(points, method, n_neighbors=12)
    assert found.shape == (90, 2)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("method", ["pca", "isomap", "landmark-isomap", "linear-autoencoder", "autoencoder"])
@pytest.mark.usefixtures("briefly")
def test_points_that_coincide_come_to_one_place(rng, method):
    found = draw(np.repeat(rng.random((30, 3)), 3, axis=0), method, n_neighbors=12)
    np.testing.assert_allclose(found[::3], found[1::3], atol=1e-5 * np.abs(found).max())


@pytest.mark.parametrize("method", QUICK)
def test_points_on_a_line_make_a_map(method):
    points = np.outer(np.linspace(0.0, 1.0, 60), [1.0, 2.0, 3.0])
    assert np.isfinite(draw(points, method)).all()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("points", "options", "message"),
    [
        ("some", {"n_components": 0}, "n_components must be >= 1, got 0"),
        ("some", {"n_components": 4}, "n_components must be at most 3 for 20 points of 3 coordinates, got 4"),
        ("some", {"n_neighbors": 0}, "n_neighbors must be >= 1, got 0"),
        ([[0.0, 1.0, 2.0]], {}, "points must be at least 3 to draw a map, got 1"),
        ([[0.0, 1.0], [2.0, 3.0]], {}, "points must be at least 3 to draw a map, got 2"),
        ([[0.0] * 9, [1.0] * 9, [2.0] * 9], {"n_components": 3}, "at most 2 for 3 points of 9 coordinates, got 3"),
        ([[4.0, 5.0]] * 7, {}, "points must differ, but all 7 are the same; give at least two places"),
        ([[0.0, 1.0], [np.nan, 1.0], [2.0, 2.0]], {}, r"points must be finite, got nan at index \(1, 0\)"),
        ([1.0, 2.0, 3.0], {}, r"points must have shape \(N, d\)"),
        ([[1e80, 0.0]] * 5, {}, "points must be of a size between 1e-70 and 1e70, got 1e[+]80; scale them first"),
    ],
)
def test_what_no_method_can_draw_is_refused_in_one_sentence(rng, method, points, options, message):
    there = rng.random((20, 3)) if points == "some" else points
    with pytest.raises(ValueError, match=message):
        draw(there, method, **options)


@pytest.mark.parametrize("method", METHODS)
def test_types_that_do_not_fit_are_refused(rng, method):
    points = rng.random((20, 3))
    with pytest.raises(TypeError, match=r"rng must be a numpy\.random\.Generator"):
        unroll(points, method=method, rng=0)
    with pytest.raises(TypeError, match=r"n_neighbors must be an integer, got 2\.5"):
        draw(points, method, n_neighbors=2.5)
    with pytest.raises(TypeError, match="points must be an array of numbers"):
        draw([["a", "b"]] * 4, method)


@pytest.mark.usefixtures("briefly")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [20, 21])
def test_k_is_less_than_the_number_of_points_where_it_counts(rng, method, k):
    points = rng.random((20, 3))
    if METHODS[method].fewest is None:
        assert draw(points, method, n_neighbors=k).shape == (20, 2)
        return
    with pytest.raises(ValueError, match=f"n_neighbors must be less than the number of points, 20, got {k}"):
        draw(points, method, n_neighbors=k)


@pytest.mark.parametrize(
    ("method", "components", "fewest"),
    [
        ("modified-lle", 1, 3),
        ("modified-lle", 2, 4),
        ("hessian-lle", 1, 3),
        ("hessian-lle", 2, 6),
        ("hessian-lle", 3, 10),
        ("ltsa", 1, 2),
        ("ltsa", 2, 3),
        ("ltsa", 3, 4),
    ],
)
def test_the_smallest_k_of_a_method_works_and_the_one_below_is_refused(rng, method, components, fewest):
    points, title = chain(rng), METHODS[method].title
    with pytest.raises(
        ValueError, match=f"{title} needs n_neighbors >= {fewest} for {components} components, got {fewest - 1}"
    ):
        draw(points, method, n_components=components, n_neighbors=fewest - 1)
    assert draw(points, method, n_components=components, n_neighbors=fewest).shape == (40, components)


def chain(rng):
    """Points whose graph is connected with two neighbours each: a line, a little bent."""
    return np.column_stack([np.arange(40.0), *0.1 * rng.random((2, 40))])


@pytest.mark.parametrize("method", JOINED)
def test_points_that_do_not_hang_together_are_refused_with_the_smallest_k(rng, method):
    points = separate_clusters(rng)
    message = "with n_neighbors=6 the points fall into 2 parts .* the smallest n_neighbors that connects them is 12"
    with pytest.raises(DisconnectedGraphError, match=message) as caught:
        draw(points, method, n_neighbors=6)
    assert caught.value.smallest_k == 12
    assert len(set(caught.value.components[:12])) == len(set(caught.value.components[12:])) == 1


@pytest.mark.parametrize("method", JOINED)
def test_the_smallest_k_of_the_message_is_enough(rng, method):
    assert np.isfinite(draw(separate_clusters(rng), method, n_neighbors=12)).all()


@pytest.mark.usefixtures("briefly")
@pytest.mark.parametrize("method", [name for name in METHODS if name not in JOINED])
def test_methods_that_join_nobody_draw_parts(rng, method):
    assert method in {"pca", "mds", "t-sne", *AUTOENCODERS}
    assert np.isfinite(draw(separate_clusters(rng), method, n_neighbors=6)).all()


def test_tsne_draws_three_components_at_most(rng):
    with pytest.raises(ValueError, match="t-SNE draws maps of at most 3 components, got n_components=4"):
        draw(rng.random((30, 5)), "t-sne", n_components=4)


@pytest.mark.parametrize("size", [1e-60, 1e-20, 1e20, 1e60])
def test_tsne_draws_points_of_any_size_that_is_allowed(size):
    """It computes in single precision, in which squares of 1e20 are infinite and points of 1e-60 are all at 0."""
    points = roll(60).points
    found = draw(size * points, "t-sne")
    assert trustworthiness(points, found) > trustworthiness(points, draw(points, "t-sne")) - 0.02


def test_tsne_draws_points_far_from_the_origin():
    points = roll(60).points
    assert trustworthiness(points, draw(1e8 + points, "t-sne")) > 0.9
    assert trustworthiness(points, draw(1.0 + 1e-10 * points, "t-sne")) > 0.9


@pytest.mark.parametrize("method", [name for name in QUICK if name != "t-sne"])
@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_the_size_of_the_points_does_not_matter(method, size):
    """Lengths of the map scale with the points or not at all; its shape stays."""
    points = roll(120).points
    one, other = (draw(scale * points, method, n_neighbors=8) for scale in (1.0, size))
    assert procrustes_error(other / np.abs(other).max(), one) < 0.05


@pytest.mark.parametrize(
    ("name", "hint"),
    [("isomaps", "Did you mean 'isomap'"), ("TSNE", "Did you mean 't-sne'"), ("umap", "Choose one of: pca, mds, isomap")],
)
def test_an_unknown_method_is_answered_with_the_nearest(rng, name, hint):
    with pytest.raises(ValueError, match=f"unknown method '{name}'.*{hint}"):
        draw(rng.random((20, 3)), name)
