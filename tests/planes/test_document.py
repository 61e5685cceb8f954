"""A figure as one file: it needs nothing else, allows nothing else, and shows text as text."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from manifold import ACTIVATIONS, make_cloud, random_stream, recover_widths
from manifold.learning import separate, two_classes
from manifold.planes.document import html_document
from manifold.planes.frames import button_words, hex_colors
from manifold.planes.lifts import lift_data
from manifold.planes.maps import MOST_LINES, MOST_POINTS, Drawing, Inks, map_data
from manifold.planes.moments import Lifted
from manifold.planes.recoveries import Decoded, readings_data, spiral_data, spiral_numbers
from manifold.planes.sectors import Plane, plane_data, plane_words
from manifold.plots import READINGS, plane_places

WIDTHS = range(2, 41)
ODD = '</script><img src="https://example.org/x" onerror=alert(1)>\' & \ud800 <!-- {title}'


def recoveries_of(law, decoder="inverse"):
    rng = random_stream(0, 5)
    cloud = make_cloud("spiral", 500, rng=rng)
    return cloud, recover_widths(cloud.points, widths=WIDTHS, embedding=law, decoder=decoder, rng=rng)


def spiral():
    cloud, recoveries = recoveries_of("gaussian")
    seen = Decoded.of(recoveries)
    data = spiral_data(cloud, seen, embedding="gaussian", activation="relu", decoder="inverse", scale=1.0)
    return data | {"numbers": spiral_numbers(seen.curves, ACTIVATIONS["relu"])}


def readings():
    decoded = {law: np.stack([recovery.recovered for recovery in recoveries_of(law)[1]]) for law in READINGS}
    errors = {law: np.zeros(len(WIDTHS)) for law in READINGS}
    return readings_data(recoveries_of("gaussian")[0], np.array(WIDTHS), decoded, errors, scale=1.0)


def plane():
    cloud, recoveries = recoveries_of("gaussian", "posterior")
    seen, relu = Plane.of(cloud, recoveries, embedding="gaussian"), ACTIVATIONS["relu"]
    return plane_data(cloud, seen, relu, scale=1.0) | plane_words(relu, seen.numbers)


def lift():
    """As many moments as a training has."""
    cloud = make_cloud("two rings", 300, rng=random_stream(0))
    labels, rng = two_classes(cloud), np.random.default_rng(0)
    moments = []
    for _ in range(40):
        features = cloud.points @ rng.normal(size=(2, 3))
        separation = separate(features, labels)
        moments.append(Lifted(features, separation, plane_places().sum(axis=1).reshape(61, 61) + rng.normal()))
    return lift_data(cloud.points, labels, list(range(40)), moments, trained=True)


def maps():
    """More points and lines than a document shows."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(2 * MOST_POINTS, 3))
    inks = hex_colors(rng.random((len(points), 4)))
    drawing = Drawing(rng.integers(len(points), size=(9 * MOST_LINES, 2)), rng.random(9 * MOST_LINES) < 0.01, np.arange(50))
    return map_data(points, {"PCA": points[:, :2]}, [""], Inks(inks, inks), title="points", drawing=drawing)


DATA = {"spiral": spiral, "readings": readings, "plane": plane, "lift": lift, "maps": maps}
PLACES = ("src", "href", "action", "data")
WORDS = {"title": "T", "claim": "C", "command": "python -m experiments run spiral"}


class Elements(HTMLParser):
    """Tags with their attributes, and the text of each kind of element."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.texts, self.open = [], {}, ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.open = tag
        self.tags.append((tag, dict(attrs)))
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag):
        self.open = ""

    def handle_data(self, data):
        if self.open:
            self.texts[self.open][-1] += data


def document(data=None, **words):
    return html_document({"words": button_words()} | (data or {}), **WORDS | words)


def policy(elements):
    (rule,) = (attrs["content"] for _, attrs in elements.tags if attrs.get("http-equiv") == "Content-Security-Policy")
    return dict(part.split(" ", 1) for part in rule.split("; "))


def digest(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("name", DATA)
def test_every_figure_is_one_small_file_that_names_no_other_place(name):
    made = document(DATA[name]())
    assert len(made) < 1_000_000
    elements = Elements(made.decode())
    addresses = [value for _, attrs in elements.tags for key, value in attrs.items() if key in PLACES]
    assert addresses == ["data:,"]
    style, script = elements.texts["style"][0], elements.texts["script"][1]
    assert not re.search(r"//\w|url\(|@import", style)
    assert not re.search(r"://|\bimport\b|\bfetch\b|\beval\b|XMLHttp|WebSocket", script)
    assert document(DATA[name]()) == made


def test_the_policy_allows_the_one_script_and_the_one_style_by_their_digests_and_nothing_else():
    elements = Elements(document().decode())
    assert policy(elements) == {
        "default-src": "'none'",
        "script-src": digest(elements.texts["script"][1]),
        "style-src": digest(elements.texts["style"][0]),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    handlers = [key for _, attrs in elements.tags for key in attrs if key.startswith("on") or key == "style"]
    assert handlers == []


def test_the_data_come_back_as_they_were():
    sent = {"words": button_words(), "panels": [{"title": ODD}], "numbers": [1.5, None, True]}
    elements = Elements(document(sent).decode())
    assert json.loads(elements.texts["script"][0]) == json.loads(json.dumps(sent).replace("\\ud800", "?"))


@pytest.mark.parametrize("where", ["title", "claim", "command", "notes"])
def test_words_from_outside_stay_words(where):
    plain, odd = (Elements(document(**{where: [text] if where == "notes" else text}).decode()) for text in ("a b", ODD))
    tags = [tag for tag, _ in odd.tags if tag != "span"]  # a command has one for each of its words
    assert tags == [tag for tag, _ in plain.tags if tag != "span"]
    told = " ".join(text for tag in ("title", "h1", "p", "span") for text in odd.texts.get(tag, []))
    assert "onerror=alert(1)>" in told
