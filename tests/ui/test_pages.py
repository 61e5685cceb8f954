"""Every page: it opens, a control changes a number, presets and links set its state, and nothing is lost."""

import pytest

from manifold import ACTIVATIONS, DECODERS, EMBEDDINGS, planar_datasets
from manifold.text import say
from manifold.ui.navigation import NAMES
from manifold.ui.presets import presets

DRAWN = ("start", "spiral", "where", "blocks")
KEPT = ("exits",)  # pages of what is kept, which no draw changes
PANELS = (*DRAWN, *KEPT)  # pages whose picture the browser redraws itself; the others have charts
PLAYED = ("spiral", "where", "unrolling", "lifting", "network", "train", "exits")
"""Pages whose picture is an interactive file as well."""
SWEPT = ("channels",)  # pages of a thousand draws at once
DRAW = {
    **dict.fromkeys(("blocks", "lifting"), "control.other-weights"),
    "unrolling": "control.other-points",
    "network": "real.other",
    "train": "train.another",
}
PRESETS = [(name, preset) for name in NAMES[1:] for preset in presets(name).values()]


def values(app, name):
    return app.session_state[name]


def named(elements, label):
    return next(element for element in elements if element.label == label)


def warnings(app):
    return [warning.value.replace("\\", "") for warning in app.warning]


def of_the_link(sentences):
    """Those of the warnings that say that a value of the link was not taken."""
    return [text for text in sentences if "is shown instead" in text or "It is left out" in text]


@pytest.mark.parametrize("name", NAMES)
def test_every_page_opens_with_title_picture_and_files_to_take_away(visit, shown, charts, name):
    app = visit(name)
    assert app.title[0].value
    pictures = shown(app)["panels"] if name in PANELS else [chart["data"] for chart in charts(app)]
    assert pictures
    assert all(pictures)
    formats = ["SVG", "PDF", "PNG", *(["HTML"] if name in PLAYED else []), "CSV"]
    assert [button.label for button in app.get("download_button")] == formats


@pytest.mark.parametrize("name", DRAWN[1:])
def test_another_draw_changes_the_picture(visit, shown, name):
    app = visit(name)
    before = shown(app)
    named(app.button, say(DRAW.get(name, "control.another-matrix"))).click().run()
    assert values(app, name)["draw"] == 6
    assert shown(app)["panels"][0]["points"] == before["panels"][0]["points"]
    assert shown(app)["panels"][1:] != before["panels"][1:]


def test_another_draw_changes_the_charts(visit, charts):
    app = visit("unrolling", points="300")
    draw, before = values(app, "unrolling")["draw"], charts(app)
    named(app.button, say(DRAW["unrolling"])).click().run()
    assert values(app, "unrolling")["draw"] == draw + 1
    after = charts(app)
    assert len(after) == len(before)
    assert all(new["data"] != old["data"] for new, old in zip(after[:2], before[:2], strict=True))


def test_another_draw_changes_both_pictures_of_a_lift(visit, shown):
    app = visit("lifting", lift="relu", n="4")
    before = shown(app)["panels"]
    named(app.button, say(DRAW["lifting"])).click().run()
    assert all(new != old for new, old in zip(shown(app)["panels"], before, strict=True))


def test_every_page_has_a_picture_that_another_draw_changes_or_shows_what_is_kept():
    assert set(PANELS) | set(DRAW) | set(SWEPT) == set(NAMES)


@pytest.mark.parametrize("name", SWEPT)
def test_other_draws_change_the_charts(visit, charts, name):
    app = visit(name)
    before = charts(app)
    named(app.button, say("control.others")).click().run()
    assert values(app, name)["seed"] == 1
    assert all(new["data"] != old["data"] for new, old in zip(charts(app), before, strict=True))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("name", ["spiral", "where"])
def test_every_activation_can_be_chosen(visit, name, activation):
    app = visit(name)
    named(app.selectbox, say("control.activation")).select(activation).run()
    assert not app.exception
    assert app.query_params.get("activation", "relu") in (activation, [activation])


