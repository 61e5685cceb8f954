"""A page and the address alone, without Streamlit: any state survives, any text is taken or refused, sessions keep apart."""

from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from manifold.clouds.drawn import EXAMPLE, read_path
from manifold.text import say
from manifold.ui import state as state_module
from manifold.ui.one_draw.controls import LAYER_FIELDS
from manifold.ui.one_draw.drawing import PathField
from manifold.ui.state import LinkError, Page

PAGE = Page("spiral", LAYER_FIELDS)
STEPS = {"scale": 0.5, "turns": 0.5, "start": 0.05, "noise": 0.01}  # of the sliders
every_field = pytest.mark.parametrize(("key", "field"), LAYER_FIELDS.items(), ids=list(LAYER_FIELDS))
number_fields = [(key, field) for key, field in LAYER_FIELDS.items() if not isinstance(field.default, str)]
every_number = pytest.mark.parametrize(("key", "field"), number_fields, ids=[key for key, _ in number_fields])


class Address(dict):
    """The query of an address."""

    def get_all(self, key):
        return [self[key]] if key in self else []

    def from_dict(self, values):
        self.clear()
        self.update(values)


class Session(SimpleNamespace):
    """What a page sees of Streamlit: its own session, its own address, and warnings that it gave."""

    def __init__(self, **address):
        self.warnings = []
        super().__init__(session_state={}, query_params=Address(**address), warning=self.warnings.append)


