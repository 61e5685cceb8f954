"""The words of the pages: every section is shown by its page, and every preset is a state that its page can be in."""

import ast

import pytest

from manifold.ui.navigation import TITLES, page_file
from manifold.ui.prose import TEXT, presets, sections

PRESETS = [(page, preset) for page in TITLES if "Presets" in sections(page) for preset in presets(page).values()]


def ids(value):
    return value if isinstance(value, str) else value.name


def test_every_page_has_its_words_and_all_words_have_a_page():
    assert {path.stem for path in TEXT.glob("*.md")} == set(TITLES)


@pytest.mark.parametrize("name", TITLES)
def test_every_section_that_a_script_names_exists(name):
    nodes = ast.walk(ast.parse(page_file(name).read_text(encoding="utf-8")))
    keys = [node.slice for node in nodes if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "words"]
    named = {key.value for key in keys if isinstance(key, ast.Constant)}
    assert "" in named
    assert named <= set(sections(name))


@pytest.mark.parametrize("name", TITLES)
def test_every_section_is_shown_in_one_view_or_another(name, visit, pages, sections_used):
    app = visit(name)
    assert not app.exception
    for view in pages[-1].fields["view"].choices if "view" in pages[-1].fields else ():
        assert not visit(name, app=app, view=view).exception
    assert {section for page, section in sections_used if page == name} == set(sections(name))


@pytest.mark.parametrize("name", TITLES)
def test_sections_have_words_and_names_of_their_own(name):
    headings = [line for line in (TEXT / f"{name}.md").read_text(encoding="utf-8").splitlines() if line.startswith("## ")]
    assert len(set(headings)) == len(headings) == len(sections(name)) - 1
    assert all(sections(name).values())


@pytest.mark.parametrize("name", [name for name in TITLES if "Presets" in sections(name)])
def test_every_line_of_the_presets_is_a_preset(name):
    lines = sections(name)["Presets"].splitlines()
    assert len(presets(name)) == len(lines)
    assert all(line.startswith(f"- [{preset}](?") for line, preset in zip(lines, presets(name), strict=True))


@pytest.mark.parametrize(("name", "preset"), PRESETS, ids=ids)
def test_every_preset_is_a_state_of_its_page(name, preset, visit, pages):
    visit(name)
    fields = pages[-1].fields
    assert set(preset.values) <= set(fields)
    for key, text in preset.values.items():
        assert str(fields[key].parse(text)) in (text, f"{text}.0")


@pytest.mark.parametrize("name", [name for name in TITLES if "Presets" in sections(name)])
def test_no_two_presets_show_the_same(name, visit, pages):
    visit(name)
    fields = pages[-1].fields
    start = {key: field.default for key, field in fields.items()}
    states = [
        tuple((start | {key: fields[key].parse(text) for key, text in preset.values.items()}).values())
        for preset in presets(name).values()
    ]
    assert len(set(states)) == len(states)
    assert tuple(start.values()) in states
