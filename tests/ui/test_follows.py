"""What a page shows, its script prints and its command writes: every number, over all presets and the values of every control.

One factor at a time from the page's default. Of all states a few are walked here, the same ones every time; all of them with
MANIFOLD_WALK=all in the environment.
"""

import base64
import contextlib
import io
import json
import os
import random
import re
import shlex
import time
from pathlib import Path

import numpy as np
import pytest
from pandas import read_parquet

from experiments.__main__ import main
from manifold.layer.activations import ACTIVATIONS
from manifold.nets import BLOCKS, NETWORKS, READOUTS, block_paths, shown_places
from manifold.plots import short_number
from manifold.text import dimension_number, error_number, map_error, named, percent, r_squared, say, say_lost, small_share
from manifold.ui.one_draw.controls import LAYER_FIELDS
from manifold.ui.one_draw.layers import READINGS
from manifold.ui.pages.blocks.controls import BLOCK_FIELDS
from manifold.ui.pages.blocks.views import WIDTHS, place_title
from manifold.ui.pages.channels.controls import CHANNEL_FIELDS
from manifold.ui.pages.lifting.controls import LIFTING_FIELDS
from manifold.ui.pages.network.controls import NETWORK_FIELDS
from manifold.ui.pages.spiral.views import VIEWS
from manifold.ui.pages.train.controls import TRAIN_FIELDS
from manifold.ui.pages.train.presets import PRESETS as TRAININGS
from manifold.ui.pages.unrolling.controls import UNROLLING_FIELDS
from manifold.ui.presets import presets
from manifold.ui.state import Field, write

FIELDS = {
    "start": {"n": LAYER_FIELDS["n"]},
    "spiral": {**LAYER_FIELDS, "view": Field("decoders", choices=VIEWS)},
    "where": {key: field for key, field in LAYER_FIELDS.items() if key != "decoder"},
    "channels": CHANNEL_FIELDS,
    "unrolling": UNROLLING_FIELDS,
    "lifting": LIFTING_FIELDS,
    "blocks": BLOCK_FIELDS,
    "network": NETWORK_FIELDS,
    "train": {**TRAIN_FIELDS, "steps": Field(5, low=5, high=9), "rate": Field(0.02, low=0.01, high=1.0)},
}
BASES = {
    "unrolling": {"points": "300"},  # of 2,000, which take longer and tell no more
    "network": {"count": "40", "size": "48"},  # of 120 of 96 pixels, which take longer
    ("network", "block"): {"switch": "relu6"},
    ("network", "repair"): {"switch": "relu6"},
    "train": {"steps": "5"},
    ("train", "n2"): {"differs": "width"},
    ("train", "depth2"): {"differs": "depth"},
    ("train", "shortcut2"): {"differs": "shortcut"},
    ("spiral", "scale"): {"activation": "relu6"},
    ("where", "scale"): {"activation": "relu6"},
    ("channels", "scale"): {"activation": "relu6"},
    ("lifting", "n"): {"lift": "relu"},
    ("lifting", "before"): {"lift": "trained"},
    ("lifting", "activation"): {"lift": "trained"},
}
"""Where a control acts, if not at the page's default."""

SLOW = {"t-sne", "network", "learned-spirals", *TRAININGS}  # presets of seconds
A_FEW = 2  # states of each page
ALWAYS = [
    ("spiral", {"n": "2"}),
    ("spiral", {"n": "30", "view": "readings", "embedding": "uniform", "decoder": "doubled"}),
    ("spiral", {"n": "8", "view": "tour", "at": "170"}),
    ("where", {"n": "5"}),
    ("where", {"n": "2", "activation": "leaky_relu"}),
    ("channels", {"n": "2"}),
    ("channels", {"n": "48", "dimension": "8", "view": "bound"}),
    ("unrolling", {"points": "300", "dataset": "digits"}),
    ("unrolling", {"points": "300", "dataset": "s-curve", "noise": "0.02", "hole": "0.3", "k": "8", "seed": "3", "draw": "2"}),
    ("lifting", {"lift": "relu", "n": "7", "dataset": "two spirals", "noise": "0.05", "seed": "4", "draw": "9"}),
    ("lifting", {"lift": "trained", "before": "0", "activation": "tanh", "dataset": "two moons", "draw": "2"}),
    ("train", {"steps": "5"}),
    ("train", {"steps": "5", "differs": "draw", "n": "3", "draw": "2", "data": "mnist-5k"}),
    ("blocks", {"n": "3", "block": "inverted-v3", "end": "relu6", "stride": "2", "readout": "neighbours", "draw": "8"}),
    (
        "network",
        {"count": "40", "size": "48", "photo": "flower", "switch": "relu6", "repair": "affine", "seed": "3", "draw": "2"},
    ),
    ("network", {"count": "40", "size": "32", "network": "mobilenet_v3_small", "views": "translation-brightness"}),
]

