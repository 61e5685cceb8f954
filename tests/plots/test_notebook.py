"""What a notebook shows of a result: its figure where there is one."""

import numpy as np
import pytest

import manifold
from manifold import Layer, make_cloud, random_stream, recover


@pytest.mark.parametrize("law", ["gaussian", "padded-orthogonal"])
def test_a_recovery_of_the_plane_is_its_figure(law):
    cloud = make_cloud("spiral", 60, rng=random_stream(0))
    recovery = recover(4.0 * cloud.points, width=5, embedding=law, rng=random_stream(0))
    svg = recovery._repr_html_()
    assert svg.startswith("<svg")
    assert svg.count("<use") > 3 * 60


@pytest.mark.parametrize("name", ["spiral", "swiss roll"])
def test_a_cloud_in_the_plane_or_in_space_is_its_points(name):
    svg = make_cloud(name, 50, rng=random_stream(0))._repr_html_()
    assert svg.count("<use") >= 50


def test_a_layer_of_the_plane_is_its_sectors():
    assert Layer(np.eye(2))._repr_html_().startswith("<svg")


def test_what_has_no_figure_is_its_line():
    recovery = recover(np.eye(3), width=4, rng=random_stream(0))
    assert recovery._repr_html_() is None
    assert make_cloud("ball,dim=5", 9, rng=random_stream(0))._repr_html_() is None
    assert manifold.METRICS["nmse"]._repr_html_() is None
