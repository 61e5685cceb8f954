"""The setting beside: any can be packed into the address, any text is taken or refused, and only the right side moves."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from manifold.text import say
from manifold.ui import state as state_module
from manifold.ui.beside.kept import BESIDE, apart, end, hold, is_held, keep, kept, swap, with_beside
from manifold.ui.one_draw.controls import LAYER_FIELDS
from manifold.ui.pages.channels.controls import CHANNEL_FIELDS
from manifold.ui.pages.spiral.views import SPIRAL_FIELDS
from manifold.ui.state import Field, LinkError, Page
from tests.ui.test_address import STEPS, Session, opened, value_of, values_of

FIELD = SPIRAL_FIELDS[BESIDE]
PAGE = Page("spiral", SPIRAL_FIELDS)
settings = st.fixed_dictionaries({key: values_of(field, STEPS.get(key)) for key, field in LAYER_FIELDS.items()})


@pytest.fixture
def session(monkeypatch):
    """Function: a session with the page open at an address."""

    def session(**address):
        known = Session(**address)
        monkeypatch.setattr(state_module, "st", known)
        PAGE.open()
        return known

    return session


@given(values=settings, held=st.booleans())
def test_a_setting_is_read_back_from_its_text_and_the_text_from_the_setting(values, held):
    told = {key: value for key, value in values.items() if held or key != "n"}
    text = FIELD.pack(told)
    usual = {key: field.default for key, field in LAYER_FIELDS.items() if held or key != "n"}
    assert usual | FIELD.unpack(text) == told
    assert FIELD.parse(text) == text
    assert not set(text) & set("&=#?+%")  # an address takes it as it is


@pytest.mark.parametrize("name", ["a~b", "a+b", "a&b=c", "가 나", "%2A"])
def test_names_that_scripts_add_and_large_numbers_are_packed_so_that_an_address_carries_them(name):
    field = with_beside({"activation": Field("relu", choices=["relu", name]), "rate": Field(0.02, low=0.0, high=1e30)})[BESIDE]
    text = field.pack({"activation": name, "rate": 1e30})
    assert text.count("~") == 3
    assert not set(text) & set("&=#?+")
    assert field.unpack(text) == {"activation": name, "rate": 1e30}


@given(values=settings, beside=settings)
def test_the_published_address_reopens_both_sides(values, beside):
    there = Session(**{key: str(value) for key, value in values.items()}, beside=FIELD.pack(beside))
    shown = opened(there, PAGE)
    assert opened(Session(**there.query_params), PAGE) == shown
    assert there.warnings == []


@given(text=st.text())
@example("~")
@example("n~5~")
@example("n~5~n~6")
@example("n~" + "9" * 5000)
@example("path~x0y0")
@example("~".join(["draw~7"] * 5000))
@example("dataset~%F0%9F")
def test_any_text_is_a_setting_or_refused_in_one_short_sentence(text):
    taken = value_of(FIELD, text)
    if not isinstance(taken, LinkError):
        assert FIELD.parse(taken) == taken
        return
    session = Session(beside=text, draw="7")
    shown = opened(session, PAGE)
    assert (shown[BESIDE], shown["draw"], session.query_params) == ("", 7, {"draw": "7"})
    assert len(session.warnings) == 1
    assert len(session.warnings[0]) < 500


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("n", "must be names of settings and their values in turn, with ~ between them."),
        ("colour~red", "colour~red is none of the settings that this page compares."),
        ("view~space", "view~space is none of the settings that this page compares."),
        ("n~5~n~6", "n~6 stands there more than once."),
        ("n~999", "n~999 must be between 2 and 40."),
        ("seed~x", "seed~x must be a whole number."),
        ("scale~x", "scale~x must be a number."),
        ("activation~rleu", "activation~rleu: unknown value 'rleu'. Did you mean 'relu'?"),
        ("path~x0y0", "path~x0y0: "),
    ],
)
def test_what_a_setting_beside_cannot_mean_is_told_and_the_page_shown_without_it(text, told):
    session = Session(beside=text)
    opened(session, PAGE)
    (warning,) = (warning.replace("\\", "").replace("\u2060", "") for warning in session.warnings)
    assert f"In the link, beside={text}: " in warning
    assert told in warning
    assert warning.endswith("The page is shown without a comparison.")


def test_what_changes_after_keeping_moves_the_right_side_alone(session):
    session(activation="tanh", draw="7")
    assert kept(PAGE) is None
    keep(PAGE)
    assert apart(PAGE, kept(PAGE)) == []
    PAGE.set({"activation": "relu", "draw": 8, "n": 30})
    left = kept(PAGE)
    assert (left["activation"], left["draw"]) == ("tanh", 7)
    assert apart(PAGE, left) == ["activation", "draw"]
    assert left["n"] == 30  # one slider plays both


def test_held_the_left_side_stays_where_the_slider_was(session):
    session(n="9", beside="~")
    hold(PAGE, held=True)
    PAGE.set({"n": 30})
    assert (is_held(PAGE), kept(PAGE)["n"], apart(PAGE, kept(PAGE))) == (True, 9, ["n"])
    hold(PAGE, held=False)
    assert (is_held(PAGE), kept(PAGE)["n"]) == (False, 30)


@pytest.mark.parametrize("beside", ["activation~tanh~draw~3", "n~30~activation~tanh"])
def test_swapped_twice_both_sides_are_as_before(session, beside):
    known = session(activation="relu6", seed="2", beside=beside)
    before, left = dict(known.session_state["spiral"]), kept(PAGE)
    swap(PAGE)
    assert {key: PAGE[key] for key in FIELD.fields} == {key: left[key] for key in FIELD.fields}
    assert {key: kept(PAGE)[key] for key in FIELD.fields} == {key: before[key] for key in FIELD.fields}
    swap(PAGE)
    assert known.session_state["spiral"] == before
    end(PAGE)
    assert kept(PAGE) is None


def test_a_preset_ends_a_comparison(visit):
    app = visit("channels", beside="activation~relu6")
    assert say("compare.end") in [button.label for button in app.button]
    app.pills[0].set_value("half").run()
    assert not app.exception
    assert BESIDE not in app.query_params
    assert say("compare.keep") in [button.label for button in app.button]


def test_two_equal_settings_are_told_to_be_equal(visit):
    app = visit("channels", beside="~")
    assert say("compare.equal-settings") in [info.value for info in app.info]
    assert sum(say("compare.equal") in text.value for text in app.markdown) == 2
    differing = visit("channels", beside="activation~relu6", scale="5")
    assert say("compare.equal-settings") not in [info.value for info in differing.info]
    assert CHANNEL_FIELDS[BESIDE].moved is False
