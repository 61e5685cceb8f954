"""Integers and dead channels in a trained network, on fewer crops than the experiments take."""

from dataclasses import replace

import pytest

from experiments.networks import dead_channels, pruned, quantised
from experiments.networks._networks import crops
from experiments.networks._quantised import parts
from manifold import random_stream
from manifold.nets import InvertedResidual, efficientnet_lite0, prune, take_statistics
from manifold.nets.compression.results import read_results


def measured(experiment, **changes):
    parameters = replace(experiment.Parameters(), **changes)
    rows = experiment.measure(range(1), seed=0, parameters=parameters)
    return rows, experiment.headline(rows, parameters)


def test_what_layers_read_comes_from_an_activation_or_a_bottleneck_by_the_blocks_themselves():
    network = efficientnet_lite0(weights="imagenet").eval()
    said = parts(network, crops(3, 64, rng=random_stream(0)))
    blocks = {path: block for path, block in network.named_modules() if isinstance(block, InvertedResidual)}
    expansions = {f"{path}.conv.0.0" for path, block in blocks.items() if block.depthwise}
    shortcuts = {path for path, block in blocks.items() if block.adds_input}
    assert set(said["bottleneck"]) == expansions | shortcuts | {"features.17.0"}
    assert set(said["activated"]) == {*said["all"]} - {*said["bottleneck"]} - {"features.0.0"}
    assert len(said["depthwise"]) == len(blocks) == 16
    assert {*said["depthwise"], *said["others"]} == {*said["all"]} - shortcuts


@pytest.fixture(scope="module")
def integers():
    return measured(quantised, crops=6, fitted=4, size=128, bits=[6])


def test_one_scale_for_a_layers_weights_is_worse_and_worst_in_depthwise_layers(integers):
    """At 6 bits, .85 beside .19 of all crops at full size, and .66 beside .26; crop by crop the interval is above 0."""
    _, numbers = integers
    assert numbers["verdict_tensor_bits=6"] == numbers["verdict_depthwise_bits=6"] == 1.0


def test_behind_relu6_and_behind_bottlenecks_six_bits_do(integers):
    """.994 and .995 of all crops at full size: a tenth of what weights lose is the margin."""
    _, numbers = integers
    for arm in ("activated", "bottleneck"):
        assert 1.0 - numbers[f"mean_cosine_arm={arm}_bits=6"] < 0.2 * (1.0 - numbers["mean_cosine_arm=channel_bits=6"])


def test_sizes_are_those_of_four_and_a_half_million_weights(integers):
    rows, numbers = integers
    weights = sum(each.numel() for name, each in efficientnet_lite0().named_parameters() if each.ndim > 1)
    assert weights * 6 / 8e6 < numbers["total_weight_megabytes_bits=6"] < 1.1 * weights * 6 / 8e6
    assert rows[rows["arm"] == "activated"]["weight_megabytes"].iloc[0] > 4 * weights / 1e6


def test_dead_channels_change_nothing_where_they_are_dead_and_few_crops_show_too_many():
    rows, _ = measured(dead_channels, shown=[2, 6], crops=4, size=96)
    assert (rows["change"] < 1e-5).all()
    assert rows["dead"].is_monotonic_decreasing
    assert (rows["fired"] > 0).all()
    assert (rows["fired"] < rows["dead"]).all()
    assert (rows["held_change"] > 100.0 * rows["change"]).all()


def test_a_cell_of_the_kept_run_comes_again():
    """To the last picture where rounding is the same; else another draw of the law, as far as the kept ones lie apart."""
    rows, made = read_results("pruned")
    assert made["headline"] == pruned.headline(rows, pruned.Parameters())
    first = rows[rows["draw"] == 0]
    split, network = pruned.begin(pruned.Parameters(), seed=made["seed"], draw=0)
    whole, one = first[first["arm"] == "whole"], first[(first["arm"] == "weight") & (first["share"] == 0.5)]
    cut = prune(network, split.train.images, share=0.5, by="weight")
    assert cut.after.macs == one["macs"].iloc[0]
    said = {"accuracy": pruned.share_right(network, split)}
    said["untuned"] = pruned.share_right(take_statistics(cut.network, split.train.images), split)
    kept = {"accuracy": whole["accuracy"].iloc[0], "untuned": one["untuned"].dropna().iloc[0]}
    for score, arm, share in (("accuracy", "whole", 0.0), ("untuned", "weight", 0.5)):
        every = rows[(rows["arm"] == arm) & (rows["share"] == share)][score].dropna()
        assert abs(said[score] - kept[score]) <= every.max() - every.min()
