"""A visitor's file is shown, or refused in one sentence while the one before stays."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from manifold.text import say
from manifold.ui.upload import Upload, read_upload

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


def test_a_refused_file_leaves_the_one_before(visit, shown):
    app = visit("spiral", dataset="your file")
    uploader = app.get("file_uploader")[0]
    uploader.upload("own.csv", GOOD, "text/csv").run()
    before = shown(app)
    assert before["panels"][0]["captions"] == [say("panel.points", count=3)]
    app.get("file_uploader")[0].upload("bad.csv", b"1,2\n3\n", "text/csv").run()
    assert app.error[0].value.endswith(say("upload.refused.before", reason=""))
    assert shown(app) == before
