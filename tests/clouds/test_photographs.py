"""The photographs that come with packages, and finding one or a file."""

import numpy as np
import pytest
from PIL import Image

from manifold import PHOTOGRAPHS, find_picture


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_every_photograph_is_coloured_and_large_enough_for_a_network(name):
    pixels = find_picture(name)
    assert pixels.dtype == np.uint8
    assert pixels.shape[2] == 3
    assert min(pixels.shape[:2]) >= 317  # sqrt(2) 224
    assert len(np.unique(pixels)) > 200


def test_any_other_name_is_that_of_a_file(tmp_path):
    Image.fromarray(np.full((9, 8, 3), 7, dtype=np.uint8)).save(tmp_path / "own.png")
    assert (find_picture(str(tmp_path / "own.png")) == 7).all()
    with pytest.raises(FileNotFoundError, match="no photograph or file 'tower'; photographs are palace, flower, portrait"):
        find_picture("tower")
