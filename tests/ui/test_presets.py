"""Presets: each is a valid state with words of its own, and its sentence says what the numbers say."""

from dataclasses import replace

import pytest

from manifold.nets.training.arms import difference, guesses, on_an_axis
from manifold.nets.training.kept import kept_pairs
from manifold.text import entries, section
from manifold.ui.dense_stacks import Stacks
from manifold.ui.navigation import NAMES
from manifold.ui.one_draw.controls import LAYER_FIELDS
from manifold.ui.one_draw.layers import WIDTHS, Setting, plane_frames, spiral_frames
from manifold.ui.pages.blocks.controls import BLOCK_FIELDS
from manifold.ui.pages.channels.controls import CHANNEL_FIELDS
from manifold.ui.pages.exits.controls import EXITS_FIELDS
from manifold.ui.pages.exits.views import leaving, nearest_step
from manifold.ui.pages.lifting.controls import LIFTING_FIELDS
from manifold.ui.pages.network.controls import NETWORK_FIELDS
from manifold.ui.pages.start.questions import BAD, QUESTIONS
from manifold.ui.pages.train.controls import TRAIN_FIELDS
from manifold.ui.pages.train.draws import measured_draws
from manifold.ui.pages.train.kept import preset_pairs
from manifold.ui.pages.unrolling.controls import UNROLLING_FIELDS
from manifold.ui.presets import presets
from manifold.ui.prose import WORDS
from manifold.ui.state import Field, write

FIELDS = {
    "spiral": {**LAYER_FIELDS, "view": Field("decoders", choices=["decoders", "readings", "space", "tour"])},
    "where": {key: field for key, field in LAYER_FIELDS.items() if key != "decoder"},
    "channels": CHANNEL_FIELDS,
    "unrolling": UNROLLING_FIELDS,
    "lifting": LIFTING_FIELDS,
    "blocks": BLOCK_FIELDS,
    "network": NETWORK_FIELDS,
    "exits": EXITS_FIELDS,
    "train": TRAIN_FIELDS,
}
PRESETS = [(page, preset) for page in FIELDS for preset in presets(page).values()]
every_preset = pytest.mark.parametrize(("page", "preset"), PRESETS, ids=[f"{page}-{p.name}" for page, p in PRESETS])


@pytest.mark.parametrize("page", NAMES[1:])
def test_every_preset_of_a_page_has_its_words_and_no_other_has(page):
    assert list(entries(page, "presets")) == list(presets(page))
    assert len(section(page, "presets").splitlines()) == len(presets(page)) > 5


@every_preset
def test_a_preset_is_a_valid_state_that_differs_from_its_neighbours(page, preset):
    fields = FIELDS[page]
    values = {key: fields[key].parse(text) for key, text in preset.values.items()}
    assert {key: write(value) for key, value in values.items()} == preset.values != {}  # as the address writes them
    others = [{k: fields[k].parse(t) for k, t in other.values.items()} for other in presets(page).values() if other != preset]
    complete = [{key: field.default for key, field in fields.items()} | state for state in (values, *others)]
    assert complete[0] not in complete[1:]


def test_each_of_the_nineteen_questions_has_its_words_and_a_valid_state():
    assert list(entries("start", "questions")) == list(QUESTIONS)
    assert len(QUESTIONS) == 19
    for page, state in QUESTIONS.values():
        assert {key: FIELDS[page][key].parse(value) for key, value in state.items()}
    assert set(BAD) < set(QUESTIONS)


def test_every_word_of_a_page_is_in_the_list_of_words_and_every_word_is_used():
    assert {word for words in WORDS.values() for word in words} == set(entries("start", "words"))
    assert set(WORDS) == set(NAMES[1:])


@every_preset
def test_a_preset_says_why_in_whole_sentences(page, preset):
    assert preset.sentence[0].isupper() or preset.sentence[0].isdigit()
    assert preset.sentence.endswith(".")
    assert len(preset.sentence) > 40


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
    error, best, lost = curves("thirty")
    assert best < 1e-20
    assert lost == 0
    assert 0.2 < error < 0.4


def test_doubling_removes_most_of_the_error_of_thirty_channels():
    assert curves("doubled")[0] < 0.7 * curves("thirty")[0]


def test_the_lucky_draw_loses_nothing_where_a_fifth_is_usual():
    assert curves("lucky")[2] == 0
    assert 0.1 < curves("five")[2] < 0.3


def test_relu6_loses_as_relu_does_where_the_input_is_small_and_more_where_it_is_large():
    small, large = (state("spiral", f"relu6-{size}") for size in ("small", "large"))
    as_relu = Setting(**{**vars(small[0]), "activation": "relu"})
    assert (spiral_frames(small[0])[1].lost == spiral_frames(as_relu)[1].lost).all()
    assert curves("relu6-large")[2] > curves("relu6-small")[2] + 0.1
    assert large[1] == small[1]