_NAMED = re.compile(r"([a-z][\w-]*) (True|False|nan|-?[\d.]+(?:e-?\d+)?)")


def values_of(field):
    """All choices; of a range both ends and three values between."""
    if isinstance(field.default, str):
        return [choice for choice in field.choices if choice != "your file"]
    spread = np.linspace(field.low, field.high, 5)
    numbers = [round(value) for value in spread] if isinstance(field.default, int) else [round(value, 2) for value in spread]
    return list(dict.fromkeys(numbers))


def states(page):
    """Links to all states that are walked."""
    base = BASES.get(page, {})
    links = [base]
    if page != "start":
        links += [preset.values for preset in presets(page).values()]
    for key, field in FIELDS[page].items():
        links += [{**base, **BASES.get((page, key), {}), key: write(value)} for value in values_of(field)]
    return [dict(items) for items in dict.fromkeys(tuple(link.items()) for link in links)]


def walk():
    """Pairs of page and link."""
    if os.environ.get("MANIFOLD_WALK") == "all":
        return [(page, link) for page in FIELDS for link in states(page)]
    chosen = random.Random(11)
    slow = [preset.values for page in list(FIELDS)[1:] for name, preset in presets(page).items() if name in SLOW]
    pages = [page for page in FIELDS if page != "network"]  # of which each state takes seconds: some are among those above
    some = [(page, link) for page in pages for link in chosen.sample([s for s in states(page) if s not in slow], A_FEW)]
    return [*ALWAYS, *some]


# -- what script and command say


