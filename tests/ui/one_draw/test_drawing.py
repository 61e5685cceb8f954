"""Curves of a visitor's own on the pages: the text beside the pad, what is refused, the link, the Python and the command."""

import contextlib
import io
import shlex

import pytest

from manifold import make_cloud, random_stream, recover
from manifold.clouds.drawn import EXAMPLE, MOST_CORNERS, read_path
from manifold.metrics import nmse
from manifold.text import explain, literal, say
from manifold.ui.controls import TYPICAL_DRAW

PATH = "x0y0x999y0x500y900_x100y100x200y700"
MANY = "x1y2x3y4" * 10_000


def corners(app):
    return next(field for field in app.text_input if field.label == say("pad.corners"))


@pytest.mark.parametrize("name", ["spiral", "where"])
def test_a_path_of_the_link_is_shown_on_the_pad_and_in_the_text(visit, name):
    app = visit(name, dataset="drawn", path=PATH)
    assert not app.warning
    assert corners(app).value == PATH
    assert app.query_params["path"] in (PATH, [PATH])


def test_a_typed_path_is_taken_over_and_what_is_none_leaves_it_and_is_told(visit):
    app = visit("spiral", dataset="drawn")
    corners(app).set_value(PATH).run()
    assert app.session_state["spiral"]["path"] == PATH
    corners(app).set_value("a square").run()
    assert app.session_state["spiral"]["path"] == PATH
    assert [warning.value for warning in app.warning] == [literal(say("pad.refused", reason=reason_of("a square")))]
    assert corners(app).value == PATH
    corners(app).set_value("").run()
    assert app.session_state["spiral"]["path"] == ""
    assert not app.warning
    assert not app.exception


def reason_of(path):
    with pytest.raises(ValueError, match="drawn") as raised:
        read_path(path)
    return explain(raised.value)


@pytest.mark.parametrize("path", ["<b>x</b>", "x5y5", MANY], ids=["markup", "dot", "many"])
def test_a_path_that_is_none_in_the_link_is_told_and_the_example_is_shown(visit, path):
    app = visit("spiral", dataset="drawn", path=path)
    (warning,) = app.warning
    assert "The example is shown instead" in warning.value
    assert len(warning.value) < 400
    assert app.session_state["spiral"]["path"] == ""


def test_python_and_command_name_the_curve_and_give_its_numbers(visit):
    app = visit("spiral", dataset="drawn", path=PATH)
    python, command = ([code.value for code in app.code if code.language == kind][-1] for kind in ("python", "bash"))
    assert f"dataset=drawn,path={PATH}" in shlex.split(command)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(python, {})
    rng = random_stream(0, TYPICAL_DRAW)
    expected = nmse(recover(make_cloud(f"drawn,path={PATH}", 500, rng=rng).points, width=5, rng=rng))
    assert f"nmse {expected}" in out.getvalue().splitlines()


def test_the_example_is_no_longer_than_a_drawing():
    assert len(read_path(EXAMPLE)[0]) <= MOST_CORNERS
