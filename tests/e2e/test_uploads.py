"""Odd files sent to the real app: each is shown or answered in one sentence, as text, and never by an error.

A few by default; with FUZZ=full in the environment all twenty, on the pages Spiral and Unrolling.
"""

import gzip
import io
import os

import numpy as np
import pytest
from playwright.sync_api import expect

from manifold import random_stream

FULL = os.environ.get("FUZZ") == "full"


def npy(values):
    buffer = io.BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


NUMBERS = random_stream(17).standard_normal((60, 3))
CSV = "\n".join(",".join(f"{value:.4f}" for value in row) for row in NUMBERS)
FILES = [
    ("cost_$5_vs_$6.csv", f"a$b,c$d,e\n{CSV}".encode()),
    ("[점](http:www.evil.example).csv", b"1,x\n"),
    ("<b>bold</b>.csv", f"<i>x</i>,:smile:,www.evil.example\n{CSV}".encode()),
    ("long cell.csv", b"x,y\n" + b"1" * 140_000 + b",2\n"),
    ("数据.csv", CSV.encode()),
    ("index.csv", ("," + "x,y,z\n" + "\n".join(f"{k},{line}" for k, line in enumerate(CSV.split("\n")))).encode()),
    ("decimal.csv", b"1.234;2\n2.345;3\n3.456;4\n"),
    ("comma.tsv", b"1,5\t2,5\n3,5\t4,5\n1,0\t9,1\n"),
    ("points.csv.gz", gzip.compress(CSV.encode())),
    ("points.csv.gz", b"\x1f\x8b broken"),
    ("complex.npy", npy(NUMBERS * 1j)),
    ("objects.npy", npy(np.array([{"a": 1}, None], dtype=object))),
    ("flat.npy", npy(np.arange(10.0))),
    ("good.npy", npy(NUMBERS)),
    ("bad.parquet", b"PAR1 nothing"),
    ("same.csv", b"1,1\n" * 40),
    ("one.csv", b"1,2\n"),
    ("words.csv", b"left,right\nup,down\n"),
    ("nul.csv", b"1,2\n\x00\n3,4\n"),
    ("huge.csv", b"1e308,-1e308\n-1e308,1e308\n0,0\n"),
]


@pytest.mark.parametrize(("page_name", "waits"), [("spiral", "width"), ("unrolling", "stPlotlyChart")])
def test_an_odd_file_is_shown_or_answered_as_text(open_page, page_name, waits):
    page = open_page(f"{page_name}?dataset=your file", wait_for=waits)
    for name, content in FILES if FULL else FILES[:3]:
        page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
        page.wait_for_timeout(500)  # until the file is there and the page runs
        expect(page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')).to_be_visible()
        assert page.get_by_test_id("stException").count() == 0, name
        links = page.get_by_test_id("stMain").locator("a[href*=evil]")
        assert links.count() == 0, name
        for alert in page.get_by_test_id("stAlert").all_inner_texts():
            assert len(alert) < 500, name