@pytest.mark.parametrize("dataset", planar_datasets())
def test_every_shape_can_be_chosen(visit, shown, dataset):
    app = visit("spiral", dataset=dataset)
    assert not app.exception
    assert shown(app)["panels"][0]["captions"] == [say("panel.points", count=500)]


@pytest.mark.parametrize("embedding", EMBEDDINGS)
@pytest.mark.parametrize("decoder", ["inverse", "doubled", "affine"])
def test_every_law_and_decoder_can_be_linked_to(visit, embedding, decoder):
    assert decoder in DECODERS
    app = visit("spiral", embedding=embedding, decoder=decoder)
    assert not app.exception
    assert values(app, "spiral")["embedding"] == embedding
    assert values(app, "spiral")["decoder"] == decoder


@pytest.mark.parametrize(("name", "preset"), PRESETS, ids=[f"{name}-{preset.name}" for name, preset in PRESETS])
def test_every_preset_is_a_link_that_shows_its_own_sentence(visit, name, preset):
    app = visit(name, **preset.values)
    assert not app.exception
    assert not of_the_link(warnings(app))
    assert preset.sentence in [element.value for element in app.markdown]


def test_the_address_holds_what_differs_from_the_defaults_and_nothing_else(visit):
    app = visit("spiral", n="9", turns="3", activation="relu")
    assert {key: value if isinstance(value, str) else value[0] for key, value in app.query_params.items()} == {
        "n": "9",
        "turns": "3",
    }


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"n": "999"}, "n=999: must be between 2 and 40. 5 is shown instead."),
        ({"n": "abc"}, "n=abc: must be a whole number. 5 is shown instead."),
        ({"n": "2.5"}, "n=2.5: must be a whole number"),
        ({"n": "-3"}, "n=-3: must be between 2 and 40"),
        ({"activation": "rleu"}, "activation=rleu: unknown value 'rleu'. Did you mean 'relu'?"),
        ({"dataset": "spirale"}, "Did you mean 'spiral'?"),
        ({"seed": "-1"}, "seed=-1: must be between 0 and"),
        ({"seed": "9" * 400}, "seed=9999"),
        ({"scale": "nan"}, "scale=nan: must be between 0.5 and 30"),
        ({"scale": "inf"}, "scale=inf: must be between 0.5 and 30"),
        ({"größe": "π"}, "größe=π: is not a setting of this page. It is left out."),
        ({"x" * 3000: "y" * 3000}, "is not a setting of this page"),
    ],
)
def test_a_mangled_link_is_explained_and_the_rest_of_it_holds(visit, query, sentence):
    app = visit("spiral", noise="0.05", **query)
    assert len(app.warning) == 1
    assert of_the_link(warnings(app)) == warnings(app)
    assert sentence in warnings(app)[0].replace("\u2060", "")
    assert len(warnings(app)[0]) < 250
    assert values(app, "spiral")["noise"] == 0.05


def test_a_link_to_a_file_that_was_not_sent_shows_the_spiral_and_says_so(visit):
    app = visit("spiral", dataset="your file")
    assert app.info[0].value == say("upload.none")
    assert say("control.two-columns") in [caption.value for caption in app.caption]


def test_a_link_resets_what_it_does_not_name(visit):
    app = visit("spiral", n="9", activation="relu6")
    app.query_params.clear()
    app.query_params["n"] = "7"
    app.run()
    assert values(app, "spiral")["n"] == 7
    assert values(app, "spiral")["activation"] == "relu"


def test_a_page_keeps_its_values_while_another_is_visited(visit):
    app = visit("spiral", n="9")
    named(app.slider, say("control.noise")).set_value(0.1).run()
    app.switch_page("manifold/ui/pages/where/page.py")
    app.query_params.clear()
    app.run()
    app.switch_page("manifold/ui/pages/spiral/page.py")
    app.query_params.clear()
    app.run()
    assert values(app, "spiral")["n"] == 9
    assert named(app.slider, say("control.noise")).value == 0.1


@pytest.mark.parametrize("view", ["decoders", "readings", "space", "tour"])
def test_every_view_of_the_spiral_can_be_linked_to(visit, view):
    app = visit("spiral", view=view)
    assert not app.exception
    assert len(app.get("plotly_chart")) == (3 if view == "space" else 1)
