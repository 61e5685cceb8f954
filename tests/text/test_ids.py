"""Ids: every one that code asks for is there with the slots that it is given, and none stands unused."""

import ast
import re
from collections import Counter
from pathlib import Path
from string import Formatter

import matplotlib
import pytest
from babel.messages.pofile import read_po

from manifold import ACTIVATIONS, DATASETS, DECODERS, EMBEDDINGS, METRICS
from manifold.learning import LIFTS, METHODS
from manifold.nets import BLOCKS, NETWORKS, READOUTS
from manifold.text.catalogue import TEXTS
from manifold.ui.navigation import NAMES

ROOT = Path(__file__).parents[2] / "manifold"
PROSE = (*NAMES, "lecture")
"""What has a file of prose: the pages, and lecture mode."""

REGISTRIES = {
    registry.kind: registry
    for registry in (ACTIVATIONS, DATASETS, DECODERS, EMBEDDINGS, METRICS, LIFTS, METHODS, BLOCKS, NETWORKS, READOUTS)
}
CATALOGUE = {
    message.id[0] if message.pluralizable else message.id: message
    for message in read_po((TEXTS / "en" / "messages.po").read_text(encoding="utf-8").splitlines(), abort_invalid=True)
    if message.id
}
SECTIONS = {
    page: re.findall(r"^## (.+)$", (TEXTS / "en" / f"{page}.md").read_text(encoding="utf-8"), re.MULTILINE) for page in PROSE
}
CODE = sorted([*ROOT.rglob("*.py"), *(ROOT.parent / "experiments").rglob("*.py")])
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in CODE}
CONSTANTS = {node.value for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def calls(name):
    """All calls of a function by its name."""
    nodes = (node for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [node for node in nodes if isinstance(node.func, ast.Name) and node.func.id == name]


def pattern(node):
    """What the ids of an f-string look like."""
    return "".join(re.escape(part.value) if isinstance(part, ast.Constant) else ".+" for part in node.values)


def composed(name, argument):
    """Patterns of the ids that calls of a function compose as its argument."""
    nodes = (call.args[argument] for call in calls(name) if len(call.args) > argument)
    return {pattern(node) for node in nodes if isinstance(node, ast.JoinedStr)}


def forms(message):
    """The sentence, or the one for one and the one for many."""
    return message.string if message.pluralizable else (message.string,)


def slots(message):
    """Names of the slots of a message, in any of its forms."""
    return {name for form in forms(message) for _, name, _, _ in Formatter().parse(form) if name is not None}


def literal_calls():
    """Calls of `say` and `say_lost` with an id as it stands."""
    return [call for call in calls("say") + calls("say_lost") if isinstance(call.args[0], ast.Constant)]


@pytest.mark.parametrize("call", literal_calls(), ids=lambda call: f"{call.args[0].value}-{call.lineno}")
def test_every_sentence_that_is_asked_for_is_there_with_the_slots_that_it_is_given(call):
    assert call.args[0].value in CATALOGUE
    message = CATALOGUE[call.args[0].value]
    given = {keyword.arg for keyword in call.keywords} - {None}
    if call.func.id == "say_lost":
        given -= {"known"}
        assert slots(CATALOGUE[f"{call.args[0].value}.possibly"]) == slots(message)
    if any(keyword.arg is None for keyword in call.keywords):  # others come from a mapping
        assert given <= slots(message)
    else:
        assert given | {"count"} >= slots(message) | {"count"}
        assert given - slots(message) <= ({"count"} if message.pluralizable else set())


def test_every_composed_id_has_sentences():
    composites = composed("say", 0)
    assert len(composites) > 10
    for each in composites:
        assert any(re.fullmatch(each, known) for known in CATALOGUE), each


def test_what_looks_like_an_id_is_one():
    rooms = {known.split(".")[0] for known in CATALOGUE if " " not in known} - set(REGISTRIES) - {"share"}
    alike = {
        text for text in CONSTANTS if isinstance(text, str) and re.fullmatch(rf"({'|'.join(rooms)})(\.[a-z][\w-]*)+", text)
    }
    others = {"page.py", "caption.txt", "caption.tex", *matplotlib.rcParamsDefault}
    assert alike - others <= set(CATALOGUE)


def test_every_sentence_is_used():
    composites = composed("say", 0)
    unused = [
        known
        for known in CATALOGUE
        if known not in CONSTANTS
        and known.split(".")[0] not in REGISTRIES
        and not any(re.fullmatch(each, known) for each in composites)
    ]
    assert unused == []


def test_every_text_of_a_registry_belongs_to_an_entry_and_to_a_part_that_is_asked_for():
    asked = {"title", *(call.args[2].value for call in calls("named") if len(call.args) > 2)}
    for known in CATALOGUE:
        kind, _, rest = known.partition(".")
        if kind in REGISTRIES:
            name, _, part = rest.rpartition(".")
            assert name in REGISTRIES[kind], known
            assert part in asked, known


def test_no_sentence_stands_twice_and_none_is_empty():
    lines = (TEXTS / "en" / "messages.po").read_text(encoding="utf-8").splitlines()
    counts = Counter(line for line in lines if line.startswith('msgid "') and line != 'msgid ""')
    assert {line for line, count in counts.items() if count > 1} == set()
    assert all(form for message in CATALOGUE.values() for form in forms(message))


def test_slots_have_names():
    assert all(re.fullmatch(r"[a-z_]+", name) for message in CATALOGUE.values() for name in slots(message))


def test_there_is_prose_for_every_page_and_no_other():
    assert {path.stem for path in (TEXTS / "en").glob("*.md")} == set(PROSE)


def test_every_section_that_is_asked_for_is_there():
    for call in calls("section"):
        page, name = call.args[:2]
        if isinstance(page, ast.Constant) and isinstance(name, ast.Constant):
            assert name.value in SECTIONS[page.value]


@pytest.mark.parametrize("page", PROSE)
def test_no_section_stands_unused_or_twice(page):
    composites = composed("section", 1)
    unused = [name for name in SECTIONS[page] if name not in CONSTANTS and not any(re.fullmatch(c, name) for c in composites)]
    assert unused == []
    assert len(set(SECTIONS[page])) == len(SECTIONS[page])


def test_there_is_something_to_notice_about_every_block():
    noticed = {name.removeprefix("notice-") for name in SECTIONS["blocks"] if name.startswith("notice-")}
    assert noticed == set(BLOCKS)
