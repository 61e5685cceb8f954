"""Every other language says all that English says: sentences, slots, sections, presets and formulas, and errors of the app."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from matplotlib.text import Text

from experiments.runner.experiment import find_experiments
from manifold import make_cloud, random_stream, recover
from manifold.plots import figure_planes
from manifold.text import LANGUAGE, languages, say
from manifold.text.catalogue import TEXTS
from manifold.text.prose import _ENTRY, _sections
from manifold.ui.navigation import NAMES

OTHERS = languages()[1:]
PROSE = (*NAMES, "lecture")
"""What has a file of prose: the pages, and lecture mode."""

ERRORS = (
    *("registry", "clouds/decimals", "clouds/delimited", "clouds/files", "clouds/sheet", "clouds/spec", "clouds/stored"),
    *("learning/methods", "learning/isomap", "learning/neighbours", "clouds/picture_files", "clouds/pictures", "clouds/views"),
    *("nets/probing/verdicts", "nets/probing/insertions", "nets/networks/checkpoints", "nets/networks/catalogue"),
    *("nets/probing/values", "nets/training/data", "nets/training/own", "ui/live", "clouds/drawn", "ui/lecture/file"),
)
"""Modules whose errors a page may show."""

SLOT = re.compile(r"\{\w+(![rs])?(:[^{}]*)?\}")
FORMULA = re.compile(r"\$\$[^$]+\$\$|\$[^$]+\$")
PARTICLE = re.compile(r"(?<!%)\}(은|는|이|가|을|를|과|와|으로|로)(?![가-힣])")


def catalogue(language):
    """Messages by id."""
    text = (TEXTS / language / "messages.po").read_text(encoding="utf-8")
    messages = read_po(text.splitlines(), locale=language, abort_invalid=True)
    return {message.id[0] if message.pluralizable else message.id: message for message in messages if message.id}


def forms(message):
    """The sentence, or the one for each number."""
    return message.string if message.pluralizable else (message.string,)


def slots(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def error_sentences(path):
    """English sentences of errors: arguments of `fault`, and texts with slots."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    composed = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "fault"]
    raised = {id(argument) for call in calls for argument in call.args}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    for text in texts:
        slotted = " " in text.value and SLOT.search(text.value)
        if id(text) not in composed and (id(text) in raised or slotted):
            yield text.value


ENGLISH = catalogue("en")
SENTENCES = {path.relative_to(TEXTS.parent): list(error_sentences(path)) for path in TEXTS.parent.rglob("*.py")}


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_is_said_with_the_slots_that_english_has(language):
    said = catalogue(language)
    assert set(ENGLISH) - set(said) == set()
    known = {sentence: slots(sentence) for sentences in SENTENCES.values() for sentence in sentences if sentence in said}
    known |= {name: set().union(*map(slots, forms(message))) for name, message in ENGLISH.items()}
    said = {name: message for name, message in said.items() if not name.startswith("experiment.")}  # English has docstrings
    assert set(said) - set(known) == set()
    for name, message in said.items():
        assert [slots(form) for form in forms(message)] == [known[name]] * len(forms(message)), name
        assert all(forms(message)), name
        assert name not in ENGLISH or message.pluralizable == ENGLISH[name].pluralizable, name


@pytest.mark.parametrize("language", OTHERS)
def test_the_claim_of_every_experiment_is_said(language):
    claims = {name for name in catalogue(language) if name.startswith("experiment.")}
    assert claims == {f"experiment.{name}.claim" for name in find_experiments()}


@pytest.mark.parametrize("language", OTHERS)
def test_every_error_that_a_page_may_show_is_said(language):
    shown = [sentence for module in ERRORS for sentence in SENTENCES[Path(f"{module}.py")]]
    assert len(shown) > 30
    assert set(shown) - set(catalogue(language)) == set()


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("page", PROSE)
def test_every_page_has_the_sections_lists_and_formulas_of_english(language, page):
    english, own = _sections("en", page), _sections(language, page)
    assert list(own) == list(english)
    assert all(own.values())
    for name, text in english.items():
        assert set(FORMULA.findall(own[name])) == set(FORMULA.findall(text)), name
        ids = [[match["id"] for match in _ENTRY.finditer(each[name])] for each in (own, english)]
        assert ids[0] == ids[1], name


def test_korean_has_no_particle_behind_a_slot_that_would_have_to_follow_its_value_and_no_mark_that_strikes_words_out():
    sentences = {name: form for name, message in catalogue("ko").items() for form in forms(message)}
    assert [name for name, form in sentences.items() if PARTICLE.search(form)] == []
    prose = [(TEXTS / "ko" / f"{page}.md").read_text(encoding="utf-8") for page in PROSE]
    assert not any("~" in text for text in [*sentences.values(), *prose])


def test_figures_are_in_english_where_no_font_has_the_letters(monkeypatch):
    recovery = recover(make_cloud("circle", 9, rng=random_stream(0)).points, width=2, rng=random_stream(0))
    token = LANGUAGE.set("ko")
    shown = []
    for fonts in ((), ("DejaVu Sans",)):
        monkeypatch.setattr("manifold.plots.page.stand_in_fonts", lambda fonts=fonts: fonts)
        shown.append({text.get_text() for text in figure_planes([recovery]).findobj(Text)})
    LANGUAGE.reset(token)
    assert (say("figure.plane.rows.2") in shown[0], say("figure.plane.rows.2") in shown[1]) == (True, False)
    assert catalogue("ko")["figure.plane.rows.2"].string in shown[1]
