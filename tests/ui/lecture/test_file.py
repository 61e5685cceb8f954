"""A lecturer's own file: what it may say, and the one sentence that tells what it may not, and where."""

import tomllib

import pytest

from manifold.text import LANGUAGE, explain
from manifold.ui.lecture.file import MOST_BYTES, MOST_STEPS, read_lecture, write_lecture
from manifold.ui.lecture.settings import page_fields
from manifold.ui.lecture.steps import STEPS
from manifold.ui.navigation import NAMES
from manifold.ui.state import Page

OWN = '[[step]]\npage = "spiral"\nclaim = "a"\nquestion = "b"\nchoices = ["c", "d"]\n'


def test_without_a_file_and_with_the_one_that_the_page_gives_the_lecture_is_that_of_the_app():
    assert read_lecture("") == read_lecture(write_lecture()) == tuple(STEPS.values())


@pytest.mark.parametrize("language", ["en", "ko"])
def test_all_that_the_given_file_has_as_comments_can_be_taken(language):
    token = LANGUAGE.set(language)
    text = write_lecture()
    LANGUAGE.reset(token)
    lines = [line.removeprefix("# ") for line in text.splitlines() if " = " in line or "[[step]]" in line]
    steps = read_lecture("\n".join(lines))
    assert [step.name for step in steps] == [*STEPS, ""]
    token = LANGUAGE.set(language)
    assert [step.question() for step in steps[:-1]] == [step.question() for step in STEPS.values()]
    LANGUAGE.reset(token)
    assert (steps[-1].page, dict(steps[-1].state), steps[-1].right(None)) == ("spiral", {"n": "4", "activation": "relu6"}, 1)


def test_order_words_and_steps_of_ones_own_are_taken():
    first = '[[step]]\nstep = "active"\nquestion = """Which\n channels?"""\n'
    second = f'{OWN}state = {{ n = 4, activation = "relu6", scale = 2.5 }}\nright = 2\nnote = "e"\n'
    active, own = read_lecture(first + second)
    assert (active.name, active.question(), active.find) == ("active", "Which channels?", STEPS["active"].find)
    assert dict(own.state) == {"n": "4", "activation": "relu6", "scale": "2.5"}
    assert (own.options(), own.right(own.found()), own.number(None)) == (["c", "d"], 1, None)
    assert (own.claim(None), own.question(), own.note(None)) == ("a", "b", "e")
    assert read_lecture(OWN)[0].right(None) is None  # a mere vote
    (beside,) = read_lecture(f'{OWN}state = {{ n = 4, beside = "activation~tanh" }}')
    assert dict(beside.state) == {"n": "4", "beside": "activation~tanh"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[step]]\nstep 3", "line 2, column 6 is no TOML"),
        ("[[step]]\nstep = ", "breaks off"),
        ('[[step]]\nstep = "a', "no TOML|breaks off"),
        ("x = " + 2000 * "[", "no TOML|breaks off"),
        ("step = 3", "1 to 60 steps"),
        ("", "1 to 60 steps"),
        ((MOST_STEPS + 1) * OWN, "1 to 60 steps"),
        (f"title = 1\n{OWN}", "outside its steps the file says 'title'"),
        ("#" + MOST_BYTES * "x", "at most 64 kilobytes"),
        ('[[step]]\nstep = "activ"', "in step 1: unknown step 'activ'. Did you mean 'active'"),
        (f'{OWN}[[step]]\nstep = "active"\nstate = {{}}', "step 2 says 'state'; it may say step, claim"),
        (f"{OWN}colour = 1", "step 1 says 'colour'; it may say page, state"),
        (OWN.replace("spiral", "spirale"), "in step 1: unknown page 'spirale'. Did you mean 'spiral'"),
        (OWN.replace('"spiral"', "3"), "in step 1: unknown page '3'"),
        (OWN.replace('question = "b"\n', ""), "step 1 needs 'question', or 'step' of the app"),
        (OWN.replace('"b"', "5"), "in step 1, 'question' must be a text of 1 to 800"),
        (OWN.replace('"b"', f'"{801 * "b"}"'), "in step 1, 'question' must be a text of 1 to 800"),
        (OWN.replace('["c", "d"]', '["c"]'), "in step 1, 'choices' must be a list of 2 to 6"),
        (OWN.replace('["c", "d"]', '["c", 4]'), "in step 1, 'choices' must be a text"),
        (f"{OWN}right = 3", "in step 1, 'right' must be the number of a choice, 1 to 2"),
        (f"{OWN}right = true", "in step 1, 'right' must be"),
        (f"{OWN}state = 4", "in step 1, 'state' must be settings in braces, such as { n = 3 }"),
        (f"{OWN}state = {{ m = 4 }}", "in step 1, the page spiral has no setting 'm'; it has n, activation"),
        (f"{OWN}state = {{ n = 400 }}", "in step 1, n = 400 does not do on the page spiral; write 2–40"),
        (f"{OWN}state = {{ n = [4] }}", r"in step 1, n = \[4\] does not do"),
        (f'{OWN}state = {{ beside = "n~400" }}', r"beside = n~400 does not do on the page spiral; write NAME~VALUE"),
        (f'{OWN}state = {{ view = "up" }}', "view = up does not do on the page spiral; write decoders, readings"),
    ],
)
def test_what_cannot_be_taken_is_said_in_one_sentence_with_its_place(text, said):
    with pytest.raises(ValueError, match=said) as caught:
        read_lecture(text or "# nothing")
    assert len(str(caught.value)) < 1000
    token = LANGUAGE.set("ko")
    assert explain(caught.value) != str(caught.value)  # there is a Korean sentence
    LANGUAGE.reset(token)


def test_nothing_in_a_file_runs():
    code = "__import__('os').abort()"
    step = read_lecture(OWN.replace('"a"', f'"{code} {{find.__globals__}} <b>$x$"'))[0]
    assert step.claim(None) == f"{code} {{find.__globals__}} <b>$x$"


class Opened(Exception):
    """The page has told its fields; the rest of it need not run."""


@pytest.mark.parametrize("name", NAMES)
def test_the_fields_of_every_page_are_known(name, link, monkeypatch):
    seen = []

    def tell(page):
        seen.append(page)
        raise Opened

    monkeypatch.setattr(Page, "open", tell)
    link(name, {}).run()
    assert [page.name for page in seen] == [name]
    assert dict(seen[0].fields) == dict(page_fields(name))


def test_the_written_file_is_toml():
    assert len(tomllib.loads(write_lecture())["step"]) == len(STEPS)
