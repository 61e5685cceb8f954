"""A visitor's file is shown, or refused in one sentence while the one before stays."""

import ast
import io
import pickle
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import manifold
from manifold.checks import fault
from manifold.clouds.files import Reading
from manifold.text import explain, literal, say
from manifold.ui.pages.unrolling.views import RollSetting, draw_points
from manifold.ui.upload import HASHED, Upload, read_upload

GOOD = b"x,y\n0,0\n1,2\n3,1\n"


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def own(content, name="own.csv", columns=(0, 1), **choices):
    return replace(Upload.of(name, content), columns=columns, **choices)


def test_two_columns_are_taken_and_fitted_to_the_unit_disc():
    cloud = read_upload(own(b"1,2,9\n3,6,9\n"), 100).cloud
    np.testing.assert_allclose(np.linalg.norm(cloud.points, axis=1), 1.0)


def test_a_long_file_is_thinned():
    content = "".join(f"{k},{k * k}\n" for k in range(5000)).encode()
    assert len(read_upload(own(content), 500).cloud.points) == 500


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "own.csv is empty"),
        (b"\x00\xff\xfe", "own.csv is binary"),
        (b"1,2\n3\n", "line 2 of own.csv has 1 values, the first row has 2"),
        (b"1,2\n3,x\n", "line 2 of own.csv has 'x', which is not a number"),
        (b"1,2\n3,nan\n", "must be finite"),
        (b"1\n2\n", "columns up to number 2 are needed, but the file has 1"),
        (b"5,5\n5,5\n", "points must differ to be scaled"),
    ],
)
def test_a_file_that_cannot_be_shown_is_refused_in_one_sentence(content, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_upload(own(content), 500)


def test_a_pickled_array_is_refused_and_runs_nothing(tmp_path):
    marker = tmp_path / "ran"
    path = tmp_path / "own.npy"
    np.save(path, np.array([Bomb(str(marker))], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match="Python objects, which could run code"):
        read_upload(own(path.read_bytes(), "own.npy"), 500)
    assert not marker.exists()
    pickle.loads(pickle.dumps(Bomb(str(marker)))).close()
    assert marker.exists()  # the file would have run code, had it been unpickled


@pytest.mark.parametrize("taken_away_first", [False, True])  # as a browser does with a file in whose place another is given
def test_a_refused_file_leaves_the_one_before(visit, shown, taken_away_first):
    app = visit("spiral", dataset="your file")
    uploader = app.get("file_uploader")[0]
    uploader.upload("own.csv", GOOD, "text/csv").run()
    before = shown(app)
    assert before["panels"][0]["captions"] == [say("panel.points", count=3)]
    if taken_away_first:
        app.get("file_uploader")[0].clear().run()
        assert shown(app) != before
    app.get("file_uploader")[0].upload("bad.csv", b"1,2\n3\n", "text/csv").run()
    assert app.error[0].value.endswith(say("upload.refused.before", reason=""))
    assert shown(app) == before


def send(app, content, name="own.csv"):
    app.get("file_uploader")[0].upload(name, content, "text/csv").run()
    assert not app.exception
    return app


def widget(kind, label):
    return next(element for element in kind if element.label == label)


def said(elements):
    return [element.value.replace("\\", "") for element in elements]


def points(shown, app, unpack):
    return unpack(shown(app)["panels"][0]["points"])[0]


def captioned(app, message, **slots):
    return say(message, **slots) in said(app.caption)


@pytest.mark.parametrize("page", ["spiral", "where"])
def test_a_file_that_is_taken_away_is_gone_from_the_picture(visit, shown, page):
    app = visit(page, dataset="your file")
    before = shown(app)
    send(app, GOOD)
    assert shown(app) != before
    app.get("file_uploader")[0].clear().run()
    assert not app.exception
    assert shown(app) == before
    assert say("upload.none") in said(app.info)


def test_a_file_outlives_a_visit_to_another_page_and_can_be_taken_away_there_too(visit, shown):
    app = send(visit("spiral", dataset="your file"), b"x,y,z\n0,0,7\n1,2,5\n3,1,9\n")
    widget(app.selectbox, say("upload.up")).select(2).run()
    before = shown(app)
    app.switch_page("manifold/ui/pages/blocks/page.py").run()
    app.switch_page("manifold/ui/pages/spiral/page.py").run()
    app.query_params["dataset"] = "your file"
    app.run()
    assert captioned(app, "upload.kept", file="own.csv")
    assert shown(app) | {"moves": 1} == before  # the slider of a page that is opened anew is moved to its place
    widget(app.button, say("upload.away")).click().run()
    assert say("upload.none") in said(app.info)
    assert shown(app) != before


def test_columns_are_chosen_and_words_are_no_hindrance(visit, shown, unpack):
    content = b"kind,x,y,z\na,0,0,7\nb,1,2,5\na,3,1,9\n"
    app = send(visit("spiral", dataset="your file"), content)
    assert not app.error
    assert captioned(app, "upload.words", column="kind")
    across, up = (widget(app.selectbox, say(f"upload.{axis}")) for axis in ("across", "up"))
    assert across.options == up.options == ["x", "y", "z"]
    up.select(3).run()
    expected = read_upload(own(content, columns=(1, 3)), 500).cloud.points
    np.testing.assert_allclose(points(shown, app, unpack), expected, atol=1e-3)
    script = next(code.value for code in app.code if code.language == "python")
    command = next(code.value for code in app.code if code.language == "bash")
    assert "'own.csv,columns=1+3'" in script
    assert "dataset=own.csv,columns=1+3" in command


def test_row_numbers_are_said_to_be_left_out_and_come_back_when_asked_for(visit, shown, unpack):
    content = b",0,1\n0,5,1\n1,7,2\n2,6,9\n"
    app = send(visit("spiral", dataset="your file"), content)
    assert captioned(app, "upload.left-out", column="column 1")
    assert captioned(app, "upload.numbered")
    np.testing.assert_allclose(points(shown, app, unpack), read_upload(own(content), 9).cloud.points, atol=1e-3)
    content = b",x,y\n0,5,1\n1,7,2\n2,6,9\n"
    widget(send(app, content).toggle, say("upload.raw")).set_value(True).run()
    raw = own(content, reading=Reading(raw=True))
    np.testing.assert_allclose(points(shown, app, unpack), read_upload(raw, 9).cloud.points, atol=1e-3)
    assert "'own.csv,raw=1'" in next(code.value for code in app.code if code.language == "python")


def test_a_first_line_that_counts_is_a_row_again_when_asked_for(visit, shown):
    app = send(visit("spiral", dataset="your file"), b"0,1\n0.5,0.25\n0.75,0.5\n")
    assert shown(app)["panels"][0]["captions"] == [say("panel.points", count=2)]
    widget(app.toggle, say("upload.raw")).set_value(True).run()
    assert shown(app)["panels"][0]["captions"] == [say("panel.points", count=3)]


def test_a_decimal_sign_that_the_file_leaves_open_is_asked_for(visit, shown, unpack):
    content = b"1.234;2\n3.500;7\n10.100;1\n"
    app = visit("spiral", dataset="your file")
    send(app, content)
    assert "three decimals, or a thousand" in said(app.error)[0]
    for sign in (".", ","):
        widget(app.get("button_group"), say("upload.decimal")).set_value(sign).run()
        assert not app.error
        expected = read_upload(own(content, reading=Reading(decimal=sign)), 9).cloud.points
        np.testing.assert_allclose(points(shown, app, unpack), expected, atol=1e-3)


PYTHON = re.compile(r"\b[a-z]+_[a-z_]+\b|\b[a-z_]+=\S|\w\(")
"""Names, keywords and calls that only somebody who writes Python can use."""

READERS = (*(f"clouds/{name}.py" for name in ("decimals", "delimited", "files", "sheet")), "learning/methods.py")


def sentences():
    """All sentences of errors in what reads a visitor's file and draws its map, with the names of their slots for values."""
    root = Path(manifold.__file__).parent
    calls = (node for name in READERS for node in ast.walk(ast.parse((root / name).read_text())) if isinstance(node, ast.Call))
    for call in calls:
        if getattr(call.func, "id", "") == "fault":
            yield fault(
                ValueError, call.args[1].value, **{word.arg: f"<{word.arg}>".replace("_", "-") for word in call.keywords}
            )


@pytest.mark.parametrize("error", list(sentences()), ids=lambda error: error.sentence[:40])
def test_no_sentence_about_a_file_tells_a_visitor_to_write_python(error):
    if not error.sentence.startswith(("decimal must be", "source must be", "columns must be")):  # not said on a page
        assert not PYTHON.search(explain(error)), explain(error)


@pytest.mark.parametrize(
    ("page", "content", "control"),
    [
        ("spiral", b"1.234;2\n3.500;7\n10.100;1\n", "upload.decimal"),
        ("unrolling", b"1.5;2\n3,5;7\n10.1;1\n", "upload.decimal"),
    ],
)
def test_what_to_do_about_a_file_is_said_by_the_name_of_the_control_beside_it(visit, page, content, control):
    app = send(visit(page, dataset="your file"), content)
    label = say(control)
    assert f"under “{label}”" in said(app.error)[0]
    assert label in [group.label for group in app.get("button_group")]


@pytest.mark.parametrize(
    ("method", "points", "said_of_it"),
    [
        ("spectral", [[0, 0], [1, 2], [3, 1]], ["few points", "add some"]),
        ("modified-lle", [[0, 0]] * 30 + [[1, 2], [3, 1], [2, 5], [4, 4], [5, 1]], ["“Neighbours k”"]),
    ],
)
def test_what_to_do_about_a_map_that_is_not_found_is_said_by_controls_too(visit, method, points, said_of_it):
    content = "\n".join(f"{x},{y}" for x, y in points).encode()
    app = send(visit("unrolling", dataset="your file", method=method, k="5"), content)
    (told,) = said(app.warning)
    assert all(part in told for part in said_of_it)
    assert not PYTHON.search(told.replace("(array must not contain infs or NaNs)", ""))


NAMES = ["cost_$5_vs_$6.csv", "数据.csv", "데이터.csv", "<b>a</b>.csv", "www.evil.example.csv", ":smile: [a](b).csv"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("page", ["spiral", "unrolling"])
def test_a_file_may_have_any_name_and_its_name_is_text(visit, name, page):
    rows = "\n".join(f"{k},{k * k % 17},{k % 5}" for k in range(600))
    app = visit(page, dataset="your file", **({"points": "200"} if page == "unrolling" else {}))
    send(app, rows.encode(), name)
    assert not app.error
    count = 200 if page == "unrolling" else 500
    assert literal(say("upload.sampled", file=name, total=600, count=count)) in [info.value for info in app.info]


def test_equal_and_empty_names_are_told_apart_in_the_menus(visit):
    app = send(visit("spiral", dataset="your file"), b"x,x,,y\n1,2,3,4\n5,7,6,9\n2,2,8,1\n")
    assert widget(app.selectbox, say("upload.across")).options == ["x", "x (2)", "column 3", "y"]
    long = b",".join([b"n" * 99 + digit for digit in (b"1", b"2", b"3")])
    options = widget(send(app, long + b"\n1,2,3\n5,7,6\n").selectbox, say("upload.across")).options
    assert len(set(options)) == 3
    assert max(map(len, options)) < 50


def test_two_files_of_one_name_that_differ_in_one_cell_share_nothing():
    """Of half a million numbers Streamlit looks at a sample only: a change outside it must be seen all the same."""
    array = np.zeros((300_000, 2))
    array[0] = 1.0
    contents = []
    for change in (0.0, 0.5):
        array[123_456, 1] = change
        file = io.BytesIO()
        np.save(file, array)
        contents.append(file.getvalue())
    first, second = (read_upload(own(content, "own.npy"), 300_000).cloud.points for content in contents)
    assert (first != second).any()
    settings = [RollSetting("own.npy", own(content, "own.npy"), 300_000, "pca", 10, 0, 0) for content in contents]
    assert (draw_points(settings[0]).points != draw_points(settings[1]).points).any()


def test_a_key_of_the_caches_holds_the_digest_and_not_the_content():
    first, second = own(b"1,2\n3,4\n"), own(b"1,2\n3,5\n")
    (key,) = HASHED.values()
    assert key(first) != key(second)
    assert key(first) == key(own(b"1,2\n3,4\n"))
    assert key(first) != key(replace(first, columns=(1, 0)))
    assert len(key(own(b"1,2\n" * 10_000))) < 400


def test_a_file_of_too_many_columns_is_refused_at_once(visit):
    app = send(visit("unrolling", dataset="your file", points="200"), b",".join([b"1"] * 20_001) + b"\n")
    assert "own.csv has 20,001 columns; at most 20,000 are shown" in said(app.error)[0]
