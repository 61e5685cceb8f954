"""What each page offers to take away, asked of the page itself: its script prints its numbers, its command its figure."""

import csv
import html
import io
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from experiments.__main__ import main
from experiments.runner.drawing import draw_kept
from experiments.runner.record import read_folder, read_kept
from manifold import METRICS
from manifold.learning import METHODS
from manifold.plots import Page, figure_bytes
from manifold.text import named, say, section
from manifold.ui import share
from manifold.ui.controls import TYPICAL_DRAW
from manifold.ui.one_draw.layers import Setting, draw_layers
from manifold.ui.one_draw.share import layer_script, recovery_table
from manifold.ui.upload import Upload

POINTS = "".join(f"{k * k},{3 * k % 17}\n" for k in range(700)).encode()


@pytest.fixture
def taken(monkeypatch, tmp_path):
    """Of the page opened last: `figure` and `table`, the makers of its files, and the words `python` and `command`."""
    offer = {}
    monkeypatch.chdir(tmp_path)

    def take(name, figure, table, document=None, *, page, command):
        offer.update(figure=figure, table=table, document=document)

    monkeypatch.setattr(share, "downloads", take)
    monkeypatch.setattr(share, "reproduce", lambda python, command, *_: offer.update(python=python, command=command))
    return offer


def drawn(command):
    """figure.svg of the command."""
    words = shlex.split(command)[3:]
    assert main([*words, "--format", "svg"]) == 0
    return without_record((Path(words[words.index("--out") + 1]) / words[1] / "figure.svg").read_bytes())


def without_record(svg):
    """The picture without what the file says of itself."""
    return re.sub(rb"\s*<(title|metadata)>.*?</\1>", b"", svg, flags=re.DOTALL)


def printed(python, capsys):
    capsys.readouterr()
    exec(python, {})
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in capsys.readouterr().out.splitlines())}


def numbers_of(recovery):
    return {**{name: metric(recovery) for name, metric in METRICS.items()}, "best-nmse": METRICS["nmse"](recovery.best)}


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("start", {}),
        ("spiral", {}),
        ("spiral", {"n": "12", "activation": "relu6", "scale": "15", "decoder": "doubled", "draw": "7"}),
        ("spiral", {"view": "space", "n": "9", "turns": "3", "start": "0.3", "embedding": "orthonormal"}),
        ("spiral", {"view": "readings"}),
        ("spiral", {"view": "readings", "dataset": "two moons", "noise": "0.05", "activation": "tanh", "decoder": "affine"}),
        ("where", {}),
        ("where", {"n": "8", "activation": "relu6", "scale": "8", "dataset": "star", "seed": "3", "embedding": "uniform"}),
        ("where", {"scale": "1.2345678"}),
        ("channels", {}),
        (
            "channels",
            {"dimension": "8", "n": "32", "activation": "relu6", "scale": "12.5", "decoder": "active-rows", "seed": "3"},
        ),
        ("channels", {"dimension": "3", "n": "6", "activation": "gelu", "decoder": "doubled", "embedding": "orthonormal"}),
        ("spiral", {"view": "space", "decoder": "affine", "activation": "tanh"}),
        ("where", {"n": "2", "activation": "leaky_relu"}),
        ("lifting", {}),
        ("lifting", {"lift": "relu", "n": "7", "dataset": "two spirals", "noise": "0.05", "seed": "4", "draw": "9"}),
        ("lifting", {"lift": "thread", "dataset": "thread", "draw": "3"}),
        ("lifting", {"lift": "trained", "before": "8", "activation": "tanh"}),
        ("blocks", {}),
        ("blocks", {"block": "sandglass", "n": "24", "end": "relu6", "ratio": "0.5", "stride": "2", "size": "14", "seed": "3"}),
        ("blocks", {"block": "dense", "n": "8", "out": "double", "readout": "neighbours", "draw": "2"}),
        ("blocks", {"block": "grouped", "out": "half", "readout": "affine"}),
    ],
    ids=str,
)
def test_the_command_draws_the_figure_that_the_page_offers(visit, taken, name, query):
    visit(name, **query)
    assert drawn(taken["command"]) == without_record(figure_bytes(taken["figure"](), "svg"))


def test_a_figure_to_take_away_says_claim_and_command(monkeypatch):
    files = {}
    monkeypatch.setattr(share.st, "download_button", lambda label, make, *rest, **more: files.update({label: make}))
    share.downloads("spiral-n5", Figure, str, page="spiral", command="python -m experiments run spiral")
    for kind in ("SVG", "PDF", "PNG"):
        assert section("spiral", "claim").encode() in files[kind]()
        assert b"python -m experiments run spiral" in files[kind]()


def told(document):
    """What a document says of its panels: steps, titles, captions and numbers."""
    data = json.loads(re.search(rb'<script type="application/json" id="data">(.*?)</script>', document, re.DOTALL)[1])
    panels = [(panel["title"], panel["captions"]) for panel in data["panels"]]
    return data["widths"], data["width"], panels, data.get("numbers"), data.get("messages")


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("spiral", {"n": "12", "activation": "relu6", "scale": "15", "decoder": "doubled", "draw": "7"}),
        ("spiral", {"view": "readings", "dataset": "two moons", "noise": "0.05"}),
        ("where", {"n": "8", "dataset": "star", "seed": "3", "embedding": "uniform"}),
        ("where", {"activation": "relu6", "scale": "8"}),
        ("lifting", {"lift": "trained", "before": "8"}),
        ("lifting", {"lift": "relu", "n": "7", "dataset": "two spirals"}),
    ],
    ids=str,
)
def test_the_command_makes_the_document_that_the_page_offers(visit, taken, name, query):
    visit(name, **query)
    offered, words = taken["document"](), shlex.split(taken["command"])[3:]
    assert len(offered) < 1_000_000
    assert all(f"<span>{html.escape(word)}</span>".encode() in offered for word in taken["command"].split(" "))
    assert main([*words, "--format", "html"]) == 0
    assert told(offered) == told((Path(words[words.index("--out") + 1]) / words[1] / "figure.html").read_bytes())