def lines_of(script):
    """What a script prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(script, {})
    return out.getvalue().splitlines()


def printed(script):
    """Values by their names, of the lines that are a name and a value."""
    return dict(found.groups() for found in map(_NAMED.fullmatch, lines_of(script)) if found)


def written(command):
    """Headline numbers of run.json."""
    words = shlex.split(command)[3:]
    assert main([*words, "--format", "svg"]) == 0
    return json.loads((Path(words[words.index("--out") + 1]) / words[1] / "run.json").read_text())["headline"]


def numbers(printed):
    return {name: float(value) for name, value in printed.items() if value not in ("True", "False")}


# -- what a page shows


def code_of(app, language):
    codes = [code.value for code in app.code if code.language == language]
    return codes[0 if language == "bash" else -1]  # the command of the picture comes first, the page's own Python last


def state_of(app, page):
    return app.session_state[page]


def at(values, step):
    """Of a list with one item for each width, or with one for all."""
    return values[step if len(values) > 1 else 0]


def panels_at(data, width):
    """Captions and numbers of panels at a width."""
    step = data["widths"].index(width)
    whole = [at(panel["captions"], step) for panel in data["panels"]]
    captions = [re.sub(r", ([<>] )?\d+% outside$", "", caption) for caption in whole]  # which says nothing of the layer
    return captions, {number["label"]: at(number["values"], step) for number in data.get("numbers", [])}


def values_in(array):
    """The numbers of a chart, as Plotly sends them."""
    if not isinstance(array, dict):
        return np.asarray(array, dtype=np.float64)
    return np.frombuffer(base64.b64decode(array["bdata"]), dtype=array["dtype"]).astype(np.float64)


def chart_at(chart, width):
    """Values of the lines of a chart at a width, by name."""
    return {line["name"]: values_in(line["y"])[values_in(line["x"]) == width][0] for line in chart["data"]}


def known_loss(app, page):
    """Whether a page shows what is lost, and not but a bound on it."""
    return ACTIVATIONS[state_of(app, page)["activation"]].only_side_elsewhere


def cards(app):
    return {metric.label: metric.value for metric in app.metric}


def check_start(app, shown, charts):
    n = state_of(app, "start")["n"]
    captions, _ = panels_at(shown(app), n)
    told, headline = numbers(printed(code_of(app, "python"))), written(code_of(app, "bash"))
    both = say("panel.error-and-lost", error=error_number(told["best-nmse"]), lost=percent(told["lost"]))
    assert captions[2:] == [say("panel.error", error=error_number(told["nmse"])), both]
    for name, key in (("nmse", "nmse"), ("best-nmse", "best_nmse"), ("lost", "lost")):
        assert headline.get(f"median_{key}_width={n}", told[name]) == told[name]


def check_spiral(app, shown, charts):
    view, known = state_of(app, "spiral")["view"], known_loss(app, "spiral")
    n = 3 if view == "space" else state_of(app, "spiral")["n"]
    told = numbers(printed(code_of(app, "python")))
    headline = {} if view == "tour" else written(code_of(app, "bash"))  # no command makes a tour
    line = chart_at(charts(app)[-1], n)
    if view == "readings":
        captions, _ = panels_at(shown(app), n)
        assert captions[1:] == [say("panel.error", error=error_number(told[law])) for law in READINGS]
        assert (
            list(told.values())
            == list(line.values())
            == [headline[f"median_nmse_embedding={law}_width={n}"] for law in READINGS]
        )
        return
    if view == "tour":
        values = {number["label"]: number["values"] for number in shown(app)["numbers"]}
        filled = {"before": told["directions-before"], "after": told["directions-after"]}
        for name, count in filled.items():
            assert values[say(f"tour.number.{name}")] == [say("tour.directions", rank=int(count), width=n)]
        assert values[say_lost("spiral.number.lost", known=known)] == [percent(told["lost"])]
        return
    keys = {"nmse": "nmse", "best-nmse": "best_nmse", "lost": "lost", "decoder-share": "decoder_share"}
    assert {name: told[name] for name in keys} == {name: headline[f"median_{key}_width={n}"] for name, key in keys.items()}
    of_line = {"error": "nmse", "best": "best-nmse"}
    line_of = {say_lost("spiral.line.lost", known=known): told["lost"]}
    assert line == {say(f"spiral.line.{key}"): told[name] for key, name in of_line.items()} | line_of
    if view == "decoders":
        captions, below = panels_at(shown(app), n)
        both = say_lost("panel.error-and-lost", known=known, error=error_number(told["best-nmse"]), lost=percent(told["lost"]))
        assert captions[1:] == [
            say("panel.error", error=error_number(0.0)),
            say("panel.error", error=error_number(told["nmse"])),
            both,
        ]
        assert list(below.values()) == [
            error_number(told["nmse"]),
            error_number(told["best-nmse"]),
            percent(told["lost"]),
            percent(told["decoder-share"]),
        ]


def check_where(app, shown, charts):
    n = state_of(app, "where")["n"]
    script, headline = printed(code_of(app, "python")), written(code_of(app, "bash"))
    told = numbers(script)
    captions, below = panels_at(shown(app), n)
    known = known_loss(app, "where")
    lost = percent(told["lost"])
    assert captions == [
        say_lost("one-draw.points-lost", known=known, share=lost),
        say("panel.error", error=error_number(told["nmse"])),
    ]
    assert below.pop(say_lost("where.number.lost", known=known)) == lost
    assert (headline[f"median_lost_width={n}"], headline[f"median_best_nmse_width={n}"]) == (told["lost"], told["nmse"])
    assert below.pop(say("where.number.expected"), percent(0.0)) == percent(np.nan_to_num(told["expected-lost"]))
    one_to_one = below.pop(say("where.number.injective"))
    if "directions-lost" in told:
        assert below.pop(say("where.number.directions")) == percent(told["directions-lost"])
        assert one_to_one == say("number.yes" if script["one-to-one"] == "True" else "number.no")
        assert headline[f"mean_directions_lost_width={n}"] == pytest.approx(told["directions-lost"], abs=1e-12)
        assert headline[f"mean_injective_width={n}"] == float(script["one-to-one"] == "True")
        assert headline[f"expected_directions_lost_width={n}"] == told["expected-lost"]
    assert not below


def check_channels(app, shown, charts):
    setting = state_of(app, "channels")
    n, dim = setting["n"], int(setting["dimension"])
    told, headline = numbers(printed(code_of(app, "python"))), written(code_of(app, "bash"))
    lost = told["expected-lost"] if np.isfinite(told["expected-lost"]) else told["lost"]
    answer, chance = cards(app)[say("channels.number.one-to-one")], told.get("one-to-one", np.nan)
    assert cards(app) == {
        say_lost("channels.number.lost", known=known_loss(app, "channels")): small_share(lost),
        say("channels.number.one-to-one"): percent(chance) if np.isfinite(chance) else answer,
        say("channels.number.median"): error_number(told["median-error"]),
    }
    assert headline[f"median_nmse_width={n}"] == told["median-error"]
    assert headline[f"mean_lost_width={n}"] == pytest.approx(told["lost"], abs=1e-12)
    assert headline.get(f"expected_lost_width={n}", told["expected-lost"]) == pytest.approx(told["expected-lost"], nan_ok=True)
    words = "\n".join(element.value for element in app.markdown)
    if told["lost"] and setting["view"] == "loss":
        measured = {"share": f"{100.0 * told['lost']:.2g}", "margin": f"{100.0 * told['margin']:.1g}"}
        assert any(say("channels.measured", count=count, **measured) in words for count in (100, 1000)) or lost <= 0.0
    if "log2-lost" in told:
        shown = f"one point in $2^{{{-told['log2-lost']:.1f}}}$ is lost" in words
        assert shown == (setting["view"] == "bound")
        for width in re.findall(r"from n = (\d+) on less than 1%", words):
            assert int(width) == told["one-percent-from"]
        for width in re.findall(r"rom n = (\d+) on less than one", words):
            assert int(width) == told["one-in-a-million-from"]
        for share in re.findall(rf"ReLU on those {dim} would take (.+)\.", words):
            assert share == small_share(told["lost-at-d"])
        for regions in re.findall(r"On average (\S+) regions", words):
            assert regions == f"{told['regions-lost']:.2g}"


def check_unrolling(app, shown, charts):
    script, command = code_of(app, "python"), code_of(app, "bash")
    if not any(metric.label == say("unrolling.score.trustworthiness") for metric in app.metric):
        with pytest.raises(ValueError, match=r"fall into \d+ parts|needs k >= "):
            printed(script)
        assert main([*shlex.split(command)[3:], "--format", "svg"]) == 2
        return
    told, headline = numbers(printed(script)), written(command)
    scores = {"neighbour_overlap": "overlap", "procrustes_error": "procrustes", "affine_error": "affine"}
    expected = {}
    for name, value in told.items():
        if name in ("along", "straight", "true"):
            expected[say(f"unrolling.length.{name}")] = f"{value:.2f}"
        elif not name.endswith("_off"):
            title = say(f"unrolling.score.{scores.get(name, name).replace('_', '-')}")
            expected[title] = map_error(value) if "error" in name or "variance" in name else f"{value:.3f}"
    assert cards(app) == expected
    if "along_off" in told:
        legend = {line["name"] for line in charts(app)[-1]["data"]}
        assert {say(f"unrolling.line.{k}", error=f"{told[f'{k}_off']:.0%}") for k in ("along", "straight")} <= legend
    method = state_of(app, "unrolling")["method"]
    for name in ("trustworthiness", "continuity", "procrustes_error", "affine_error"):
        assert headline.get(f"median_{name}_method={method}") == told.get(name)


def check_lifting(app, shown, charts):
    told, headline = numbers(printed(code_of(app, "python"))), written(code_of(app, "bash"))
    count, wrong = int(told["dimensions"]), int(told["wrong"])
    share, separated = percent(told["right-side"]), say("number.no" if wrong else "number.yes")
    data = shown(app)
    captions, below = panels_at(data, data["widths"][-1])
    expected = {say("lifting.number.dimensions"): say("lifting.from-to", count=count)}
    assert below == expected | {say("lifting.number.right-side"): share, say("lifting.number.separated"): separated}
    assert captions[0] == (say("lifting.wrong", count=wrong) if wrong else "")
    (accuracy,) = (value for key, value in headline.items() if key.startswith("median") and key.endswith(f"_width={count}"))
    assert accuracy == told["right-side"]


def check_blocks(app, shown, charts):
    setting, lines = state_of(app, "blocks"), lines_of(code_of(app, "python"))
    headline = written(code_of(app, "bash"))
    n = min(WIDTHS, key=lambda width: abs(width - setting["n"]))
    assert [f"{value:,}" for value in cost_in(lines[0])] == list(cards(app).values())
    table = app.dataframe[0].value
    places = lines[1 : 1 + len(table)]
    for (_, row), line in zip(table.iterrows(), places, strict=True):
        place, channels, lost, *errors = line.rsplit(" ", 2 + len(READOUTS))
        assert row[say("blocks.column.place")] == place_title(place)
        assert (row[say("blocks.column.channels")], row[say("blocks.column.lost")]) == (int(channels), percent(float(lost)))
        for readout, error in zip(READOUTS, errors, strict=True):
            inline = named(READOUTS, readout, "inline")
            assert row[say("blocks.column.error", readout=inline)] == error_number(float(error))
    rest = lines[1 + len(table) :]
    signals = {line.rsplit(" ", 2)[0]: tuple(map(float, line.rsplit(" ", 2)[1:])) for line in rest[: -2 - 2 * len(BLOCKS)]}
    captions, below = panels_at(shown(app), n)
    assert below == {say(f"blocks.lost.{place}"): percent(lost) for place, (lost, _) in signals.items()}
    texts = {say("panel.error-and-lost", error=error_number(error), lost=percent(lost)) for lost, error in signals.values()}
    assert set(captions[1:]) <= texts
    for place, (lost, error) in signals.items():
        assert (headline[f"median_lost_place={place}"], headline[f"median_nmse_place={place}"]) == (lost, error)
    costs = [cost_in(line) for line in rest[-2 - 2 * len(BLOCKS) : -2 - len(BLOCKS)]]
    costs[list(BLOCKS).index(setting["block"])] = cost_in(lines[0])
    bars = charts(app)[0]["data"]
    assert [bar["text"] for bar in bars] == [[short_number(value) for value in kind] for kind in zip(*costs, strict=True)]
    check_matched(app, setting, charts(app)[1]["data"], rest[-2 - len(BLOCKS) : -2])
    weights = [say(f"stacks.line.{name}", weights=short_number(int(w))) for name, w in (line.split() for line in rest[-2:])]
    assert {line["name"] for line in charts(app)[2]["data"]} == set(weights)


def check_matched(app, setting, bars, lines):
    """The shares lost at the last activation and at the output of every kind of block at equal MACs."""
    for place, (kind, line) in enumerate(zip(BLOCKS, lines, strict=True)):
        lost = {title: float(share) for title, share in re.findall(r" ([A-Z][^:]*): ([\d.e-]+)", line)}
        arm = setting["end"] if kind == setting["block"] and BLOCKS[kind].switches else "linear"
        first, second, output = shown_places(lost, arm)
        inside = first if second.endswith(", linear") else second
        assert [bar["text"][place] for bar in bars] == [percent(lost[inside]), percent(lost[output])]


def check_network(app, shown, charts):
    """Both networks behind the last block, and what is put at a bottleneck."""
    setting = state_of(app, "network")
    told, headline = numbers(printed(code_of(app, "python"))), written(code_of(app, "bash"))
    last = list(block_paths(NETWORKS[setting["network"]]()))[-1]
    expected = {}
    for arm, name in (("trained", "trained"), ("random", "normed")):
        if f"{arm}-read" not in told:
            continue
        for score, words, key in (("knn_r2", r_squared, "read"), ("two_nn", dimension_number, "dimension")):
            expected[say(f"real.number.{key}", arm=say(f"real.short.{arm}"))] = words(told[f"{arm}-{key}"])
            assert headline[f"median_{score}_weights={name}_place={last}"] == pytest.approx(told[f"{arm}-{key}"], abs=1e-3)
    if "cosine" in told:
        expected[say("real.number.cosine")] = r_squared(told["cosine"])
        expected[say("real.number.kept")] = percent(told["kept"])
    assert cards(app) == expected


def cost_in(line):
    """Parameters, MACs and memory of a printed cost."""
    return [int(number) for number in re.findall(r"=(\d+)", line)[:3]]


def check_train(app, shown, charts):
    """Trained first, unless another state has the same arms: all who ask for these share a run."""
    for button in [button for button in app.button if button.label == say("train.start")]:
        button.click().run()
    for _ in range(600):
        if say("train.stop") not in {button.label for button in app.button}:
            break
        time.sleep(0.05)
        app.run()
    told = numbers(printed(code_of(app, "python")))
    right = [told["accuracy-1"], told["accuracy-2"]]
    captions, _ = panels_at(shown(app), state_of(app, "train")["steps"])
    assert [caption.split(" right")[0] for caption in captions] == [percent(share) for share in right]
    assert [values_in(line["y"])[-1] for line in charts(app)[0]["data"]] == right
    if command := next((code.value for code in app.code if code.language == "bash"), None):
        written(f"{command} --draws 2")
        rows = read_parquet(Path("figures/linear_bottleneck/rows.parquet"))
        rows = rows[(rows["shortcut"] == state_of(app, "train")["shortcut"]) & (rows["draw"] == 0)].set_index("activation")[
            "accuracy"
        ]
        both = [state_of(app, "train")[key] for key in ("activation", "activation2")]
        assert state_of(app, "train")["draw"] or [rows[name] for name in both] == right


CHECKS = {page: globals()[f"check_{page}"] for page in FIELDS}


@pytest.mark.parametrize(("page", "query"), walk(), ids=lambda part: part if isinstance(part, str) else " ".join(part.values()))
def test_script_and_command_say_every_number_that_the_page_shows(visit, shown, charts, monkeypatch, tmp_path, page, query):
    monkeypatch.chdir(tmp_path)
    app = visit(page, **query)
    assert not [warning for warning in app.warning if "In the link" in warning.value]
    CHECKS[page](app, shown, charts)
