"""A page's values and its address say the same, so that a link reopens exactly the view it was taken from."""

import math

import pytest

from manifold.ui.one_draw.controls import LAYER_FIELDS
from manifold.ui.state import Field, LinkError

LINKS = [
    {"n": "9", "seed": "4294967295", "draw": "999999"},
    {"dataset": "two moons", "noise": "0.05", "embedding": "padded-orthogonal", "activation": "relu6", "scale": "7.5"},
    {"turns": "3.5", "start": "0.3"},
    {"scale": "1.2345678"},
    {"turns": "2.1234567"},
]


def code(app):
    """The script and the command shown."""
    return [block.value for block in app.code if "manifold" in block.value or "experiments" in block.value]


@pytest.mark.parametrize("field", LAYER_FIELDS.values(), ids=LAYER_FIELDS)
def test_every_default_and_every_end_of_a_range_is_allowed(field):
    ends = [end for end in (field.low, field.high) if math.isfinite(end)]
    for value in (field.default, *field.choices, *map(type(field.default), ends)):
        assert field.parse(str(value)) == value
        assert type(field.parse(str(value))) is type(field.default)


@pytest.mark.parametrize(
    ("field", "text", "rule"),
    [
        (Field(5, low=2, high=40), "2.0", "link.whole"),
        (Field(5, low=2, high=40), "", "link.whole"),
        (Field(5, low=2, high=40), "41", "link.between"),
        (Field(1.0, low=0.5, high=30.0), "one", "link.number"),
        (Field(1.0, low=0.5, high=30.0), "nan", "link.between"),
        (Field(1.0, low=0.5, high=30.0), "-inf", "link.between"),
        (Field("relu", choices=["relu", "tanh"]), "rleu", "Did you mean 'relu'"),
        (Field("relu", choices=["relu", "tanh"]), "", "Choose one of: relu, tanh"),
    ],
)
def test_what_is_no_value_is_refused_by_its_rule(field, text, rule):
    with pytest.raises(LinkError, match=rule):
        field.parse(text)


@pytest.mark.parametrize("query", LINKS, ids=" ".join)
@pytest.mark.parametrize("name", ["spiral", "where"])
def test_the_address_reopens_the_same_state_and_the_same_words(visit, name, query):
    first = visit(name, **query)
    again = visit(name, **first.query_params)
    assert again.session_state[name] == first.session_state[name]
    assert code(again) == code(first)
    assert set(first.query_params) == set(query)


def test_each_mistake_has_a_warning_of_its_own_and_the_rest_holds(visit):
    app = visit("spiral", n="999", activation="rleu", scale="3", colour="red")
    assert len(app.warning) == 3
    for key, warning in zip(("n", "activation", "colour"), app.warning, strict=True):
        assert f"In the link, {key}=" in warning.value
    assert dict(app.query_params) in ({"scale": "3"}, {"scale": ["3"]})


@pytest.mark.parametrize("key", ["decoder", "view"])
def test_a_page_has_only_its_own_settings(visit, key):
    app = visit("where", **{key: "inverse"})
    (warning,) = app.warning
    assert f"In the link, {key}=inverse: is not a setting of this page" in warning.value.replace("\\", "")


def test_the_start_page_opens_at_the_width_of_its_link(visit, shown):
    app = visit("start", n="9")
    assert shown(app)["width"] == 9
    assert "width=9" in code(app)[0]


def test_what_a_callback_sets_outlives_an_address_that_comes_late(visit):
    """The browser sends with every change the address as it knows it, which may be one run behind."""
    app = visit("spiral", n="6", seed="3")
    late = dict(app.query_params)
    app.number_input(key="spiral:seed").set_value(4).run()
    app.query_params.clear()
    app.query_params.update(late)
    app.number_input(key="spiral:draw").set_value(8).run()
    assert app.session_state["spiral"]["seed"] == 4
    assert app.session_state["spiral"]["draw"] == 8
    app.query_params["n"] = "7"  # nothing was set: this is a link
    app.run()
    assert app.session_state["spiral"]["n"] == 7
