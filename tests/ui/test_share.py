"""What a page gives away makes the same view again: the script its numbers, the command its figure, byte for byte."""

import csv
import io
import shlex
from dataclasses import replace

import pytest

from experiments.__main__ import main
from manifold import EMBEDDINGS, METRICS
from manifold.plots import chart_colors, figure_bytes, figure_planes, figure_readings, figure_recovery
from manifold.ui.layers import Setting, draw_layers, draw_readings
from manifold.ui.share import command_line, python_script, recovery_table

DEFAULT = Setting("spiral", None, "gaussian", "relu", "inverse", 1.0, seed=0, draw=24)
SETTINGS = [
    DEFAULT,
    replace(DEFAULT, dataset="star,noise=0.03", activation="relu6", scale=7.5, seed=4, draw=2),
    replace(DEFAULT, dataset="spiral,turns=3,start=0.3", embedding="padded-orthogonal", decoder="doubled"),
    replace(DEFAULT, dataset="two rings", activation="leaky_relu", decoder="affine"),
    replace(DEFAULT, dataset="my points' file.csv", upload=b"x,y\n0,0\n1,2\n3,1\n2,5\n4,4\n"),
]


@pytest.fixture(params=SETTINGS, ids=lambda setting: setting.dataset)
def setting(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if request.param.upload:
        (tmp_path / request.param.dataset).write_bytes(request.param.upload)
    return request.param


def run(command, folder):
    words = shlex.split(command)
    assert words[:3] == ["python", "-m", "experiments"]
    assert main(words[3:]) == 0
    return (folder / "figures" / words[4] / "figure.svg").read_bytes()


def test_the_script_prints_the_numbers_of_the_page(setting, capsys):
    _, (shown,) = draw_layers(setting, [6])
    exec(python_script(setting, 6), {})
    printed = dict(line.rsplit(" ", 1) for line in capsys.readouterr().out.splitlines())
    assert {name: float(value) for name, value in printed.items()} == {name: metric(shown) for name, metric in METRICS.items()}


def test_the_command_draws_the_figure_of_the_spiral_page(setting, tmp_path):
    cloud, (shown,) = draw_layers(setting, [6])
    symbol = EMBEDDINGS[setting.embedding].symbol
    offered = figure_bytes(figure_recovery(shown, chart_colors(cloud), symbol=symbol, scale=setting.scale), "svg")
    assert run(command_line("spiral", setting, [6]), tmp_path) == offered


def test_the_command_draws_the_figure_of_the_three_readings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cloud, shown = draw_readings(SETTINGS[1], [6])
    offered = figure_bytes(figure_readings(shown, chart_colors(cloud), scale=SETTINGS[1].scale), "svg")
    assert run(command_line("inverse_readings", SETTINGS[1], [6]), tmp_path) == offered


@pytest.mark.parametrize("setting_", SETTINGS[:2], ids=["relu", "relu6"])
def test_the_command_draws_the_figure_of_the_plane(setting_, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, (shown,) = draw_layers(setting_, [6])
    offered = figure_bytes(figure_planes([shown], scale=setting_.scale), "svg")
    assert run(command_line("collapse_map", setting_, [6]), tmp_path) == offered


def test_the_table_has_one_line_for_each_point(setting):
    cloud, (shown,) = draw_layers(setting, [3])
    header, *lines = csv.reader(io.StringIO(recovery_table(cloud, shown)))
    names = "x y chart_1 hidden_1 hidden_2 hidden_3 decoded_x decoded_y best_x best_y active_rows rank"
    assert header == names.split()
    assert len(lines) == len(cloud.points)
    assert [float(value) for value in lines[0][:2]] == pytest.approx(list(cloud.points[0]), abs=1e-8)
