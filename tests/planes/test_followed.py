"""What the browser is sent to follow a point: its equations are those of the library, under every activation."""

import numpy as np
import pytest

from manifold import ACTIVATIONS, make_cloud, random_stream, recover_widths
from manifold.planes.followed import follow_data
from manifold.planes.recoveries import matrices_of, widths_of


@pytest.mark.parametrize("scale", [1.0, 15.0])
@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_the_table_gives_f_and_the_ends_give_the_active_channels(name, scale):
    f = ACTIVATIONS[name]
    rng = random_stream(0)
    cloud = make_cloud("spiral", 200, scale=scale, rng=rng)
    recoveries = recover_widths(cloud.points, widths=[2, 9], activation=name, rng=rng)
    data = follow_data(cloud, matrices_of(recoveries), widths_of(recoveries), f, scale=scale)
    low, high = (
        np.inf * sign if data["layer"][end] is None else data["layer"][end] for end, sign in (("low", -1), ("high", 1))
    )
    for matrix, recovery in zip(data["layer"]["matrices"], recoveries, strict=True):
        np.testing.assert_allclose(np.array(matrix) / scale, recovery.matrix)
        z = np.array(data["follow"]["points"]) @ recovery.matrix.T
        np.testing.assert_allclose(np.interp(z, *data["follow"]["curve"]), recovery.hidden, atol=2e-3)
        np.testing.assert_array_equal((low < z) & (z < high), recovery.rows.active)
