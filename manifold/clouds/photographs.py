"""The photographs that installed packages bring, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from manifold.checks import abridge, fault
from manifold.clouds.picture_files import Pixels, read_picture
from manifold.clouds.pictures import palace


def _flower() -> Pixels:
    from sklearn.datasets import load_sample_image  # slow to load, and needed here alone

    return np.asarray(load_sample_image("flower.jpg"))


def _portrait() -> Pixels:
    from matplotlib import cbook  # as above

    return read_picture(str(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)))


PHOTOGRAPHS: Mapping[str, Callable[[], Pixels]] = MappingProxyType({"palace": palace, "flower": _flower, "portrait": _portrait})
"""What loads each: a palace and a flower of scikit-learn's, a portrait of Matplotlib's, 427 pixels to a side and more."""


def find_picture(name: str) -> Pixels:
    """The pixels (H, W, 3) of a photograph of `PHOTOGRAPHS`, or else of the file of that name, see `read_picture`."""
    if name in PHOTOGRAPHS:
        return PHOTOGRAPHS[name]()
    try:
        return read_picture(name)
    except FileNotFoundError as error:
        sentence = "there is no photograph or file {name}; photographs are {known}"
        raise fault(FileNotFoundError, sentence, name=abridge(name), known=", ".join(PHOTOGRAPHS)) from error
