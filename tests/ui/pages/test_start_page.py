"""The page Start for a class: the address that laptops are told is one that leads here, and is told where they can use it."""

import pytest
import segno

from manifold.text import section
from manifold.ui.pages.start.reach import class_address, qr_code


@pytest.mark.parametrize(
    ("url", "bound", "own", "address"),
    [
        ("http://192.168.1.7:8501/", "0.0.0.0", "192.168.1.7", "http://192.168.1.7:8501/"),  # opened as laptops do
        ("http://lab.example/", "localhost", None, "http://lab.example/"),  # nginx answers for a process of this computer
        ("http://localhost:8501/", "0.0.0.0", "192.168.1.7", "http://192.168.1.7:8501/"),
        ("http://[::1]:8501/", "", "10.0.0.2", "http://10.0.0.2:8501/"),
        ("http://localhost:8501/", "localhost", "192.168.1.7", None),  # started for this computer alone
        ("http://localhost:8501/", "0.0.0.0", None, None),  # no network
        ("", "0.0.0.0", "192.168.1.7", None),
    ],
)
def test_laptops_are_told_an_address_that_leads_here(url, bound, own, address):
    assert class_address(url, bound, own) == address


def test_the_picture_of_an_address_is_the_code_that_a_camera_reads():
    drawn = qr_code("http://192.168.1.7:8501/")
    modules = len(segno.make("http://192.168.1.7:8501/", micro=False).matrix) + 2 * 4  # and an edge on both sides
    assert drawn.startswith(f'<svg width="{8 * modules}" height="{8 * modules}"')
    assert qr_code("http://192.168.1.8:8501/") != drawn


def test_how_a_class_comes_in_is_said_once_it_is_asked_for(link):
    app = link("start", {})
    assert section("start", "class-exposes") not in [block.value for block in app.run().markdown]
    app.session_state["start:class"] = True
    said = [block.value for block in app.run().markdown]
    assert section("start", "class-closed") in said
    assert section("start", "class-offline") in said
    assert not app.exception
