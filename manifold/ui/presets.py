"""Presets: states of a page worth showing, each a link with a name and a sentence."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

import streamlit as st

from manifold.text import entries, say
from manifold.ui.beside.controls import compare_bar
from manifold.ui.beside.kept import BESIDE
from manifold.ui.state import Page, write


@dataclass(frozen=True)
class Preset:
    """A state worth showing: its name, why it is instructive, and its part of the address."""

    name: str
    sentence: str
    values: dict[str, str]


def presets(page: str) -> dict[str, Preset]:
    """Presets of a page by id: the states that its folder lists, with what the texts say of them."""
    states = importlib.import_module(f"manifold.ui.pages.{page}.presets").PRESETS
    said = entries(page, "presets")
    return {name: Preset(said[name].name, said[name].sentence, values) for name, values in states.items()}


def preset_bar(page: Page) -> None:
    """Buttons that set the page to an instructive state, the sentence of the one that is shown, and what compares."""
    known, current = presets(page.name), page.address()
    usual = {key: write(field.default) for key, field in page.fields.items()}
    shown = next((name for name, preset in known.items() if usual | preset.values == usual | current), None)

    def choose() -> None:
        if name := st.session_state[f"{page.name}:preset"]:
            page.set({key: field.default for key, field in page.fields.items()})
            page.set({key: page.fields[key].parse(text) for key, text in known[name].values.items()})

    st.session_state[f"{page.name}:preset"] = shown
    with st.container(key="presets", gap="xsmall"):
        st.pills(
            say("page.presets"),
            list(known),
            format_func=lambda name: known[name].name,
            key=f"{page.name}:preset",
            on_change=choose,
            label_visibility="collapsed",
            wrap=False,
        )
        if shown or BESIDE not in current:  # a comparison has its own words
            st.markdown(known[shown].sentence if shown else say("page.own-setting"))
    if BESIDE in page.fields:
        compare_bar(page)
