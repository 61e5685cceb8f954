"""Words of the pages: every section and preset that a page uses is there, is used, and says what the numbers say."""

import ast
import re

import numpy as np
import pytest

from manifold.nets import BLOCKS
from manifold.text import prose
from manifold.text.prose import TEXT, literal, presets, sections
from manifold.ui.controls import LAYER_FIELDS
from manifold.ui.navigation import TITLES, page_file
from manifold.ui.one_draw.layers import WIDTHS, Setting, plane_frames, spiral_frames
from manifold.ui.pages.blocks.controls import BLOCK_FIELDS
from manifold.ui.pages.channels.controls import CHANNEL_FIELDS
from manifold.ui.pages.unrolling.views import Scores
from manifold.ui.pages.unrolling.words import score_cards
from manifold.ui.state import Field

FIELDS = {
    "spiral": {**LAYER_FIELDS, "view": Field("decoders", choices=["decoders", "readings", "space"])},
    "where": {key: field for key, field in LAYER_FIELDS.items() if key != "decoder"},
    "channels": CHANNEL_FIELDS,
    "blocks": BLOCK_FIELDS,
}
PRESETS = [(page, preset) for page in FIELDS for preset in presets(page).values()]
every_page = pytest.mark.parametrize("page", TITLES)
every_preset = pytest.mark.parametrize(("page", "preset"), PRESETS, ids=[f"{page}-{p.name}" for page, p in PRESETS])


def texts(page):
    """All text constants of a page's script."""
    tree = ast.parse(page_file(page).read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def indexed(page):
    """Sections that a page's script asks for by name."""
    tree = ast.parse(page_file(page).read_text(encoding="utf-8"))
    asked = [node for node in ast.walk(tree) if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)]
    return {node.slice.value for node in asked if node.value.id == "words" and isinstance(node.slice, ast.Constant)}


@every_page
def test_every_section_that_a_page_uses_is_there_and_holds_text(page):
    asked = indexed(page)
    assert asked
    assert asked <= set(sections(page))
    assert all(sections(page).values())


@every_page
def test_no_section_stands_unused(page):
    for_each_kind = {f"Notice: {kind}" for kind in BLOCKS} if page == "blocks" else set()
    beside_scores = on_cards() if page == "unrolling" else set()
    assert set(sections(page)) <= texts(page) | {"Presets"} | for_each_kind | beside_scores


def on_cards():
    """Sections that explain the scores of a map."""
    names = ("trustworthiness", "continuity", "overlap", "procrustes", "affine")
    cards = score_cards(Scores({name: np.zeros(3) for name in names}, 0.0), sections("unrolling"))
    return {label for label, _, _ in cards}


def test_there_is_something_to_notice_about_every_block():
    noticed = {name.removeprefix("Notice: ") for name in sections("blocks") if name.startswith("Notice: ")}
    assert noticed == set(BLOCKS)


def test_there_is_a_text_for_every_page_and_no_other():
    assert {path.stem for path in TEXT.glob("*.md")} == set(TITLES)


@pytest.mark.parametrize("page", FIELDS)
def test_every_line_of_the_list_is_a_preset(page):
    lines = [line for line in sections(page)["Presets"].splitlines() if line.strip()]
    assert len(presets(page)) == len(lines) > 5


@every_preset
def test_a_preset_is_a_valid_state_that_differs_from_its_neighbours(page, preset):
    fields = FIELDS[page]
    values = {key: fields[key].parse(text) for key, text in preset.values.items()}
    assert values
    others = [{k: fields[k].parse(t) for k, t in other.values.items()} for other in presets(page).values() if other != preset]
    complete = [{key: field.default for key, field in fields.items()} | state for state in (values, *others)]
    assert complete[0] not in complete[1:]


@every_preset
def test_a_preset_says_why_in_whole_sentences(page, preset):
    assert preset.sentence[0].isupper()
    assert preset.sentence.endswith(".")
    assert len(preset.sentence) > 40


def test_presets_are_read_from_the_list(monkeypatch):
    text = "- [A (b)](?n=3&dataset=two%20rings): Because: it is.\n- not a preset\n"
    monkeypatch.setattr(prose, "sections", lambda page: {"Presets": text})
    assert presets("any") == {"A (b)": prose.Preset("A (b)", {"n": "3", "dataset": "two rings"}, "Because: it is.")}


