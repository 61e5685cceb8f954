"""How a class reaches the app: its address on the network, also as a picture that a camera reads, and what that exposes."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit, urlunsplit

import segno
import streamlit as st

from manifold.text import literal, section

_LOCAL = ("localhost", "127.0.0.1", "::1")


def show_reach() -> None:
    """What a lecturer does who wants laptops to open the app."""
    address = class_root("start")
    if address is None:
        st.markdown(section("start", "class-closed"))
    else:
        left, right = st.columns([1, 2], gap="large", vertical_alignment="center")
        left.image(qr_code(address), caption=literal(address))
        right.markdown(section("start", "class-open").format(address=literal(address)))
    st.markdown(section("start", "class-exposes"))
    st.markdown(section("start", "class-offline"))


def class_root(page: str) -> str | None:
    """Where others reach the app, from a visit to one of its pages; None where they do not."""
    proxied = "X-Forwarded-For" in st.context.headers
    bound = "" if proxied else str(st.get_option("server.address") or "")
    return class_address((st.context.url or "").removesuffix(page), bound, own_address())


def class_address(url: str, bound: str, own: str | None) -> str | None:
    """The address at which others reach the app; None where they do not.

    Parameters
    ----------
    url : str
        The address at which the page was opened.
    bound : str
        The address that the server listens at; "" or "0.0.0.0" are all.
    own : str or None
        This computer's address on its network.
    """
    opened = urlsplit(url)
    if opened.hostname and opened.hostname not in _LOCAL:
        return url
    if not opened.hostname or bound in _LOCAL or own is None:
        return None
    return urlunsplit(opened._replace(netloc=f"{own}:{opened.port or 80}"))


def own_address() -> str | None:
    """Where this computer is on its network, by the way that a packet would take; none is sent, and None is no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.2.1", 9))  # kept for documentation by RFC 5737
        except OSError:
            return None
        return str(asked.getsockname()[0])


def qr_code(address: str) -> str:
    """An address as SVG that a camera reads."""
    return str(segno.make(address, micro=False).svg_inline(scale=8, light="#fff"))
