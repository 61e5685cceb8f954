"""500 addresses over all pages: each shows the page, with a warning where a word is not understood, and never a traceback."""

import pytest

from manifold import random_stream
from manifold.registry import all_registries
from manifold.ui.navigation import NAMES

SEED, SMALL, FULL = 14, 3, 500
WORDS = (
    *(
        "",
        " ",
        "0",
        "-1",
        "1",
        "2",
        "3",
        "5",
        "7.5",
        "30",
        "100",
        "300",
        "1e3",
        "1e999",
        "-0",
        "nan",
        "inf",
        "true",
        "None",
        "9" * 5000,
    ),
    *(
        "http://www.evil.example",
        "<b>x</b>",
        "[a](b)",
        "$x$",
        "`x`",
        ":material/warning:",
        "%00",
        "\x00",
        "é",
        "日本",
        "٣",
        "x" * 5000,
        "../..",
        "{0}",
        "%s",
    ),
)


def known_words():
    return [name for registry in all_registries().values() for name in registry]


def address(dice, usual, words):
    """Half of the values as they are allowed somewhere, the others not; sometimes a key that no page knows."""
    keys = list(usual)
    query = {}
    for _ in range(int(dice.integers(1, 5))):
        key = (
            keys[int(dice.integers(len(keys)))]
            if dice.random() < 0.9
            else str(dice.choice(["", "x", "www.evil.example", "seed "]))
        )
        value = usual.get(key)
        if dice.random() < 0.5:
            query[key] = str(dice.choice(WORDS))
        elif isinstance(value, bool | str) or value is None:
            query[key] = str(dice.choice(words))
        else:
            query[key] = str(type(value)(max(0, value * dice.uniform(0.0, 2.5))))
    return query


@pytest.mark.filterwarnings("ignore")
def test_an_address_shows_its_page(cases, link):
    addresses = cases(SMALL, FULL)
    usual, words = {}, known_words()
    for number in addresses.numbers:
        dice, page = random_stream(SEED, number), NAMES[number % len(NAMES)]
        if page not in usual:
            usual[page] = dict(link(page, {}).run().session_state[page])
        query = address(dice, usual[page], words)
        told = {key: value if len(value) < 40 else f"{value[:37]}..." for key, value in query.items()}
        with addresses.judge(page, f"{page}?{told}, case {number}"):
            app = link(page, query).run()
            assert not app.exception, f"{app.exception[0].message[:150]}"
            shown = [*app.warning, *app.error]
            assert all(len(each.value) < 500 for each in shown), "says kilobytes"
    addresses.finish()
