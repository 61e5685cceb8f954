"""The lecture on paper: its pages, its words in either language, its links, and a picture of every page of the app."""

import re

import pytest

from manifold.text import LANGUAGE
from manifold.ui.lecture import handout
from manifold.ui.lecture.handout import main, write_handout
from manifold.ui.lecture.pictures import picture
from manifold.ui.lecture.steps import STEPS

QUICK = ("coordinates", "linear", "active")
CHEAP = [step for name, step in STEPS.items() if name != "trained"]
"""The network of the other one takes ten seconds, and its figure has tests of its own."""


@pytest.fixture
def written(monkeypatch):
    """Texts that are written on the pages."""
    texts = []
    write = handout._write
    monkeypatch.setattr(
        handout, "_write", lambda page, text, *place, **look: texts.append(text) or write(page, text, *place, **look)
    )
    return texts


@pytest.mark.parametrize("language", ["en", "ko"])
def test_questions_choices_claims_numbers_links_and_notes_are_on_the_pages(tmp_path, written, language):
    token = LANGUAGE.set(language)
    try:
        steps = [STEPS[name] for name in QUICK]
        pages = write_handout(steps, tmp_path / "lecture.pdf", address="http://here", notes=True)
        told = [(step.question(), step.claim(step.found()), step.note(step.found())) for step in steps]
    finally:
        LANGUAGE.reset(token)
    paper = (tmp_path / "lecture.pdf").read_bytes()
    assert pages == len(re.findall(rb"/Type /Page\b", paper)) == 2
    assert paper.count(b"/Subtype /Image") >= 2 * len(steps)  # picture and code
    whole = "\n".join(written)
    for step, words in zip(steps, told, strict=True):
        assert all(text in whole for text in words)
        assert f"http://here/{step.page}?" in whole
    assert "☐\xa0D\xa0\xa02500" in whole


@pytest.mark.parametrize("step", CHEAP, ids=[step.name for step in CHEAP])
def test_every_step_has_a_picture(step):
    assert picture(step.page, step.state).axes


def test_a_view_that_has_to_be_made_first_has_none():
    assert picture("train", {"draw": "17"}) is None
    assert picture("exits", {"view": "dense"}) is None
    assert picture("unrolling", {"k": "2"}) is None


def test_the_command_takes_a_file_of_ones_own_and_says_what_is_wrong_with_another(tmp_path, capsys):
    mine = tmp_path / "mine.toml"
    mine.write_text('[[step]]\npage = "where"\nclaim = "$5 or {x}"\nquestion = "Q"\nchoices = ["a", "b"]\n')
    assert main(["--file", str(mine), "--lang", "en", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "lecture-en.pdf").read_bytes().startswith(b"%PDF")
    mine.write_text("[[step]]")
    assert main(["--file", str(mine), "--lang", "en"]) == 1
    assert "step 1 needs 'page'" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["--lang", "xx"])
    assert "unknown language 'xx'" in capsys.readouterr().err