def test_sections_are_cut_at_second_level_headings(tmp_path, monkeypatch):
    (tmp_path / "a page.md").write_text("Head.\n\n## One\nText\n### Not a section\n\n## Two words\nMore\n", encoding="utf-8")
    monkeypatch.setattr(prose, "TEXT", tmp_path)
    assert sections("a page") == {"": "Head.", "One": "Text\n### Not a section", "Two words": "More"}


def test_the_sentences_about_a_place_have_only_the_holes_that_the_browser_fills():
    for name, rank in (("No row", 0), ("One row", 1), ("Two rows", 2)):
        holes = set(re.findall(r"\{(\w+)\}", sections("where")[name]))
        assert holes == {"x", "y", "width"} | ({"active"} if rank else set())


@pytest.mark.parametrize("text", ["![i](http://a.b/c.png)", "[a](http://a.b)", "a*b*_c_`d`", "$x$ :smile: <b>", "plain, 1.5 %"])
def test_literal_escapes_each_mark_and_nothing_else(text):
    escaped = literal(text)
    assert re.sub(r"\\(.)", r"\1", escaped) == text
    assert not re.search(r"(?<!\\)[*_`\[\]<>$:!]", escaped)


# What presets claim


def state(page, name):
    """The setting and the width of a preset."""
    values = {key: field.default for key, field in FIELDS["spiral"].items()}
    values |= {key: FIELDS["spiral"][key].parse(text) for key, text in presets(page)[name].values.items()}
    keys = ("embedding", "activation", "decoder", "scale", "seed", "draw")
    return Setting(values["dataset"], None, *(values[key] for key in keys)), WIDTHS.index(values["n"])


def curves(name):
    setting, step = state("spiral", name)
    numbers = spiral_frames(setting)[1]
    return numbers.nmse[step], numbers.best_nmse[step], numbers.lost[step]


def planar(name):
    setting, step = state("where", name)
    numbers = plane_frames(setting)[1]
    return numbers.lost[step], numbers.directions[step], numbers.injective[step]


def test_thirty_channels_lose_nothing_and_still_miss_by_about_a_quarter():
    error, best, lost = curves("Thirty channels")
    assert best < 1e-20
    assert lost == 0
    assert 0.2 < error < 0.4


def test_doubling_removes_most_of_the_error_of_thirty_channels():
    assert curves("Doubled")[0] < 0.7 * curves("Thirty channels")[0]


def test_the_lucky_draw_loses_nothing_where_a_fifth_is_usual():
    assert curves("A lucky draw")[2] == 0
    assert 0.1 < curves("Five channels")[2] < 0.3


def test_relu6_loses_as_relu_does_where_the_input_is_small_and_more_where_it_is_large():
    small, large = (state("spiral", f"ReLU6, {size} input") for size in ("small", "large"))
    as_relu = Setting(**{**vars(small[0]), "activation": "relu"})
    assert (spiral_frames(small[0])[1].lost == spiral_frames(as_relu)[1].lost).all()
    assert curves("ReLU6, large input")[2] > curves("ReLU6, small input")[2] + 0.1
    assert large[1] == small[1]


def test_tanh_looks_poor_by_its_inverse_and_loses_nothing():
    error, best, lost = curves("tanh")
    assert (best < 1e-12, lost) == (True, 0)
    assert error > 0.3


def test_two_channels_show_all_three_fates_and_the_lucky_plane_is_one_to_one():
    lost, directions, injective = planar("Two channels")
    assert 0.5 < lost < 1.0
    assert 0.5 < directions < 1.0
    assert not injective
    assert planar("Eight channels") == (0.0, 0.0, True)


def test_the_unlucky_five_channels_lose_far_more_than_the_usual_ones():
    assert planar("Five, an unlucky draw")[0] > planar("Five channels")[0] + 0.2


def test_relu6_on_the_plane_is_relu_at_the_small_size_and_breaks_up_at_the_large_one():
    assert planar("ReLU6, small")[0] == planar("Eight channels")[0] == 0.0
    assert planar("ReLU6, large")[0] > 0.02


def test_a_small_slope_loses_nothing_with_two_channels():
    assert planar("Leaky ReLU")[0] == 0.0
