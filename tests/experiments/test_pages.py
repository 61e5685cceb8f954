"""Every figure on every page: nothing cut, nothing too small, nothing on top of something else; and drawn without measuring."""

import numpy as np
import pytest

import manifold.layer.recovery
from experiments.__main__ import main
from experiments.runner.drawing import draw_kept
from experiments.runner.experiment import find_experiments
from experiments.runner.record import read_folder, read_kept
from manifold.plots import STYLES, Page
from tests.experiments.boxes import faults

PAGES = {
    "column": Page(width=3.35),
    "text": Page(width=5.5),
    "paper": STYLES["paper"],
    "slide": STYLES["slide"],
    "dark": STYLES["dark"],
}


@pytest.fixture(scope="module", params=list(find_experiments()))
def kept(request, tmp_path_factory):
    """What a quick run keeps; its figures are drawn below."""
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.runner.command.figure_files", lambda kept, look: {})
        assert main(["run", request.param, "--quick", "--out", str(folder)]) == 0
    return read_kept(read_folder(folder / request.param), folder)


@pytest.mark.parametrize("page", PAGES)
def test_words_are_whole_legible_and_apart_and_nothing_is_drawn_at_random_or_decoded(kept, page, monkeypatch):
    def forbidden(*args, **kwargs):
        raise AssertionError("measured while drawing")

    for place, function in ((np.random, "default_rng"), (np.random, "Generator"), (manifold.layer.recovery, "observe")):
        monkeypatch.setattr(place, function, forbidden)
    monkeypatch.setattr(kept.experiment, "measure", forbidden)
    figure = draw_kept(kept, PAGES[page])
    assert figure.get_size_inches()[0] == PAGES[page].width
    assert not faults(figure, page=PAGES[page])
