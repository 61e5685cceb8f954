"""Pages and files of figures; and that a user's Matplotlib settings neither break nor change one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.colors import to_rgb

from manifold.plots import File, Page, figure_bytes, styled

ROOT = Path(__file__).parents[2]
HOSTILE = """
text.usetex: True
text.color: red
text.parse_math: False
mathtext.fontset: stix
font.family: monospace
font.size: 30
figure.autolayout: True
figure.constrained_layout.use: True
figure.facecolor: black
figure.dpi: 40
savefig.bbox: tight
savefig.pad_inches: 3
savefig.dpi: 17
savefig.facecolor: yellow
savefig.format: webp
savefig.transparent: True
svg.fonttype: none
svg.id: mine
pdf.compression: 0
pdf.use14corefonts: True
path.sketch: 3, 50, 2
path.simplify: False
agg.path.chunksize: 3
axes.prop_cycle: cycler('color', ['0.5'])
axes.facecolor: black
axes.grid: True
axes.spines.top: False
axes.formatter.use_locale: True
axes.unicode_minus: False
axes.xmargin: 0.4
axes3d.grid: False
lines.marker: x
lines.dash_capstyle: round
scatter.marker: s
image.cmap: jet
image.interpolation: bicubic
image.origin: lower
legend.loc: upper left
legend.fontsize: 30
xtick.direction: in
ytick.labelright: True
errorbar.capsize: 9
boxplot.notch: True
hatch.linewidth: 5
timezone: Asia/Seoul
toolbar: None
"""
FIGURES = """
import hashlib
from dataclasses import dataclass
from types import SimpleNamespace
from matplotlib.figure import Figure
from pandas import DataFrame
from experiments.runner.drawing import draw_kept
from experiments.runner.record import Kept
from manifold import make_cloud, random_stream, recover_widths
from manifold.plots import FORMATS, PAPER, chart_colors, figure_bytes, figure_recoveries
from manifold.plots.notebook import draw

@dataclass
class Parameters:
    size: int = 3

def bare(rows, drawn, *, parameters, page):
    figure = Figure()
    figure.subplots().plot([1.0, -2.0, 3.0], label="$x_1$")
    figure.legend()
    return figure

cloud, space = (make_cloud(name, 40, rng=random_stream(0)) for name in ("spiral", "swiss roll"))
recoveries = recover_widths(cloud.points, widths=[2, 3], rng=random_stream(0, 1))
kept = Kept("bare", SimpleNamespace(figure=bare), 0, 1, Parameters(), DataFrame({"draw": [0]}), {})
files = [figure_bytes(figure_recoveries(recoveries, chart_colors(cloud), symbol="$T^+$"), kind) for kind in FORMATS]
files += [draw(each).encode() for each in (recoveries[0].layer, space)]
files.append(figure_bytes(draw_kept(kept, PAPER), "svg"))
print(*(hashlib.sha256(file).hexdigest() for file in files))
"""


def digests(**settings):
    """Of figures that a process of its own draws, which finds these settings in its environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MPL")} | settings
    words = [sys.executable, "-W", "error", "-c", FIGURES]
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout.split()


def test_the_settings_of_a_user_change_no_byte(tmp_path):
    """His matplotlibrc, his backend, and styles of his own, one of them broken."""
    (tmp_path / "matplotlib" / "stylelib").mkdir(parents=True)
    (tmp_path / "matplotlib" / "stylelib" / "mine.mplstyle").write_bytes(b"\xff font.size: huge")
    (tmp_path / "matplotlib" / "matplotlibrc").write_text(HOSTILE)
    hostile = digests(XDG_CONFIG_HOME=str(tmp_path), MATPLOTLIBRC=str(tmp_path / "matplotlib"), MPLBACKEND="module://nowhere")
    assert hostile == digests()


@pytest.mark.parametrize(("width", "size"), [(2.0, 40.0), (3.0, 50.0)])
def test_a_figure_without_room_for_its_words_is_refused(width, size):
    page = Page(width=width, font_size=size)
    figure = styled(lambda page: page.figure(1.0))(page=page)
    styled(lambda page: figure.subplots(1, 3)[0].set_ylabel("a word"))(page=page)
    with pytest.raises(ValueError, match=rf"^a figure must have room for its words, got {width:g} x .* in; make it larger"):
        figure_bytes(figure, "svg")


def test_a_page_sets_size_type_and_ground():
    page = Page(width=5.0, height=2.0, font_size=16.0, font="serif", dark=True)
    figure = styled(lambda page: page.figure(9.0))(page=page)
    ax = styled(lambda page: figure.subplots())(page=page)
    assert tuple(figure.get_size_inches()) == (5.0, 2.0)
    assert (ax.xaxis.label.get_size(), ax.xaxis.label.get_family()[0]) == (16.0, "serif")
    assert to_rgb(ax.get_facecolor()) == to_rgb(figure.get_facecolor()) != to_rgb("white")
    assert Page(width=6.0, font_size=16.0).figure(3.0).get_size_inches()[1] == 6.0  # what 3 inches at 8 points become


@pytest.mark.parametrize(("width", "rows", "columns"), [(7.16, 2, 5), (5.5, 3, 3), (3.35, 5, 2), (1e1, 2, 5), (2.0, 9, 1)])
def test_panels_reflow_in_even_rows(width, rows, columns):
    assert Page(width=width).grid(9, least=1.25) == (rows, columns)


def test_letters_of_an_svg_stay_text_when_asked_and_files_say_their_claim():
    figure = styled(lambda page: page.figure(1.0))(page=Page())
    figure.subplots().set_title("a word")
    about = {"Title": "Claim & more", "Subject": "seed 0", "Keywords": "name"}
    svg = figure_bytes(figure, "svg", File(text=True, about=about))
    assert b">a word</text>" in svg
    assert b"Claim &amp; more" in svg
    assert b">a word</text>" not in figure_bytes(figure, "svg")
    assert b"Claim & more" in figure_bytes(figure, "pdf", File(about=about))
    assert b"Claim & more" in figure_bytes(figure, "png", File(about=about))
