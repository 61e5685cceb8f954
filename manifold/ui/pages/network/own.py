"""Your own network: the lines for a notebook, and activations from files for a model that cannot be shared."""

from __future__ import annotations

import streamlit as st
from pandas import DataFrame

from manifold import ACTIVATIONS
from manifold.checks import Sentence
from manifold.nets import probe_values
from manifold.nets.training.loop import one_thread
from manifold.text import explain, literal, named, say, section
from manifold.ui.language import speak
from manifold.ui.pages.network.files import own_values, read_numbers
from manifold.ui.pages.network.share import OWN, values_script
from manifold.ui.pages.network.words import value_rows, value_verdict
from manifold.ui.upload import HASHED, Upload


@st.fragment
def own_network() -> None:
    """Show how a visitor's own module is probed, and what files say of one of its activations."""
    speak()
    st.header(say("real.own-network"))
    st.markdown(section("network", "own-network"))
    st.code(OWN.strip(), language="python", wrap_lines=True)
    st.markdown(section("network", "values"))
    left, right = st.columns(2, gap="large")
    with left:
        before = own_values("before", say("real.before"))
    with right:
        after = own_values("after", say("real.after"))
    if before is None:
        return
    with right:
        activation = _choose_activation() if after is None else None
        k = st.number_input(say("real.k"), 0, help=say("real.k.help"), key="real:k") or None
    try:
        with st.spinner(say("page.working")):
            table, verdicts = read_values(before, after, activation, k)
    except ValueError as error:
        st.error(literal(say("real.values.refused", reason=explain(error))))
        return
    with left:
        st.markdown(value_verdict(table.iloc[0], found=after is not None))
        st.markdown("\n".join(f"- {literal(explain(told))}" for told in verdicts))
        st.caption(section("network", "values-columns"))
    with right:
        st.dataframe(value_rows(table.iloc[0]), hide_index=True, width="stretch", height="content")
    st.code(values_script(before, after, activation, k), language="python", wrap_lines=True)


def _choose_activation() -> str:
    """What acts on the values of the file."""
    names = list(ACTIVATIONS)
    usual, label = names.index("relu"), say("control.activation")
    chosen = st.selectbox(label, names, usual, format_func=lambda name: named(ACTIVATIONS, name), key="real:activation")
    return str(chosen)


@st.cache_data(max_entries=16, show_spinner=False, hash_funcs=HASHED)
@one_thread()
def read_values(
    before: Upload, after: Upload | None, activation: str | None, k: int | None
) -> tuple[DataFrame, tuple[Sentence, ...]]:
    """The probe's table of one activation, and what stands out."""
    behind = None if after is None else read_numbers(after)[0]
    report = probe_values(read_numbers(before)[0], behind, activation=activation, k=k)
    return report.table, report.verdicts