def test_tanh_looks_poor_by_its_inverse_and_loses_nothing():
    error, best, lost = curves("tanh")
    assert (best < 1e-12, lost) == (True, 0)
    assert error > 0.3


def test_two_channels_show_all_three_fates_and_the_lucky_plane_is_one_to_one():
    lost, directions, injective = planar("two")
    assert 0.5 < lost < 1.0
    assert 0.5 < directions < 1.0
    assert not injective
    assert planar("eight") == (0.0, 0.0, True)


def test_the_unlucky_five_channels_lose_far_more_than_the_usual_ones():
    assert planar("unlucky")[0] > planar("five")[0] + 0.2


def test_relu6_on_the_plane_is_relu_at_the_small_size_and_breaks_up_at_the_large_one():
    assert planar("relu6-small")[0] == planar("eight")[0] == 0.0
    assert planar("relu6-large")[0] > 0.02


def test_a_small_slope_loses_nothing_with_two_channels():
    assert planar("leaky")[0] == 0.0


def exit_values(name):
    """Values of the page Dense and early exits."""
    values = {key: field.default for key, field in EXITS_FIELDS.items()}
    return values | {key: EXITS_FIELDS[key].parse(text) for key, text in presets("exits")[name].values.items()}


def exits(name):
    """The exits of the network of a preset, and the place of its threshold."""
    values = exit_values(name)
    return leaving(values["network"]), nearest_step(values["threshold"])


def stacks(name):
    """The stacks of a preset."""
    values = exit_values(name)
    assert values["view"] == "dense"
    return Stacks(values["growth"], values["layers"], values["plain"])


def test_presets_of_the_exits_say_what_comes_of_their_thresholds():
    shown, step = exits("easy")
    assert round(5 * (shown.departures.exits[step] == 0).mean()) == 4
    assert 0.65 < 1.0 - shown.departures.cost[step] < 0.75
    shown, step = exits("chosen")
    assert step == shown.chosen
    assert shown.departures.wrong[step].sum() - (~shown.departures.right[:, -1]).sum() == 2
    shown, step = exits("first")
    assert shown.departures.accuracy[step] < shown.departures.right[:, -1].mean() - 0.02
    shown, step = exits("doubtful")
    going = shown.departures.exits[step] > 0
    assert (shown.departures.right[:, 0] & going).mean() > 0.5
    shown, step = exits("overthinking")
    assert shown.departures.accuracy[step] > shown.departures.right[:, -1].mean()


@pytest.mark.parametrize("network", ["residual", "plain"])
def test_exits_of_the_other_networks_do_no_worse_than_dense_ones(network):
    assert exit_values(network)["network"] == network
    (shown, step), (dense, _) = exits(network), exits("easy")
    assert (shown.departures.right.mean(axis=0) >= dense.departures.right.mean(axis=0)).all()
    assert shown.departures.accuracy[step] >= shown.departures.right[:, -1].mean()


def test_presets_of_dense_stacks_say_what_their_weights_are():
    wide, narrow, steps = map(stacks, ("connections", "equal", "greedy"))
    assert (wide.layers, wide.layers * (wide.layers + 1) // 2) == (24, 300)
    assert wide.plain == wide.last
    assert wide.weights["dense"] < wide.weights["plain"]
    assert (narrow.plain, narrow.last) == (40, 304)
    assert narrow.weights["plain"] < narrow.weights["dense"]
    assert (steps.layers, steps.growth, steps.plain) == (8, 48, steps.last)
    assert round(steps.weights["plain"] / steps.weights["dense"]) == 18


def test_presets_of_trainings_say_what_came_out():
    pairs = dict(zip(presets("train"), preset_pairs(), strict=True))
    seen = {name: kept_pairs()[pair] for name, pair in pairs.items()}
    gains = {name: difference(*arms)[0] for name, arms in seen.items()}
    assert gains["relu6"] > 2.0 * gains["shortcuts"] > 0.0
    assert on_an_axis(seen["relu6"][1].places)[-1] > 0.5 > on_an_axis(seen["relu6"][0].places)[-1]
    assert 0.5 * gains["relu6"] < gains["relu"] < gains["relu6"]
    many = measured_draws(pairs["sixteen-channels"])
    assert (round(100.0 * many.mean(2)[0]), round(100.0 * many.mean(16)[0])) == (23, 2)
    assert min(many.gains[16]) < 0.0
    assert gains["width"] < -0.02
    assert abs(gains["shortcut"]) < difference(*seen["shortcut"])[1]
    one, other = pairs["luck"]
    assert replace(other, draw=one.draw) == one != other
    assert all(map(guesses, seen["too-fast"]))
