"""What lecturer and class see alike: question, choices, and bets as bars."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from manifold.text import say
from manifold.ui.lecture.steps import LETTERS

STYLE = """<style>
html:not(.lecture-controls) :is(
    :has(> :is(.st-key-head, .st-key-presets, .st-key-lecture-start)),
    [data-testid="stSidebar"], [data-testid="stExpandSidebarButton"], [data-testid="stHeader"]
) { display: none; }
.lecture-question { font-size: clamp(1.3rem, 2.7vw, 2.4rem); font-weight: 600; line-height: 1.35; padding: 0 0 1.2em; }
.lecture-claim { font-size: clamp(1.1rem, 1.75vw, 1.6rem); font-weight: 600; line-height: 1.3; padding: 0; margin: 0; }
.lecture-choices, .lecture-bars { list-style: none; padding: 0; margin: 0; }
.lecture-choices li { font-size: clamp(1.2rem, 2.2vw, 2rem); margin: 0 0 0.5em; padding: 0; }
.lecture-letter { display: inline-block; min-width: 1.6em; font-weight: 700; color: light-dark(#0b6aa8, #5db4ec); }
.lecture-bars li { display: grid; grid-template-columns: minmax(8rem, 3fr) 3fr 1.5rem; gap: 0.6rem; align-items: center; }
.lecture-bars li { margin: 0; padding: 0; line-height: 1.5; }
.lecture-bars li > :last-child { text-align: right; }
.lecture-track { height: 0.9rem; background: light-dark(#e6e6e6, #33363f); }
.lecture-track span { display: block; height: 100%; background: light-dark(#6b7684, #9aa4b2); }
.lecture-right { font-weight: 700; }
.lecture-right .lecture-track span { background: light-dark(#0b6aa8, #5db4ec); }
.st-key-lecture-number [data-testid="stMetricValue"] { font-size: clamp(1.8rem, 3vw, 3rem); font-weight: 600; }
.st-key-lecture-number :is([data-testid="stMetricValue"], [data-testid="stMetricLabel"]) * { white-space: normal; }
:is(.lecture-question, .lecture-claim, .lecture-choices, .lecture-bars) { word-break: keep-all; overflow-wrap: break-word; }
</style>"""
"""The controls of a page are out of sight until they are asked for."""


def show_question(question: str, choices: Sequence[str] = ()) -> None:
    """A question, and what can be bet on."""
    items = "".join(f"<li>{_letter(place)}{html.escape(choice)}</li>" for place, choice in enumerate(choices))
    st.html(f'<h1 class="lecture-question">{html.escape(question)}</h1><ol class="lecture-choices">{items}</ol>')


def show_claim(claim: str) -> None:
    """What the picture shows."""
    st.html(f'<h1 class="lecture-claim">{html.escape(claim)}</h1>')


def show_bars(choices: Sequence[str], counts: Sequence[int], right: int | None) -> None:
    """How many have bet on each choice; the right one is marked."""
    total = max(1, sum(counts))
    rows = []
    for place, choice in enumerate(choices):
        marked, mark = (' class="lecture-right"', " ✓") if place == right else ("", "")
        bar = f'<span class="lecture-track"><span style="width: {100 * counts[place] / total:.0f}%"></span></span>'
        label = f"<span>{_letter(place)}{html.escape(choice)}{mark}</span>"
        rows.append(f"<li{marked}>{label}{bar}<span>{counts[place]}</span></li>")
    st.html(f'<ol class="lecture-bars">{"".join(rows)}</ol>')


def bets_told(counts: Sequence[int]) -> str:
    """How many have bet, in words."""
    return say("lecture.bets", count=sum(counts))


def _letter(place: int) -> str:
    return f'<span class="lecture-letter">{LETTERS[place]}</span>'
