"""Pages in another language: what is cached, and what is made later and elsewhere, speaks the language of the page."""

from threading import Thread

from manifold.text import LANGUAGE, say
from manifold.ui.one_draw.layers import Setting, spiral_frames
from manifold.ui.pages.blocks.views import BlockSetting, block_frames, diagram, place_title
from manifold.ui.share import _as_here

SETTING = Setting("circle", None, "gaussian", "relu", "inverse", 1.0, seed=0, draw=0)
BLOCK = BlockSetting("inverted", "same", 1, 28, 6.0, "linear", "exact", seed=0, draw=0)


def first_captions():
    return [frames["panels"][0]["captions"] for frames in (spiral_frames(SETTING)[0], block_frames(BLOCK))]


def test_words_are_cached_for_each_language(another_language):
    other = first_captions()
    token = LANGUAGE.set("en")
    english = first_captions()
    LANGUAGE.reset(token)
    assert other == [["점 500개"], ["점 300개"]]
    assert english == [["500 points, 2 channels"], ["300 points, 2 channels"]]
    assert first_captions() == other


def test_a_diagram_is_cached_for_each_language(another_language):
    other = diagram(BLOCK, 4, "light")
    token = LANGUAGE.set("en")
    english = diagram(BLOCK, 4, "light")
    LANGUAGE.reset(token)
    assert other[0] != english[0]
    assert diagram(BLOCK, 4, "light") == other


def test_a_place_in_a_block_is_told_in_the_language_of_the_page(another_language):
    assert place_title("3×3 depthwise, relu6") == "채널별 3×3, ReLU6"
    assert (place_title("1×1 to 24"), place_title("all maps")) == ("1×1 to 24", "all maps")


def test_a_file_made_in_another_thread_speaks_the_language_of_the_page(another_language):
    files = []
    make = _as_here(lambda: say("page.why").encode())
    thread = Thread(target=lambda: files.append(make()))
    thread.start()
    thread.join()
    assert files == ["왜".encode()]
