"""What the experiments claim, each with its margin, on fewer draws than they make by default."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.text import Text
from pandas import DataFrame

from experiments.blocks import block_costs, dense_growth, expansion, parameter_arithmetic
from experiments.layer import (
    activations,
    antithetic,
    collapse_map,
    injective,
    input_scale,
    inverse_readings,
    length,
    misprint,
    rank,
    spiral,
)
from experiments.maps import digits_map, lift, neighbours, swiss_roll, topology
from experiments.speed import forward_speed, isomap_scale, memory_split
from manifold import ACTIVATIONS, effective_rank, lipschitz_bounds, make_cloud, random_stream
from manifold.learning import affine_error
from manifold.plots import figure_bytes
from manifold.theory import collapsed_fraction
from tests.experiments.boxes import figure_of


def rows_of(experiment, draws, **changes):
    return experiment.measure(range(draws), seed=0, parameters=replace(experiment.Parameters(), **changes))


def headline_of(experiment, draws, **changes):
    return experiment.headline(rows_of(experiment, draws, **changes), replace(experiment.Parameters(), **changes))


@pytest.fixture(scope="module")
def spiral_headline():
    return headline_of(spiral, 200, n_points=200)


def test_narrow_layers_lose_points_and_wide_ones_do_not(spiral_headline):
    """Two rows keep a sector of up to half the plane, its angle uniform; the median of 200 such draws has a spread of 0.018."""
    assert spiral_headline["median_lost_width=2"] == pytest.approx(0.75, abs=4.0 * 0.5 / (2.0 * np.sqrt(200)))
    assert spiral_headline["median_lost_width=15"] == 0.0


def test_in_wide_layers_all_of_the_error_is_the_decoders(spiral_headline):
    """The median draw of 15 rows loses no point, so that the exact decoder errs by rounding alone."""
    assert spiral_headline["median_decoder_share_width=15"] == pytest.approx(1.0, abs=1e-12)
    assert spiral_headline["median_nmse_width=30"] == pytest.approx(0.25, abs=0.05)
    assert spiral_headline["median_decoder_share_width=2"] < spiral_headline["median_decoder_share_width=5"]


def test_the_padded_gaussian_reading_does_not_improve_with_the_width():
    parameters = replace(inverse_readings.Parameters(), n_points=100, widths=[5, 30])
    rows = inverse_readings.measure(range(300), seed=0, parameters=parameters)
    numbers = inverse_readings.headline(rows, parameters)
    assert numbers["median_nmse_embedding=gaussian_width=30"] < numbers["median_nmse_embedding=gaussian_width=5"] - 0.05
    assert (
        numbers["median_nmse_embedding=padded-orthogonal_width=30"]
        < numbers["median_nmse_embedding=padded-orthogonal_width=5"] - 0.05
    )
    assert (
        numbers["median_nmse_embedding=padded-gaussian_width=30"]
        > numbers["median_nmse_embedding=padded-gaussian_width=5"] - 0.1
    )
    assert numbers["expected_nmse_embedding=gaussian_width=30"] == pytest.approx(
        numbers["median_nmse_embedding=gaussian_width=30"], rel=0.1
    )


def test_the_lost_sectors_follow_the_closed_form():
    numbers = headline_of(collapse_map, 300, n_points=10, widths=[2, 4, 5, 6, 8])
    scores = [value for name, value in numbers.items() if name.startswith("z_")]
    assert len(scores) == 5
    assert max(np.abs(scores)) < 4.0


def test_only_activations_with_a_flat_piece_lose_points():
    rows = rows_of(activations, 10, n_points=100)
    lost = rows.groupby("activation")["lost"].max()
    bounds = [name for name, f in ACTIVATIONS.items() if not f.only_side_elsewhere]
    assert bounds == ["silu", "gelu", "hardswish"]
    assert lost[bounds].isna().all()  # at most what ReLU loses, of which more is known
    most = rows.pivot(index="draw", columns="activation", values="lost_at_most")
    assert (most["relu"] == most[bounds].T).all(axis=None)
    assert (lost[["linear", "leaky_relu", "elu", "tanh"]] == 0.0).all()
    assert (lost[["relu", "relu6"]] > 0.0).all()
    assert lost["relu6"] > lost["relu"]


def test_relu6_loses_as_the_formula_says_and_more_than_relu_at_large_inputs():
    numbers = headline_of(input_scale, 200, radii=[1.0, 10.0, 30.0])
    assert max(abs(value) for name, value in numbers.items() if name.startswith("z_")) < 4.0
    expected = [numbers[f"expected_lost_activation={activation}_radius=30"] for activation in ("relu6", "relu")]
    spread = np.sqrt(sum(share * (1.0 - share) for share in expected) / 200)  # no share between 0 and 1 varies more
    gap = numbers["mean_lost_activation=relu6_radius=30"] - numbers["mean_lost_activation=relu_radius=30"]
    assert gap == pytest.approx(expected[0] - expected[1], abs=4.0 * spread)
    assert expected[0] - expected[1] > 8.0 * spread  # so that the sign of the gap is sure
    assert (
        numbers["mean_lost_activation=relu6_radius=1"] == numbers["mean_lost_activation=relu_radius=1"]
    )  # one of 10^9 values is above 6


def test_relu6_at_the_narrow_end_loses_what_expansion_repairs_in_part_and_width_wholly():
    """Two channels of mean 0 are both positive at 1/4 of the points, in the mean over signs, and at 1/2 at most: spread 1/4.

    Of 16 channels fewer than two are positive at 17/2^16 of the points.
    """
    parameters = replace(expansion.Parameters(), n_points=100, widths=[2, 16], expansions=[1, 6, 10])
    rows = expansion.measure(range(60), seed=0, parameters=parameters)
    lost = rows.groupby(["width", "expansion", "activation"])["lost"].mean()
    margin, few = 4.0 * 0.25 / np.sqrt(60), collapsed_fraction(16, 2)
    for ratio in (6, 10):
        assert lost[2, ratio, "relu6"] > 0.75 - margin > lost[2, ratio, "linear"] + margin
        assert lost[16, ratio, "relu6"] < few + 4.0 * np.sqrt(few / 60)
    narrow = rows.query("width == 2 and activation == 'relu6'").pivot(index="draw", columns="expansion", values="lost")
    repaired = narrow[1] - narrow[10]
    assert repaired.mean() > 4.0 * repaired.sem()
    paired = rows.pivot_table(index=["width", "expansion", "draw"], columns="activation", values="lost")
    assert (paired["relu6"] >= paired["linear"]).all()
    np.testing.assert_array_equal(
        rows[rows["activation"] == "linear"]["lost"], rows[rows["activation"] == "linear"]["lost_inside"]
    )


def test_four_slices_need_a_quarter_of_the_inside_and_little_more():
    """One slice holds 96 x 112 x 112 values twice, before and after a batch norm; four add up outputs of 24 x 56 x 56."""
    numbers = headline_of(memory_split, 1, slices=[1, 4])
    assert numbers["ratio_memory_values_slices=4"] == pytest.approx(652_288 / 1_505_280)
    outputs = 3 * 24 * 56**2  # the sum so far, the next summand and its batch norm
    assert 0.25 < numbers["ratio_allocated_bytes_slices=4"] < 0.25 + outputs / (2 * 96 * 112**2)
    assert numbers["largest_difference"] < 1e-6
    assert numbers["count_formulas_that_differ"] == 0.0


def test_no_formula_of_a_block_differs_from_what_running_it_counts():
    numbers = headline_of(block_costs, 1, inp=16, oup=24, stride=2, size=15)
    assert numbers["count_formulas_that_differ"] == 0.0


def test_the_lecture_numbers():
    numbers = headline_of(parameter_arithmetic, 1, channels=64)
    pairs = {
        name.partition("=")[2]: (numbers[name], numbers[name.replace("first", "second")])
        for name in numbers
        if name.startswith("count_first")
    }
    c = 64**2
    assert list(pairs.values()) == [
        (27 * c, 49 * c),
        (18 * c, 25 * c),
        (6 * c, 9 * c),
        (12_443_648, 120_422_400),
        (69_632, 70_144),
        (8_208, 186_624),
    ]


def test_dense_stacks_are_cheaper_than_plain_ones_by_the_orders_of_their_formulas():
    numbers = headline_of(dense_growth, 1, depths=[40])
    channels = 16 + 12 * 40
    assert numbers["count_parameters_stack=plain_depth=40"] == 40 * (9 * channels**2 + 2 * channels)
    assert numbers["count_parameters_stack=dense_depth=40"] == sum((9 * 12 + 2) * (16 + 12 * layer) for layer in range(40))
    assert numbers["ratio_parameters_plain_over_dense_depth=40"] > 50


def test_plain_torch_modules_compute_the_same():
    networks = ["mobilenet_v2", "mobilenet_v3_small", "densenet121"]
    rows = rows_of(forward_speed, 1, networks=networks, batch=1, size=64, threads=1)
    assert (rows[["difference_plain", "difference_in_place"]] == 0.0).all(axis=None)
    assert (rows["difference_folded"] < 1e-4).all()


def roll_bounds(n_points):
    """Squared step between neighbours, and least error that a linear map can have, as shares of the chart's variance.

    Of the arc length, which has 19/20 of that variance, the best line through all three coordinates tells a fifth.
    """
    cloud = make_cloud("swiss roll", n_points, rng=random_stream(0))
    step = np.sqrt(np.ptp(cloud.chart, axis=0).prod() / n_points)
    return step**2 / cloud.chart.var(axis=0).sum(), affine_error(cloud.points, cloud.chart)


def test_ways_unroll_the_roll_and_straight_distances_do_not():
    """A map by ways is off by less than a step; a shadow, or a map of straight distances, errs as a linear map must: 0.76."""
    numbers = headline_of(swiss_roll, 2, n_points=1000, methods=["pca", "mds", "isomap", "landmark-isomap"])
    step, least = roll_bounds(1000)
    for method in ("isomap", "landmark-isomap"):
        assert numbers[f"median_procrustes_error_method={method}"] < step
        for shadow in ("pca", "mds"):
            untrusted = 1.0 - numbers[f"median_trustworthiness_method={shadow}"]
            assert 1.0 - numbers[f"median_trustworthiness_method={method}"] < 0.1 * untrusted
    assert (
        min(numbers["median_affine_error_method=pca"], numbers["median_affine_error_method=mds"]) > least - 4.0 * 0.012
    )  # from draw to draw
    assert least > 0.7


def test_a_quick_look_shows_the_claims_about_the_roll_too():
    numbers = headline_of(swiss_roll, 1, **quick(swiss_roll))
    step, least = roll_bounds(1000)  # of the same points
    assert (
        numbers["median_procrustes_error_method=landmark-isomap"]
        < step
        < least
        <= numbers["median_procrustes_error_method=pca"]
    )
    numbers = headline_of(neighbours, 3, **quick(neighbours))
    assert (
        3
        < numbers["least_n_neighbors_good_noise=0"]
        < numbers["largest_n_neighbors_good_noise=0"]
        < numbers["first_n_neighbors_short_noise=0"]
    )
    assert numbers["first_n_neighbors_short_noise=0.05"] < numbers["first_n_neighbors_short_noise=0"]


def test_shapes_that_a_claim_says_nothing_about_are_refused():
    with pytest.raises(
        ValueError, match="dataset must know true lengths, as 'swiss roll', 's-curve' and 'thread' do, got 'severed"
    ):
        neighbours.check(replace(neighbours.Parameters(), dataset="severed sphere"))
    with pytest.raises(ValueError, match="datasets must lie in the plane, such as 'two rings' or 'thread', got 'swiss roll'"):
        lift.check(replace(lift.Parameters(), datasets=["swiss roll"]))


@pytest.mark.parametrize("methods", [["pca"], ["pca", "landmark-isomap"]])
@pytest.mark.parametrize(("rows", "said"), [(90, "60 of the 90 rows of own.csv, evenly spaced"), (60, "")])
def test_a_file_of_more_rows_is_sampled_and_the_figure_says_so(tmp_path, rng, rows, said, methods):
    np.savetxt(tmp_path / "own.csv", rng.random((rows, 3)), delimiter=",")
    parameters = replace(swiss_roll.Parameters(), dataset=str(tmp_path / "own.csv"), n_points=60, methods=methods)
    figure = figure_of(swiss_roll, swiss_roll.measure(range(1), seed=0, parameters=parameters), parameters)
    words = " ".join(text.get_text() for text in figure.findobj(Text)).replace("\n", " ")
    assert said in words
    assert ("evenly spaced" in words) == bool(said)


def quick(experiment):
    return {key: value for key, value in experiment.QUICK.items() if key != "draws"}


def test_the_scores_under_the_maps_of_a_roll_are_whole_and_cover_none_of_the_others():
    parameters = replace(swiss_roll.Parameters(), n_points=60, methods=["pca", "isomap", "landmark-isomap", "ltsa", "spectral"])
    rows = swiss_roll.measure(range(1), seed=0, parameters=parameters)
    longest = {"procrustes_error": 0.00088, "affine_error": 0.00056, "seconds": 0.0096}
    figure = figure_of(swiss_roll, rows.assign(**longest), parameters)
    figure_bytes(figure, "png")  # lays it out
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for ax in figure.axes[1:] for label in (ax.title, ax.xaxis.label)]
    width, height = figure.get_size_inches() * figure.dpi
    assert len(boxes) == 10
    assert all(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height for box in boxes)
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])


def test_too_few_neighbours_leave_parts_too_many_short_circuits_and_noise_brings_them_on_earlier():
    parameters = replace(neighbours.Parameters(), neighbours=[3, 8, 10, 15, 20, 40], noises=[0.0, 0.06])
    rows = neighbours.measure(range(5), seed=0, parameters=parameters)
    numbers = neighbours.headline(rows, parameters)
    few = rows_of(neighbours, 40, neighbours=[3], noises=[0.0])
    assert (few["parts"] > 1).mean() > 0.5 + 4.0 * 0.5 / np.sqrt(40)  # more than half of all draws, beyond what a coin does
    assert numbers["least_n_neighbors_good_noise=0"] <= 10
    assert numbers["largest_n_neighbors_good_noise=0"] < 40
    assert numbers["first_n_neighbors_short_noise=0.06"] < numbers["first_n_neighbors_short_noise=0"]
    ruined = rows[(rows["n_neighbors"] == 40) & (rows["parts"] == 1)]
    assert (ruined["short_circuits"] > 0).all()
    assert ruined["procrustes_error"].median() > 0.1


def test_landmarks_cost_no_accuracy_and_less_memory_and_trust_is_the_same_number():
    """Memory and the same random roll for both; times are not asserted."""
    numbers = headline_of(isomap_scale, 1, sizes=[500, 2000], compared=[500, 2000])
    assert numbers["median_procrustes_error_ours_n_points=2000"] < 0.002
    assert (
        numbers["median_procrustes_error_ours_n_points=2000"]
        < 2.0 * numbers["median_procrustes_error_scikit_learn_n_points=2000"]
    )
    assert numbers.get("ratio_megabytes_scikit_learn_over_ours_n_points=2000", 9.0) > 4.0
    assert max(numbers[f"largest_trustworthiness_difference_{kind}"] for kind in ("good", "random")) < 1e-9


def test_enough_random_units_separate_what_no_line_does_and_spirals_take_more_than_rings():
    numbers = headline_of(lift, 12, datasets=["two rings", "two spirals"], units=[3, 10, 60])
    assert numbers["least_width_for_half_dataset=two rings"] == 10
    assert numbers["least_width_for_half_dataset=two spirals"] == 60
    for shape in ("two rings", "two spirals"):
        assert numbers[f"median_accuracy_dataset={shape}_width=0"] < 0.75
        assert numbers[f"median_accuracy_dataset={shape}_width=3"] < 0.9
    assert numbers["median_accuracy_dataset=two spirals_width=10"] < 0.9


def test_a_map_of_digits_by_ways_keeps_more_of_them_apart_than_a_shadow():
    """A share among twice 500 pictures has a standard error of 1/2 / sqrt(1000) at most, a difference sqrt(2) times that."""
    numbers = headline_of(digits_map, 2, n_points=500, methods=["pca", "landmark-isomap"])
    margin = 4.0 * 0.5 / np.sqrt(1000)
    by_ways = numbers["median_same_digit_method=landmark-isomap"]
    assert by_ways > numbers["median_same_digit_method=pca"] + np.sqrt(2.0) * margin
    assert by_ways > 0.5 + margin  # most of them
    assert (
        numbers["median_same_digit_method=pixels"] > by_ways + np.sqrt(2.0) * margin
    )  # a map of two dimensions cannot keep all


def test_numpy_calls_layers_full_that_the_effective_rank_tells_apart():
    """What is larger is so in all of 8 draws, on the same signals: one time in 256 by chance, were it a toss each."""
    parameters = replace(rank.Parameters(), inputs=[4, 16, 32, 64])
    rows = rank.measure(range(8), seed=0, parameters=parameters)
    numbers = rank.headline(rows, parameters)
    default, effective, centred = (
        rows.pivot(index=["inputs", "draw"], columns="activation", values=measure)
        for measure in ("default", "effective", "effective_centred")
    )
    independent = effective_rank(random_stream(0).standard_normal((parameters.n_points, parameters.width))) / parameters.width
    bent = ["relu", "elu", "silu", "hardswish"]
    for inputs in (16, 32, 64):
        cell = f"inputs={inputs}"
        assert numbers[f"median_default_activation=linear_{cell}"] == inputs / 64
        assert (default.loc[inputs, bent] == 1.0).all(axis=None)
        assert {numbers[f"median_tolerant_activation={activation}_{cell}"] for activation in bent} == {1.0}
        assert (effective.loc[inputs, bent].gt(effective.loc[inputs, "linear"], axis=0)).all(axis=None)
        assert (effective.loc[inputs, bent] < independent).all(axis=None)
    assert (effective.loc[4, "relu"] > effective.loc[4, "silu"]).all()
    assert (effective.loc[64, "silu"] > effective.loc[64, "relu"]).all()
    assert (centred.loc[64, "relu"] > centred.loc[64, "silu"]).all()
    assert (default.loc[4, "hardswish"] < 1.0).all()
    assert numbers["median_effective_activation=silu_inputs=64"] == effective.loc[64, "silu"].median()


def test_the_tolerance_that_is_given_is_the_one_that_counts():
    strict, tiny = (rows_of(rank, 2, activations=["relu"], inputs=[8], tolerance=limit) for limit in (0.5, 1e-10))
    assert (strict["tolerant"] < 0.5 * tiny["tolerant"]).all()
    np.testing.assert_array_equal(tiny["tolerant"], tiny["default"])


def test_behind_batch_norm_relu6_is_relu():
    rows = rows_of(rank, 3, activations=["relu", "relu6"])
    relu, clipped = (rows[rows["activation"] == name][list(rank.MEASURES)].to_numpy() for name in ("relu", "relu6"))
    np.testing.assert_array_equal(relu, clipped)


def test_usual_relu_layers_make_no_curve_longer_and_larger_weights_or_tanh_do():
    """As the formula says in all 25 cells."""
    numbers = headline_of(length, 100, n_points=50)
    assert numbers["count_cells_compared"] == 25
    assert numbers["largest_z"] < 4.0
    assert numbers["mean_length_activation=relu_scale=1_width=30_layer=20"] < 0.9
    assert numbers["mean_length_activation=relu_scale=1.5_width=30_layer=20"] > 1000.0
    assert numbers["mean_length_activation=tanh_scale=1_width=30_layer=20"] > 3.0
    assert (
        numbers["expected_length_activation=relu_scale=1_width=10_layer=20"]
        < numbers["expected_length_activation=relu_scale=1_width=100_layer=20"]
        < 1.0
    )


def test_the_expected_stretch_is_that_of_single_layers_whatever_place_tangent_and_offsets(z_scores):
    """4000 layers of 3 units, tangents along x, across and between, 9 cells; one unit by hand: half of sqrt(2) E|N(0, 1)|."""
    assert length.expected_stretch(1) == pytest.approx(1.0 / np.sqrt(np.pi))
    assert length.expected_stretch(1000, scale=2.0) == pytest.approx(2.0 - 2.0 * 5.0 / 8000.0, abs=1e-5)
    rng = np.random.default_rng(5)
    x, across = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.6, 0.8])
    for offset in (0.0, 0.3, 3.0):
        weights = np.sqrt(2.0 / 3.0) * rng.normal(size=(4000, 3, 3))
        active = weights @ x + offset * rng.normal(size=(4000, 3)) > 0.0
        for tangent in (x, across, (x - across) / np.sqrt(2.0)):
            stretch = np.linalg.norm(active * (weights @ tangent), axis=1)
            assert abs(z_scores(stretch, length.expected_stretch(3))) < 4.0


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_tangents_measure_the_length_of_a_fine_polygon(activation):
    layers = length.carry_circle(20_000, activation, 1.5, 20, 6, 0.1, np.random.default_rng(1))
    for points, tangents in layers:
        polygon = np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1).sum()
        assert polygon / (2.0 * np.pi) == pytest.approx(np.linalg.norm(tangents, axis=1).mean(), rel=1e-3)


def lasting(rows, trained):
    """For how many layers the rings have their holes, and are apart: tables by draw and activation of networks that learned."""
    learned = rows[(rows["trained"] == trained) & (rows["accuracy"] == 1.0) & (rows["layer"] > 0)]
    sums = learned.groupby(["draw", "activation"])[["holes", "parts"]].agg(["sum", "size"])
    holes, parts = sums["holes"]["sum"] / 2.0, sums["parts"]["sum"] - sums["parts"]["size"]
    return holes.unstack("activation"), parts.unstack("activation")


def in_errors(differences):
    """The mean over the draws in standard errors."""
    return differences.mean() / differences.sem()


def test_two_rings_lose_holes_and_come_together_in_fewer_relu_than_tanh_layers_and_leaky_relu_is_like_relu():
    """16 draws of 10 layers, compared draw by draw; 12 learn with all activations. Another processor trains other networks.

    By chance a mean of 12 differences is beyond 2 of its own errors in 3.5 of 100 cases (Student's t), beyond 5 in 1 of 5,000.
    """
    rows = rows_of(topology, 16)
    numbers = topology.headline(rows, topology.Parameters())
    assert max(numbers[f"count_left_out_activation={activation}"] for activation in topology.Parameters().activations) <= 6
    for trained in (True, False):
        holes, apart = lasting(rows, trained)
        both = holes + apart
        assert in_errors(holes["tanh"] - holes["relu"]) > 2.0
        assert in_errors(apart["tanh"] - apart["relu"]) > 2.0
        assert min(in_errors(both["tanh"] - both[name]) for name in ("relu", "leaky_relu")) > 5.0
        assert abs((both["leaky_relu"] - both["relu"]).mean()) < 0.5 * (both["tanh"] - both["leaky_relu"]).mean()
    sooner = (lasting(rows, False)[1] - lasting(rows, True)[1]).mean(axis=1)
    assert in_errors(sooner) > 1.5  # of 16 draws: 8 of 100 cases
    assert (rows.loc[rows["layer"] == 0, ["parts", "holes"]] == 2).all(axis=None)


def test_how_long_rings_last_is_counted_in_layers_behind_the_plane():
    """Two networks of 3 layers: holes 2, 1, 1, 0 and 2, 2, 1, 0; parts 2, 2, 2, 1 and 2, 1, 1, 1."""
    counts = {0: ([2, 1, 1, 0], [2, 2, 2, 1]), 1: ([2, 2, 1, 0], [2, 1, 1, 1])}
    rows = [
        {"activation": "relu", "draw": draw, "trained": True, "accuracy": 1.0, "layer": layer, "holes": h, "parts": p}
        for draw, (holes, parts) in counts.items()
        for layer, (h, p) in enumerate(zip(holes, parts, strict=True))
    ]
    numbers = topology.headline(DataFrame(rows), topology.Parameters())
    assert numbers["mean_layers_with_hole_activation=relu_trained=True"] == 1.25
    assert numbers["mean_layers_apart_activation=relu_trained=True"] == 1.0
    assert numbers["first_layer_with_one_hole_activation=relu_trained=True"] == 2.0
    assert numbers["mean_holes_activation=relu_trained=True_layer=1"] == 1.5


def test_networks_that_did_not_learn_are_left_out_and_counted():
    parameters = replace(topology.Parameters(), activations=["linear"], depth=2, epochs=5)
    rows = topology.measure(range(3), seed=0, parameters=parameters)
    assert topology.headline(rows, parameters) == {"count_left_out_activation=linear": 3.0}
    assert (rows["accuracy"] < 0.9).all()
    figure = figure_of(topology, rows, parameters)
    words = [text.get_text() for part in figure.subfigs for ax in part.axes for text in ax.texts]
    assert words == ["no network has\nevery point right"] * 4


def test_the_share_kept_is_n_over_2_to_the_n_and_the_papers_bound_fails_at_its_own_expansion():
    """1000 draws of 20 points: 18 cells in which enough draws are expected to lose or to keep a point."""
    numbers = headline_of(misprint, 1000)
    assert numbers["count_cells_compared"] == 18
    assert numbers["largest_z"] < 4.0
    assert numbers["mean_kept_dimension=2_width=15"] > 0.99
    assert numbers["expected_log2_lost_dimension=16_width=96"] > numbers["bound_log2_lost_dimension=16_width=96"] + 9.0
    needed = [numbers[f"first_expansion_bound_holds_dimension={d}"] for d in (2, 4, 8, 16, 32)] + [
        numbers["limit_expansion_bound_holds"]
    ]
    assert needed == sorted(needed)
    assert needed[0] < 6.0 < needed[2]


def test_the_chance_of_being_injective_is_the_share_of_all_sign_patterns():
    numbers = headline_of(injective, 300, widths=[3, 4, 5, 6, 8, 12], enumerated=8)
    assert numbers["count_cells_compared"] == 14
    assert numbers["largest_z"] < 4.0
    assert numbers["count_cells_enumerated"] == 25
    assert numbers["largest_difference_enumerated"] < 1e-14
    assert (numbers["expected_injective_width=6"], numbers["expected_kept_width=6"]) == (1 / 4, 57 / 64)


def test_a_network_block_loses_almost_no_point_and_has_lost_regions_all_the_same():
    numbers = headline_of(injective, 2, widths=[4], enumerated=4)
    assert numbers["expected_lost_dimension=16_width=96"] < 1e-11
    assert numbers["expected_lost_regions_dimension=16_width=96"] > 1e5
    assert numbers["expected_lost_regions_dimension=24_width=144"] > numbers["expected_lost_regions_dimension=16_width=96"]


@pytest.fixture(scope="module")
def opposite_rows():
    parameters = replace(antithetic.Parameters(), dims=[2, 3, 8], n_points=100)
    rows = antithetic.measure(range(60), seed=0, parameters=parameters)
    return rows, antithetic.headline(rows, parameters)


def test_opposite_rows_lose_nothing_and_as_many_gaussian_rows_what_the_formula_says(opposite_rows):
    rows, numbers = opposite_rows
    assert numbers["count_cells_compared"] == 3
    assert numbers["largest_z"] == max(abs(numbers[f"z_lost_embedding=gaussian_dimension={dim}"]) for dim in (2, 3, 8))
    assert (rows.loc[rows["embedding"] != "gaussian", "lost"] == 0.0).all()
    assert rows.loc[rows["embedding"] != "gaussian", "worst"].max() < 1e-7
    for dim in (2, 3, 8):
        assert abs(numbers[f"z_lost_embedding=gaussian_dimension={dim}"]) < 4.0
        assert numbers[f"mean_lost_embedding=gaussian_dimension={dim}"] > 0.25
        assert numbers[f"largest_worst_embedding=gaussian_dimension={dim}"] > 0.5
    assert (
        numbers["mean_injective_embedding=opposite_dimension=2"],
        numbers["mean_injective_embedding=gaussian_dimension=2"],
    ) == (1.0, 0.0)


def test_twice_the_pseudo_inverse_reads_opposite_rows_exactly_and_gaussian_ones_not_at_all(opposite_rows):
    _, numbers = opposite_rows
    for dim in (2, 3, 8):
        assert numbers[f"median_doubled_nmse_embedding=opposite_dimension={dim}"] < 1e-26
        assert numbers[f"largest_doubled_nmse_embedding=orthogonal_dimension={dim}"] < 1e-28
        assert numbers[f"median_doubled_nmse_embedding=gaussian_dimension={dim}"] > 0.3


def test_the_price_is_the_condition_of_b_and_nothing_if_b_is_orthogonal(opposite_rows):
    rows, numbers = opposite_rows
    np.testing.assert_allclose(rows.loc[rows["embedding"] == "orthogonal", "evenness"], 1.0, rtol=1e-12)
    for draw, evenness in (
        rows[(rows["embedding"] == "opposite") & (rows["dimension"] == 2)].set_index("draw")["evenness"].items()
    ):
        rng = random_stream(0, draw)
        rng.standard_normal((100, 2)), rng.uniform(size=100)  # the points
        b = rng.standard_normal((4, 2))[:2]
        assert evenness == pytest.approx(1.0 / np.linalg.cond(b), rel=1e-9)
        bounds = lipschitz_bounds(np.vstack([b, -b]))
        assert evenness == pytest.approx(bounds.local / bounds.upper, rel=1e-9)
    assert rows["evenness"].min() > 1e-9  # lost points, where nothing is stretched, do not count
    assert (
        numbers["median_evenness_embedding=gaussian_dimension=8"]
        < 0.1 * numbers["median_evenness_embedding=opposite_dimension=8"]
    )