def test_the_document_of_a_map_shows_what_the_page_draws(visit, taken):
    visit("unrolling", points="300", view="lines")
    widths, _, panels, numbers, _ = told(taken["document"]())
    assert (widths[0], widths[-1]) == (0, 100)
    assert panels[1][0] == say("unrolling.picture.map", method=named(METHODS, "landmark-isomap"))
    shown = {metric.label: metric.value for metric in visit("unrolling", points="300", view="lines").metric}
    assert {number["label"]: number["values"][0] for number in numbers}.items() <= shown.items()
    assert say("unrolling.joined").encode() in taken["document"]()


@pytest.mark.parametrize(("view", "drawn"), [("way", 1), ("lines", 0), ("points", 0)])
def test_the_command_of_a_map_draws_what_the_page_shows_beside_it(visit, taken, view, drawn):
    visit("unrolling", points="300", k="30", view=view, turn="200")
    own, words = taken["figure"](), shlex.split(taken["command"])[3:]
    assert main([*words, "--format", "svg"]) == 0
    folder = Path(words[words.index("--out") + 1]) / words[1]
    again = draw_kept(read_kept(read_folder(folder), folder), Page())
    assert [len(figure.axes[1].lines) for figure in (own, again)] == [drawn, drawn]
    assert len(own.axes[1].collections) == len(again.axes[1].collections) == (2 if view == "lines" else 1)
    for one, other in zip(own.axes[1].lines, again.axes[1].lines, strict=True):
        np.testing.assert_allclose(one.get_xydata(), other.get_xydata(), rtol=1e-6)
    assert own.axes[0].azim == again.axes[0].azim == 200
    words = [[text.get_text() for legend in figure.legends for text in legend.get_texts()] for figure in (own, again)]
    assert words[0] == words[1]


@pytest.mark.parametrize("scale", [1.0, 2.5, 1.2345678, 29.123456789])
def test_the_script_prints_the_numbers_of_the_page_at_any_size(scale, capsys):
    setting = Setting("thread,noise=0.02", None, "uniform", "relu6", "inverse", scale, seed=3, draw=7)
    _, (recovery,) = draw_layers(setting, [6])
    assert printed(layer_script(setting, 6), capsys) == numbers_of(recovery)


@pytest.mark.parametrize("file", ["own.csv", 'it\'s "mine" $HOME, k=1.csv', "-ä b.txt", "OWN.CSV"])
def test_a_file_saved_under_its_name_makes_the_page_again(visit, taken, capsys, tmp_path, file):
    (tmp_path / file).write_bytes(POINTS)
    app = visit("spiral", dataset="your file", n="6", scale="2.5")
    app.get("file_uploader")[0].upload(file, POINTS, "text/csv").run()
    assert not app.exception
    assert not app.error
    setting = Setting(file, Upload.of(file, POINTS), "gaussian", "relu", "inverse", 2.5, seed=0, draw=TYPICAL_DRAW)
    _, (recovery,) = draw_layers(setting, [6])
    assert printed(taken["python"], capsys) == numbers_of(recovery)
    assert drawn(taken["command"]) == without_record(figure_bytes(taken["figure"](), "svg"))


@pytest.mark.parametrize("size", ["1e300", "1e-300"])
def test_numbers_of_any_size_are_fitted_or_refused(visit, size):
    factor = float(size)
    content = "".join(f"{x * factor!r},{y * factor!r}\n" for x, y in np.random.default_rng(0).normal(size=(9, 2)).tolist())
    app = visit("spiral", dataset="your file")
    app.get("file_uploader")[0].upload("own.csv", content.encode(), "text/csv").run()
    assert not app.exception


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", b""), ("a.csv", b"\x80\x00"), ("a.npy", b"\x93NUMPY\x01"), ("a.csv", b"1,2\n3\n"), ("a.csv", b"5,5\n5,5\n")],
)
def test_the_first_file_refused_leaves_the_spiral_and_one_sentence(visit, shown, name, content):
    app = visit("spiral", dataset="your file")
    before = shown(app)
    app.get("file_uploader")[0].upload(name, content, "text/csv").run()
    assert not app.exception
    assert len(app.error) == 1
    assert app.error[0].value.endswith(say("upload.refused", reason=""))
    assert shown(app) == before


def test_the_table_has_one_line_for_each_point():
    cloud, (shown,) = draw_layers(Setting("two moons", None, "gaussian", "relu", "doubled", 1.0, seed=0, draw=0), [3])
    header, *lines = csv.reader(io.StringIO(recovery_table(cloud, shown)))
    names = "x y chart_1 hidden_1 hidden_2 hidden_3 decoded_x decoded_y best_x best_y active_rows rank"
    assert header == names.split()
    assert len(lines) == len(cloud.points)
    written = np.array(lines, dtype=float)
    np.testing.assert_allclose(written[:, :2], cloud.points, atol=1e-8)
    np.testing.assert_allclose(written[:, 6:8], shown.recovered, atol=1e-8)
    np.testing.assert_array_equal(written[:, 10:], np.column_stack([shown.active, shown.rank]))
