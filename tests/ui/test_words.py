"""What pages say follows what they show, and what a view ignores is not offered in it."""

import pytest

from manifold import ACTIVATIONS
from manifold.layer.activations import loss_kind
from manifold.nets import BLOCKS
from manifold.text import say, section
from manifold.ui.pages.blocks.views import BlockSetting
from manifold.ui.pages.blocks.words import about, notice


def words(app):
    return "\n".join(element.value for element in app.markdown)


def offered(app):
    """Labels of the controls."""
    return {widget.label for widget in [*app.selectbox, *app.slider, *app.number_input, *app.radio, *app.button]}


LAW, DECODER, SIZE = (say(f"control.{name}") for name in ("law", "decoder", "size"))


def test_three_readings_leave_neither_law_nor_decoder_to_choose(visit):
    assert offered(visit("spiral")) >= {LAW, DECODER}
    assert not offered(visit("spiral", view="readings", embedding="uniform", decoder="affine")) & {LAW, DECODER}


@pytest.mark.parametrize("page", ["spiral", "channels"])
@pytest.mark.parametrize("activation", ["linear", "relu", "leaky_relu", "relu6", "tanh"])
def test_the_size_is_offered_where_it_changes_anything(visit, page, activation):
    changes = ACTIVATIONS[activation](30.0) != 30.0 * ACTIVATIONS[activation](1.0)
    assert (SIZE in offered(visit(page, activation=activation))) == changes


def test_a_plane_cannot_be_turned_and_points_in_parts_have_no_lines_to_show(visit):
    turn, show = say("unrolling.turn"), say("control.show")
    assert offered(visit("unrolling", points="300")) >= {turn, show}
    assert turn not in offered(visit("unrolling", points="300", dataset="thread"))
    assert show not in offered(visit("unrolling", points="300", k="2"))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_what_is_said_of_a_loss_is_true_of_the_activation(visit, activation):
    f = ACTIVATIONS[activation]
    for page in ("spiral", "where", "channels"):
        said = words(visit(page, activation=activation))
        assert section(page, f"why-{loss_kind(f)}") in said
        if f.one_to_one:
            assert "75%" not in said
            assert "2^n" not in said
        if f.halves != (0.0, 1.0):
            assert r"\mathrm{relu}" not in said
            assert "(1+q)/4" not in said


@pytest.mark.parametrize(
    ("activation", "decoder", "kept", "error"),
    [
        ("relu", "inverse", "50%", "0.25"),
        ("relu", "doubled", "100%", "<\N{NO-BREAK SPACE}0.001"),
        ("linear", "doubled", "200%", "1"),
    ],
)
def test_the_error_said_is_that_of_the_decoder_chosen(visit, activation, decoder, kept, error):
    said = words(visit("spiral", activation=activation, decoder=decoder))
    assert f"gives the spiral back at {kept} of its size as n grows, and on average errs by {error} then" in said


def test_an_inverse_that_does_not_get_better_is_not_said_to(visit):
    for page in ("spiral", "channels"):
        assert "nearly singular at any size" in words(visit(page, embedding="padded-gaussian"))
        assert "nearly singular at any size" not in words(visit(page))


@pytest.mark.parametrize(("dim", "n"), [("2", "2"), ("2", "12"), ("16", "96")])
def test_six_times_d_is_said_of_the_width_that_it_is(visit, dim, n):
    said = words(visit("channels", dimension=dim, n=n))
    assert f"six times d is n = {6 * int(dim)} here" in said
    assert f"at n = {n}, {int(n) / int(dim):.3g} times d" in said


def test_only_a_roll_is_told_of_its_layers_and_only_points_in_space_to_turn(visit):
    layer, turned = "an arm's length", say("unrolling.notice.turn")
    roll, photograph, thread = (
        words(visit("unrolling", points="300", dataset=shape)) for shape in ("swiss roll", "photograph", "thread")
    )
    assert layer in roll
    assert turned in roll
    assert layer not in photograph
    assert layer not in thread
    assert turned in photograph
    assert turned not in thread


@pytest.mark.parametrize("kind", BLOCKS)
@pytest.mark.parametrize("shape", [{}, {"stride": 2}, {"out": "half"}])
def test_a_shortcut_is_said_to_add_the_input_only_where_it_does(kind, shape):
    own = {"out": "same", "stride": 1, "size": 14, "bottleneck_activation": "linear", "readout": "exact", "seed": 0, "draw": 5}
    setting = BlockSetting(kind, expand_ratio=BLOCKS[kind].ratio, **(own | shape))
    adds = "shortcut adds the input" in notice(setting).replace("no shortcut adds", "")
    assert not (adds and shape)
    block = setting.block(4)
    joined = getattr(block, "adds_input", None) or type(getattr(block, "downsample", None)).__name__ == "Identity"
    assert (say("blocks.set.no-shortcut") in about(setting)) <= (not joined)


def test_a_block_says_in_what_it_differs_from_the_published_one(visit):
    said = words(visit("blocks", end="relu6", ratio="2"))
    assert say("blocks.set.end") in said
    assert say("blocks.set.ratio", ratio="2", own="6") in said
    published = words(visit("blocks"))
    assert say("blocks.set.end") not in published
    assert "the paper has" not in published


def test_lifts_say_what_they_are_and_which_draw_they_have(visit):
    weights, points = say("control.other-weights"), say("control.other-points")
    for lift, button in (("relu", weights), ("trained", weights), ("bowl", points), ("thread", points)):
        app = visit("lifting", lift=lift, noise="0.05")
        assert section("lifting", f"notice-{lift}") in words(app)
        assert button in offered(app)
    assert not {weights, points} & offered(visit("lifting", lift="bowl"))  # of points without noise there is one draw