def opened(session, page=PAGE):
    """Open and publish a page in a session; its values."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state_module, "st", session)
        page.open()
        page.publish()
        return dict(session.session_state[page.name])


def values_of(field, step=None):
    if isinstance(field, PathField):
        return st.sampled_from(["", "x0y10x250y400", f"{EXAMPLE}_x0y0x9y9"])
    if isinstance(field.default, str):
        return st.sampled_from(field.choices)
    if isinstance(field.default, int):
        return st.integers(int(field.low), int(field.high))
    if step is None:
        return st.floats(field.low, field.high)
    return st.integers(round(field.low / step), round(field.high / step)).map(lambda k: round(k * step, 2))


stepped = st.fixed_dictionaries({key: values_of(field, STEPS.get(key)) for key, field in LAYER_FIELDS.items()})


@given(values=stepped)
def test_the_published_address_reopens_every_state_that_the_controls_can_make(values):
    there = Session(**{key: str(value) for key, value in values.items()})
    assert opened(there) == values
    back = Session(**there.query_params)
    assert opened(back) == values
    assert there.warnings == back.warnings == []


@every_number
@given(data=st.data())
def test_a_link_shows_the_number_that_its_own_address_says(key, field, data):
    """However many digits somebody writes: what is published reopens the view that is shown."""
    there = Session(**{key: repr(data.draw(values_of(field)))})
    shown = opened(there)
    assert opened(Session(**there.query_params)) == shown


@given(values=stepped)
def test_the_address_holds_what_differs_from_the_defaults_and_no_more(values):
    session = Session(**{key: str(value) for key, value in values.items()})
    opened(session)
    assert set(session.query_params) == {key for key, field in LAYER_FIELDS.items() if values[key] != field.default}


@every_field
@given(text=st.text())
@example(text="")
@example(text="nan")
@example(text="inf")
@example(text="-inf")
@example(text="1e999")
@example(text="9" * 5000)
@example(text="１")
@example(text="0x10")
def test_any_text_is_an_allowed_value_or_refused_in_one_sentence(key, field, text):
    taken = value_of(field, text)
    if isinstance(taken, LinkError):
        assert say(taken.sentence, key=key, text="?", shown="!", **taken.parts)
        return
    assert type(taken) is type(field.default)
    if isinstance(field, PathField):
        assert taken == "" or read_path(taken)
        return
    assert taken in field.choices if isinstance(taken, str) else field.low <= taken <= field.high


def value_of(field, text):
    """What a field makes of a text: a value, or the error that says why not."""
    try:
        return field.parse(text)
    except LinkError as error:
        return error


@every_number
def test_both_ends_of_a_range_are_allowed_and_nothing_beyond(key, field):
    kind, step = type(field.default), 1 if isinstance(field.default, int) else 1e-9
    for end, beyond in ((field.low, field.low - step), (field.high, field.high + step)):
        assert field.parse(repr(kind(end))) == end
        with pytest.raises(LinkError, match=r"link\.between"):
            field.parse(repr(kind(beyond)))


@every_number
def test_the_range_in_the_sentence_is_itself_allowed(key, field):
    with pytest.raises(LinkError, match=r"link\.between") as caught:
        field.parse("-1")
    low, high = caught.value.parts["low"], caught.value.parts["high"]
    assert (field.parse(low), field.parse(high)) == (field.low, field.high)


@pytest.mark.parametrize(
    ("key", "text", "rest"),
    [
        ("n", "999", "must be between 2 and 40. 5 is shown instead."),
        ("n", "abc", "must be a whole number. 5 is shown instead."),
        ("scale", "nan", "must be between 0.5 and 30. 1.0 is shown instead."),
        ("scale", "inf", "must be between 0.5 and 30. 1.0 is shown instead."),
        ("colour", "red", "is not a setting of this page. It is left out."),
    ],
)
def test_what_a_link_cannot_mean_is_named_once_and_the_rest_holds(key, text, rest):
    session = Session(**{key: text, "draw": "7"})
    values = opened(session)
    assert values == {name: field.default for name, field in LAYER_FIELDS.items()} | {"draw": 7}
    assert session.query_params == {"draw": "7"}
    assert [warning.replace("\\", "") for warning in session.warnings] == [f"In the link, {key}={text}: {rest}"]
    opened(session)
    assert len(session.warnings) == 1


def test_a_key_that_stands_twice_is_named_since_only_one_of_its_values_can_hold(visit):
    app = visit("spiral", n=["3", "4"], draw="7")
    assert any("n=" in warning.value for warning in app.warning)
    assert app.session_state["spiral"]["n"] in (3, 4, LAYER_FIELDS["n"].default)
    assert app.session_state["spiral"]["draw"] == 7


@pytest.mark.parametrize("address", [{"n": "x" * 5000}, {"activation": "x" * 5000}, {"x" * 5000: "1"}, {"x": "\u202e" * 500}])
def test_a_very_long_mistake_is_told_in_a_short_sentence(address):
    session = Session(**address)
    opened(session)
    assert len(session.warnings) == 1
    assert len(session.warnings[0]) < 400


def test_a_page_that_the_menu_comes_back_to_is_as_it_was_left():
    session = Session(n="9", activation="tanh")
    left = opened(session)
    session.session_state["shown-page"] = "another"
    session.query_params.from_dict({})
    assert opened(session) == left
    assert session.query_params == {"n": "9", "activation": "tanh"}


def test_back_on_a_page_undoes_the_first_choice_too():
    session = Session()
    first = opened(session)
    session.query_params.from_dict({"n": "9"})
    assert opened(session)["n"] == 9
    session.query_params.from_dict({})
    assert opened(session) == first
    assert session.query_params == {}


def test_a_link_shows_the_same_on_a_page_visited_before_as_in_a_new_session():
    session = Session(n="30", decoder="doubled")
    opened(session)
    session.query_params.from_dict({"n": "3"})
    assert opened(session) == opened(Session(n="3"))


def test_a_change_is_not_taken_back_by_the_address_of_the_run_before(monkeypatch):
    session = Session(n="9")
    opened(session)
    monkeypatch.setattr(state_module, "st", session)
    PAGE.set({"n": 12})
    assert opened(session)["n"] == 12
    assert session.query_params == {"n": "12"}


def test_what_the_browser_reports_is_set_like_any_change(monkeypatch):
    session = Session()
    opened(session)
    monkeypatch.setattr(state_module, "st", session)
    PAGE.setter("n")(33)
    assert opened(session)["n"] == session.session_state["spiral:n"] == 33


def test_a_widget_is_filled_before_it_is_built_and_its_change_is_taken(monkeypatch):
    session = Session(scale="7.5")
    opened(session)
    monkeypatch.setattr(state_module, "st", session)
    del session.session_state["spiral:scale"]  # as Streamlit does when the page is left
    bound = PAGE.bind("scale")
    assert session.session_state[bound["key"]] == 7.5
    session.session_state[bound["key"]] = 8.0
    bound["on_change"](*bound["args"])
    assert PAGE["scale"] == 8.0


def test_pages_and_sessions_keep_apart():
    other = Page("where", LAYER_FIELDS)
    one, two = Session(n="9"), Session(n="12")
    assert (opened(one)["n"], opened(two)["n"]) == (9, 12)
    one.query_params.from_dict({"n": "20"})
    assert opened(one, other)["n"] == 20
    one.query_params.from_dict({})
    assert (opened(one)["n"], opened(two)["n"]) == (9, 12)
