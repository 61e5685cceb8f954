"""Points from a file: what is read, and what is refused in one sentence."""

import gzip
import io
import os
import pickle
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from pyarrow import parquet

import manifold
from manifold import UnknownNameError, fit_unit_disc, read_points
from manifold.clouds import delimited
from manifold.clouds.files import read_sheet, read_table

TABLE = [[1.5, -2.0], [3.0, 4e-3], [5.0, 0.0]]


def column_names(source, **options):
    return read_sheet(source, max_rows=1, **options).names


def points_of(content, **options):
    return read_points(io.BytesIO(content if isinstance(content, bytes) else content.encode()), **options).points


def saved(array, **options):
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def parquet_of(columns, **options):
    """A Parquet file, written by pandas, or, of an Arrow table, as it is."""
    file = io.BytesIO()
    if isinstance(columns, pa.Table):
        parquet.write_table(columns, file)
    else:
        pd.DataFrame(columns, **options).to_parquet(file)
    return file.getvalue()


def npy(header, body=b"", version=1):
    """An NPY file with any header at all."""
    line = header.encode() + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + len(line).to_bytes(2 if version == 1 else 4, "little") + line + body


def described(shape, descr="'<f8'", body=b""):
    return npy(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}", body)


@pytest.mark.parametrize(
    "text",
    [
        "1.5,-2\n3,4e-3\n5,0\n",
        "1.5,-2\n3,4e-3\n5,0",
        "x,y\n1.5, -2\n3, .004\n5, +0\n",
        "\ufeffx,y\n1.5,-2\n3,4E-3\n5,0\n",
        "\ufeff1.5,-2\n3,4E-3\n5,0\n",
        "Länge;Höhe\n1,5;-2\n3;0,004\n5;0\n",
        "1,5;-2,0\r\n3,0;0,004\r\n5,0;0,0\r\n",
        "x\ty\n1.5\t-2\n3\t4e-3\n5\t0\n",
        "1.5 -2\n3   4e-3\n  5 0  \n",
        "x y\n1.5 -2\n3 4e-3\n5 0\n",
        "# made by hand\n\nx,y\n# unit: mm\n1.5,-2\n\n3,4e-3\n   \n5,0\n# end\n",
        "1.5,-2\r3,4e-3\r5,0\r",
    ],
)
def test_a_csv_file_is_read_whatever_its_separator(text):
    np.testing.assert_array_equal(points_of(text), TABLE)


@given(npst.arrays(np.float64, npst.array_shapes(min_dims=2, max_dims=2), elements=st.floats(-1e300, 1e300)))
def test_numbers_written_in_full_come_back_exactly(table):
    for mark in (",", ";", "\t", " "):
        text = "\n".join(mark.join(repr(float(cell)) for cell in row) for row in table)
        np.testing.assert_array_equal(points_of(text, decimal="."), table)
    np.testing.assert_array_equal(points_of(saved(table)), table)
    np.testing.assert_array_equal(points_of(saved(np.asfortranarray(table))), table)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int8, np.int64, np.uint16, bool, ">f8", ">i4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_npy_file_of_any_kind_of_number_is_read(kind, order):
    table = np.array([[1, 0, 1], [0, 1, 1]]).astype(kind, order=order)
    points = points_of(saved(table))
    assert points.dtype == np.float64
    np.testing.assert_array_equal(points, table.astype(float))


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_version_of_the_npy_format_is_read(version):
    header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }"
    np.testing.assert_array_equal(points_of(npy(header, np.array(TABLE).tobytes(), version)), TABLE)


@pytest.mark.parametrize("kind", [str, lambda path: path, lambda path: path.open("rb")])
def test_a_source_is_a_path_or_an_open_file(kind, tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("x,y\n1.5,-2\n3,4e-3\n5,0\n")
    source = kind(path)
    np.testing.assert_array_equal(read_points(source).points, TABLE)
    if hasattr(source, "close"):
        source.close()


def test_the_chart_of_a_file_is_the_position_in_it():
    cloud = read_points(io.BytesIO(b"0,0\n9,9\n1,0\n2,0\n3,0\n"))
    np.testing.assert_allclose(cloud.chart, [[0.0], [0.25], [0.5], [0.75], [1.0]])
    np.testing.assert_array_equal(cloud.component, [0] * 5)


def test_columns_are_kept_in_the_order_asked():
    np.testing.assert_array_equal(points_of("a,b,c\n1,2,3\n4,5,6\n", columns=(2, 0)), [[3.0, 1.0], [6.0, 4.0]])
    with pytest.raises(ValueError, match=r"^columns up to number 3 are needed, but the file has 2; add one$"):
        points_of("1,2\n3,4\n", columns=(0, 2))


@given(st.integers(1, 60), st.integers(1, 60))
def test_a_long_file_is_thinned_evenly_from_its_first_row_to_its_last(rows, limit):
    content = "\n".join(f"{i},{i}" for i in range(rows)).encode()
    cloud = read_points(io.BytesIO(content), max_points=limit)
    taken = cloud.points[:, 0]
    assert len(taken) == len(cloud.chart) == len(cloud.component) == min(rows, limit)
    assert taken[0] == 0
    assert taken[-1] == (rows - 1 if limit > 1 else 0)
    assert len(taken) < 2 or np.ptp(np.diff(taken)) <= 1
    np.testing.assert_allclose(cloud.chart[:, 0] * max(rows - 1, 1), taken, atol=1e-9)


@given(st.integers(1, 60), st.integers(1, 60))
def test_an_array_is_thinned_as_text_is(rows, limit):
    table = np.column_stack([np.arange(rows), -np.arange(rows)])
    text = "\n".join(f"{i},{-i}" for i in range(rows))
    first, second = (read_table(io.BytesIO(content), max_rows=limit) for content in (saved(table), text.encode()))
    for read in (first, second):
        assert read.total == rows
        assert len(read.rows) == min(rows, limit)
        np.testing.assert_array_equal(read.numbers, table[read.rows])
    np.testing.assert_array_equal(first.rows, second.rows)


def test_of_a_million_rows_the_first_the_last_and_even_ones_between_are_kept():
    content = "\n".join(f"{i},0.5" for i in range(1_000_000)).encode()
    table = read_table(io.BytesIO(content), max_rows=1000)
    assert table.numbers.shape == (1000, 2)
    assert table.total == 1_000_000
    np.testing.assert_array_equal(table.rows[[0, -1]], [0, 999_999])
    np.testing.assert_array_equal(table.numbers[:, 0], table.rows)
    assert np.ptp(np.diff(table.rows)) <= 1


@pytest.mark.parametrize("bad", ["four,4", "4", "4,4,4", "", "nan,nan", "# 4"])
def test_only_rows_that_are_kept_are_parsed(bad):
    """Every other row of nine; what the rest hold is not looked at, and blank and `#` lines are none."""
    good = [f"{i},{i}" for i in range(9)]
    content = "\n".join(bad if i % 2 else row for i, row in enumerate(good))
    total = 9 if bad not in ("", "# 4") else 5
    table = read_table(io.BytesIO(content.encode()), max_rows=5)
    assert table.total == total
    np.testing.assert_array_equal(table.numbers[:, 0], [0, 2, 4, 6, 8])


def test_only_lines_that_are_taken_are_cut_into_cells(monkeypatch):
    """And the first once more, to see whether it holds names."""
    lines, cut = [], delimited._cells

    def watched(taken, *args, **options):
        lines.extend(taken)
        return cut(taken, *args, **options)

    monkeypatch.setattr(delimited, "_cells", watched)
    table = read_table(io.BytesIO("\n".join(f"{i},{i}" for i in range(10_000)).encode()), max_rows=11)
    assert len(lines) == 12
    assert table.total == 10_000


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("x,y\n1,2\n", ("x", "y")),
        (" x ; Größe \n1,5;2\n", ("x", "Größe")),
        ("first x\tsecond x\n1\t2\n", ("first x", "second x")),
        ("x y\n1 2\n", ("x", "y")),
        ("# by hand\n\nx,y\n1,2\n", ("x", "y")),
        ("\ufeffx,y\n1,2\n", ("x", "y")),
        ("x,kind\n1,a\n", ("x", "kind")),
        ("1,2\n3,4\n", ("column 1", "column 2")),
        ("1,a\n3,b\n", ("column 1", "column 2")),
        ("x,y\n1,2,3,4\n", ("column 1", "column 2", "column 3", "column 4")),
        (saved(np.zeros((2, 3))), ("column 1", "column 2", "column 3")),
    ],
)
def test_columns_are_called_as_in_the_first_line_or_by_number(content, names):
    content = content if isinstance(content, bytes) else content.encode()
    table = read_table(io.BytesIO(content), label=names[-1])
    assert column_names(io.BytesIO(content)) == names
    assert table.names == names[:-1]
    assert table.numbers.shape[1] == len(names) - 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "^mine.csv is empty"),
        ("x,y\n", "^mine.csv has no row of numbers"),
        (b"\x00", "^mine.csv is binary"),
        (saved(np.zeros(3)), r"^mine.csv must have shape \(points, coordinates\), got \(3,\)"),
    ],
)
def test_a_file_without_columns_is_told_so(content, message):
    with pytest.raises(ValueError, match=message):
        column_names(io.BytesIO(content if isinstance(content, bytes) else content.encode()), name="mine.csv")


@pytest.mark.parametrize(
    ("content", "color"),
    [
        ("x,kind,y\n1.5,{},-2\n3,{},.004\n5,{},0\n", "kind"),
        ("kind;x;y\n{};1,5;-2\n{};3;0,004\n{};5;0\n", "kind"),
        ("x y kind\n1.5 -2 {}\n3 4e-3 {}\n5 0 {}\n", "kind"),
        ("x,y, kind \n1.5,-2, {} \n3,4e-3,{}\n5,0, {}\n", "kind"),
        ("1.5,{},-2\n3,{},4e-3\n5,{},0\n", "column 2"),
        ("1.5,-2,{}\n3,4e-3,{}\n5,0,{}\n", "column 3"),
    ],
)
@pytest.mark.parametrize(
    ("cells", "words", "numbers"),
    [
        (("cat", "ant", "cat"), ("cat", "ant"), [0, 1, 0]),  # in order of appearance, not of the alphabet
        (("7", "-5e-1", "7"), (), [7.0, -0.5, 7.0]),
        (("2", "cat", "1"), ("2", "cat", "1"), [0, 1, 2]),  # one word makes all of them words
    ],
)
def test_a_column_of_words_or_numbers_is_set_apart(content, color, cells, words, numbers):
    content = content.format(*cells).encode()
    if b";" in content:
        numbers = [float(str(number)) for number in numbers]
    table = read_table(io.BytesIO(content), label=color)
    cloud = read_points(io.BytesIO(content), color=color)
    assert table.words == words
    np.testing.assert_array_equal(table.label, numbers)
    np.testing.assert_array_equal(table.numbers, TABLE)
    np.testing.assert_array_equal(cloud.points, TABLE)
    np.testing.assert_array_equal(cloud.chart, np.reshape(numbers, (3, 1)))
    np.testing.assert_array_equal(cloud.component, numbers if words else [0, 0, 0])
    assert cloud.component.dtype == np.int64


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_column_of_an_array_is_set_apart_by_its_number(place):
    array = np.arange(12.0).reshape(4, 3)
    table = read_table(io.BytesIO(saved(array)), label=f"column {place + 1}", max_rows=2)
    np.testing.assert_array_equal(table.label, array[[0, 3], place])
    np.testing.assert_array_equal(table.numbers, np.delete(array[[0, 3]], place, axis=1))
    assert table.words == ()
    assert table.names == tuple(f"column {k + 1}" for k in range(3) if k != place)


def test_words_are_numbered_among_the_rows_that_are_kept():
    content = b"x,kind\n0,c\n1,b\n2,a\n3,b\n4,c\n"
    table = read_table(io.BytesIO(content), label="kind", max_rows=3)
    assert table.words == ("c", "a")
    np.testing.assert_array_equal(table.rows, [0, 2, 4])
    np.testing.assert_array_equal(table.label, [0, 1, 0])
    np.testing.assert_array_equal(read_points(io.BytesIO(content), color="kind", max_points=3).chart[:, 0], [0, 1, 0])


def test_columns_are_counted_without_the_colour():
    points = points_of("a,kind,b,c\n1,u,2,3\n4,v,5,6\n", color="kind", columns=(2, 1))
    np.testing.assert_array_equal(points, [[3.0, 2.0], [6.0, 5.0]])
    with pytest.raises(ValueError, match=r"^columns up to number 4 are needed, but the file has 3; add one$"):
        points_of("a,kind,b,c\n1,u,2,3\n4,v,5,6\n", color="kind", columns=(3,))


@pytest.mark.parametrize(
    ("content", "color", "message"),
    [
        ("x,kind\n1,a\n", "kimd", r"^unknown column of the file 'kimd'\. Did you mean 'kind'\? Choose one of: x, kind\.$"),
        ("x,kind\n1,a\n", "column 2", r"^unknown column of the file 'column 2'\. Choose one of: x, kind\.$"),
        ("1,a\n", "colum 2", r"^unknown column of the file 'colum 2'\. Did you mean 'column 2'\?"),
        (saved(np.zeros((1, 2))), "column 3", r"^unknown column of the file 'column 3'\. Did you mean 'column \d'\?"),
    ],
)
def test_a_column_that_is_not_there_is_told_the_nearest(content, color, message):
    with pytest.raises(UnknownNameError, match=message):
        points_of(content, color=color)


@pytest.mark.parametrize("content", ["kind\na\nb\n", "1\n2\n", saved(np.zeros((3, 1)))])
def test_a_colour_alone_is_no_place(content):
    color = "kind" if content == "kind\na\nb\n" else "column 1"
    with pytest.raises(ValueError, match=f"^the file has the column '{color}' only; add at least one column of coordinates$"):
        points_of(content, color=color)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x,kind\n1,0.5\n2,nan\n", r"^color must be finite, got nan at index \(1,\)"),
        ("x,kind\n1,a\ntwo,b\n", "^line 3 of the file has 'two', which is not a number; only the colour may be words$"),
        ("x,kind\n1,a\n2\n", "^line 3 of the file has 1 values, the first row has 2; make them equal$"),
    ],
)
def test_beside_a_colour_the_rest_is_still_checked(content, message):
    with pytest.raises(ValueError, match=message):
        points_of(content, color="kind")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "^the file is empty; it needs one row of numbers per point$"),
        (" \n\t\n", "^the file is empty"),
        ("x,y\n", "^the file has no row of numbers; it needs one row per point$"),
        ("# nothing\n", "^the file has no row of numbers"),
        ("1,2\n3,4,5\n6,7\n", "^line 2 of the file has 3 values, the first row has 2; make them equal$"),
        ("x,y\n\n# c\n1,2\n3\n", "^line 5 of the file has 1 values, the first row has 2"),
        ("x,y\n1,2\n3,four\n", "^line 3 of the file has 'four', which is not a number; only the colour may be words$"),
        ("1,2\nx,y\n", "^line 2 of the file has 'x', which is not a number; only the colour may be words$"),
        ("1,2\n3,\n", "^line 2 of the file has '', which is not a number; only the colour may be words$"),
        ("1,y\n3,4\n", "^line 1 of the file has 'y', which is not a number; only the colour may be words$"),
        ("1,2\n3," + "z" * 99 + "\n", "^line 2 of the file has 'z{40}', which is not a number; only the colour may be words$"),
        ("1,2\n3,nan\n", "^points of the file must be finite, but row 2 of numbers has nan in 'column 2'; drop or fill"),
        ("x,y\n1,2\n-inf,3\n", "^points of the file must be finite, but row 2 of numbers has -inf in 'x'; drop or fill"),
        ("1,2\n1e999,3\n", "^points of the file must be finite, but row 2 of numbers has inf in 'column 1'"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "^the file is binary or not in UTF-8; give CSV text in UTF-8"),
        (b"1,2\n3,\x004\n", "^the file is binary or not in UTF-8"),
        ("Größe,Höhe\n1,2\n".encode("cp1252"), "^the file is binary or not in UTF-8"),
        ("1,2\n3,4\n".encode("utf-16"), "^the file is binary or not in UTF-8"),
        (pickle.dumps([[1.0, 2.0]]), "^the file is binary or not in UTF-8"),
    ],
)
def test_a_file_that_is_no_table_of_numbers_is_told_where_and_why(content, message):
    with pytest.raises(ValueError, match=message):
        points_of(content)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(3), r"^the file must have shape \(points, coordinates\), got \(3,\); reshape it to two axes$"),
        (np.float64(3), r"must have shape \(points, coordinates\), got \(\)"),
        (np.zeros((2, 3, 4)), r"must have shape \(points, coordinates\), got \(2, 3, 4\)"),
        (np.zeros((0, 2)), r"^points of the file must have shape \(N, d\) with at least one entry on each axis, got \(0, 2\)"),
        (np.zeros((2, 0)), r"with at least one entry on each axis, got \(2, 0\)"),
        (np.array([[1.0, np.nan]]), "^points of the file must be finite, but row 1 of numbers has nan in 'column 2'"),
        (np.array([[np.inf, 1.0]], dtype=np.float32), "must be finite, but row 1 of numbers has inf in 'column 1'"),
        (
            np.zeros((2, 2), dtype=complex),
            r"^the file must hold numbers, got type complex128; save both parts, numpy.concatenate\(",
        ),
        (np.array([["1", "2"]]), r"must hold numbers, got type <U1"),
        (np.array([[b"1", b"2"]]), r"must hold numbers, got type \|S1"),
        (np.zeros((2, 2), dtype="M8[s]"), r"must hold numbers, got type datetime64"),
        (
            np.zeros((2, 2), dtype=[("x", float), ("y", float)]),
            r"must have shape \(points,\) where it has fields, got \(2, 2\)",
        ),
        (
            np.zeros(2, dtype=[("x", float), ("y", "U3")]),
            r"must hold numbers, got type \[\('x', .*\]; save the columns of numbers",
        ),
    ],
)
def test_an_array_that_is_no_table_of_numbers_is_refused(array, message):
    with pytest.raises(ValueError, match=message):
        points_of(saved(array))


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_no_file_can_run_code(tmp_path):
    """Neither an NPY file of objects nor a bare pickle; that the trap works is shown by unpickling it on purpose."""
    sprung = tmp_path / "sprung"
    array = np.empty((1, 1), dtype=object)
    array[0, 0] = Trap(sprung)
    with pytest.raises(
        ValueError, match=r"^the file holds Python objects, which could run code when read; save numbers instead$"
    ):
        points_of(saved(array, allow_pickle=True))
    with pytest.raises(ValueError, match="holds Python objects"):
        points_of(saved(np.array([[(1, Trap(sprung))]], dtype=[("a", int), ("b", object)]), allow_pickle=True))
    with pytest.raises(ValueError, match="is binary"):
        points_of(pickle.dumps(Trap(sprung)))
    assert not sprung.exists()
    pickle.loads(pickle.dumps(Trap(sprung))).close()
    assert sprung.exists()


@pytest.mark.parametrize("cut", [1, 8, 40])
def test_an_npy_file_that_is_cut_off_is_noticed(cut):
    with pytest.raises(ValueError, match=r"^the file is cut off or padded: \(3, 2\) numbers announced; save it again"):
        points_of(saved(np.array(TABLE))[:-cut])


def test_an_npy_file_with_more_than_it_announces_is_noticed():
    with pytest.raises(ValueError, match="is cut off or padded"):
        points_of(saved(np.array(TABLE)) + b"\0")


@pytest.mark.parametrize("length", [6, 7, 8, 9, 10, 30, 127])
def test_an_npy_file_cut_off_in_its_header_is_noticed(length):
    with pytest.raises(ValueError, match=r"^the file is a damaged NPY file .*; save it again with numpy\.save$"):
        points_of(saved(np.array(TABLE))[:length])


def test_a_header_that_announces_more_than_fits_in_memory_costs_nothing():
    with pytest.raises(ValueError, match=r"is cut off or padded: \(1000000000, 1000000000\) numbers announced"):
        points_of(described("(1000000000, 1000000000)"))


@pytest.mark.parametrize("shape", ["(-2, -3)", "(-1, -6)", "(True, 6)"])
def test_a_header_with_a_shape_that_is_none_is_refused(shape):
    with pytest.raises(ValueError, match=r"must have shape \(points, coordinates\), got \((-2, -3|-1, -6|True, 6)\)"):
        points_of(described(shape, body=bytes(48)))


@pytest.mark.parametrize(
    "header",
    ["", "1", "{[]: 1}", "{1: 2, 'a': 3}", "((((", "'''", "(" * 5000, "-" * 9000 + "1", "__import__('os').getcwd()", "\0"],
)
def test_a_header_that_does_not_parse_is_damage(header):
    with pytest.raises(ValueError, match="is a damaged NPY file"):
        points_of(npy(header))


@pytest.mark.parametrize("descr", ["'zz'", "3", "('<f8',)", "{'a': 3}", "[1, 2]"])
def test_a_type_that_is_none_is_damage(descr):
    with pytest.raises(ValueError, match="is a damaged NPY file"):
        points_of(described("(1, 2)", descr, bytes(16)))


STARTS = [b"", b"\x93NUMPY\x01\x00", saved(np.zeros((1, 2)))[:60], b"x,y\n1,2\n", b"PAR1", b"\x1f\x8b\x08"]


@given(st.binary(max_size=200), st.sampled_from(STARTS))
def test_any_bytes_are_read_or_refused_with_a_sentence(tail, head):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy warns of headers written by Python 2
        try:
            points = points_of(head + tail)
        except ValueError as refusal:
            points, reason = None, str(refusal)
    assert np.isfinite(points).all() if points is not None else reason.startswith(("the file", "line", "points of the file"))


def test_a_file_beyond_the_limit_is_refused(monkeypatch):
    content = b"1,2\n" * 1000
    monkeypatch.setattr("manifold.clouds.files.MAX_BYTES", len(content))
    assert len(points_of(content)) == 1000
    monkeypatch.setattr("manifold.clouds.files.MAX_BYTES", len(content) - 1)
    with pytest.raises(ValueError, match=r"^the file is larger than 0 MB; keep fewer rows$"):
        points_of(content)


def test_no_more_than_the_limit_is_read(monkeypatch):
    monkeypatch.setattr("manifold.clouds.files.MAX_BYTES", 10)
    file = io.BytesIO(b"1,2\n" * 1000)
    with pytest.raises(ValueError, match="is larger than"):
        read_points(file)
    assert file.tell() == 11


def test_the_limit_holds_for_a_path_too(monkeypatch, tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("1,2\n" * 10)
    monkeypatch.setattr("manifold.clouds.files.MAX_BYTES", 40)
    assert len(read_points(path).points) == 10
    monkeypatch.setattr("manifold.clouds.files.MAX_BYTES", 39)
    with pytest.raises(ValueError, match=r"^points\.csv is larger than"):
        read_points(path)


def test_messages_call_the_file_by_its_name(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("1,2\n3\n")
    with pytest.raises(ValueError, match=r"^line 2 of mine\.csv has 1 values"):
        read_points(path)
    with pytest.raises(ValueError, match=r"^line 2 of yours has 1 values"):
        read_points(path, name="yours")
    with pytest.raises(ValueError, match=r"^upload\.csv is empty"):
        read_points(io.BytesIO(b""), name="upload.csv")


@pytest.mark.parametrize("source", [None, 3, b"1,2", [[1, 2]], np.zeros((2, 2))])
def test_a_source_that_is_neither_path_nor_file_is_refused(source):
    with pytest.raises(TypeError, match=r"^source must be a path or a file opened in binary mode, got "):
        read_points(source)


def test_a_file_opened_as_text_is_refused():
    with pytest.raises(TypeError, match=r"^source must be opened in binary mode, such as open\(path, 'rb'\)$"):
        read_points(io.StringIO("1,2\n3,4\n"))


def test_a_file_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(OSError, match="missing"):
        read_points(tmp_path / "missing.csv")


@pytest.mark.parametrize(
    ("limit", "error", "message"),
    [(0, ValueError, "max_points must be >= 1, got 0"), (2.5, TypeError, r"max_points must be an integer, got 2\.5")],
)
def test_max_points_is_a_count(limit, error, message):
    with pytest.raises(error, match=message):
        points_of("1,2\n3,4\n", max_points=limit)


def test_a_file_goes_through_a_layer_like_any_cloud(rng):
    cloud = fit_unit_disc(read_points(io.BytesIO(b"x,y\n10,10\n12,10\n12,15\n10,15\n")))
    assert manifold.recover(cloud.points, width=30, decoder="active-rows", rng=rng).recovered == pytest.approx(cloud.points)


def test_quotes_belong_to_no_name_and_no_word():
    cloud = read_points(io.BytesIO(b'"x","y","kind"\n1,2,"a, b"\n3,4,"c"\n5,6, "a, b" \n'), color="kind")
    np.testing.assert_array_equal(cloud.component, [0, 1, 0])
    assert column_names(io.BytesIO(b'"x, first";y\n1;2\n')) == ("x, first", "y")


def test_a_comma_is_a_decimal_sign_in_numbers_only():
    cloud = read_points(io.BytesIO(b"x;y;kind\n1,5;2;a,b\n3;4,5;a.b\n"), color="kind")
    np.testing.assert_array_equal(cloud.points, [[1.5, 2.0], [3.0, 4.5]])
    np.testing.assert_array_equal(cloud.component, [0, 1])


def test_an_empty_cell_at_the_end_of_a_line_is_a_cell():
    cloud = read_points(io.BytesIO(b"x\ty\tkind\n1\t2\ta\n3\t4\t\n"), color="kind")
    np.testing.assert_array_equal(cloud.component, [0, 1])


def test_a_missing_number_to_colour_by_is_named():
    with pytest.raises(ValueError, match=r"^line 3 of the file has '', which is not a number; only the colour may be words$"):
        read_points(io.BytesIO(b"x,y,c\n1,2,7\n3,4,\n"), color="c")


@pytest.mark.parametrize("columns", [(), (-1,), (0, -9)])
def test_columns_are_counted_from_0(columns):
    with pytest.raises(ValueError, match=r"^columns must be numbers from 0, at least one, got"):
        points_of("1,2\n3,4\n", columns=columns)


COLUMNS = {"x": [1.5, 3.0, 5.0], "kind": ["cat", "ant", "cat"], "y": [-2.0, 4e-3, 0.0]}


@pytest.mark.parametrize("index", [None, ["a", "b", "c"], pd.Index([7, 8, 9])])
def test_a_parquet_file_is_read_without_the_index_of_its_frame(index):
    content = parquet_of(COLUMNS, index=index)
    table = read_table(io.BytesIO(content), label="kind")
    assert (table.names, table.words, table.total) == (("x", "y"), ("cat", "ant"), 3)
    np.testing.assert_array_equal(table.numbers, TABLE)
    np.testing.assert_array_equal(table.label, [0, 1, 0])
    assert column_names(io.BytesIO(content)) == ("x", "kind", "y")


def test_a_column_that_was_made_the_index_is_a_column_of_the_file():
    content = parquet_of({"y": [3, 4]}, index=pd.Index([1, 2], name="x"))
    assert column_names(io.BytesIO(content)) == ("y", "x")
    np.testing.assert_array_equal(points_of(content), [[3.0, 1.0], [4.0, 2.0]])


def test_every_kind_of_number_is_read_from_a_parquet_file():
    kinds = ["float16", "float32", "int8", "uint64", "Int64", "boolean", "float64[pyarrow]"]
    content = parquet_of({kind: pd.array([1, 0, 1]).astype(kind) for kind in kinds})
    np.testing.assert_array_equal(points_of(content), np.repeat([[1.0], [0.0], [1.0]], len(kinds), axis=1))


def test_a_parquet_file_may_have_two_columns_of_one_name():
    content = parquet_of(pa.table([[1, 2], [3, 4]], names=["x", "x"]))
    np.testing.assert_array_equal(points_of(content), [[1.0, 3.0], [2.0, 4.0]])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (COLUMNS, "^row 1 of the file has 'cat', which is not a number; only the colour may be words$"),
        ({"x": [1.0, None]}, "^points of the file must be finite, but row 2 of numbers has nan in 'x'"),
        ({"x": [1, 2], "n": ["3", None]}, "^row 2 of the file has '', which is not a number"),
        ({"when": pd.to_datetime(["2020-01-01"])}, "^row 1 of the file has '2020-01-01 00:00:00', which is not a number"),
        ({"list": [[1], [2]]}, r"^row 1 of the file has '\[1\]', which is not a number"),
        ({"x": np.zeros(0)}, r"^points of the file must have shape \(N, d\) .*, got \(0, 1\)$"),
        (pa.table({"word": pa.array([b"\xff"]).cast(pa.utf8(), safe=False)}), "^the file is a damaged Parquet file"),
    ],
)
def test_a_parquet_file_that_is_no_table_of_numbers_is_told_where_and_why(columns, message):
    with pytest.raises(ValueError, match=message):
        points_of(parquet_of(columns))


@pytest.mark.parametrize("cut", [4, 20, -1, -9])
def test_a_parquet_file_that_is_cut_off_is_noticed(cut):
    with pytest.raises(ValueError, match=r"^the file is a damaged Parquet file .*; save it again$"):
        points_of(parquet_of(COLUMNS)[:cut])


def test_a_parquet_file_that_unpacks_to_more_than_the_limit_is_refused():
    content = parquet_of({"x": np.zeros(26_000_000)})
    assert len(content) < 1_000_000
    with pytest.raises(ValueError, match=r"^the file is larger than 200 MB; keep fewer rows$"):
        points_of(content)


@pytest.mark.parametrize(
    "content", [b"x,y\n1.5,-2\n3,4e-3\n5,0\n", saved(np.array(TABLE)), parquet_of({"x": [1.5, 3, 5], "y": [-2, 4e-3, 0]})]
)
def test_any_file_may_be_packed(content):
    np.testing.assert_array_equal(points_of(gzip.compress(content)), TABLE)


@pytest.mark.parametrize("cut", [3, 12, -1, -9])
def test_a_packed_file_that_is_cut_off_is_noticed(cut):
    with pytest.raises(ValueError, match=r"^the file is a damaged gzip file .*; pack it again$"):
        points_of(gzip.compress(b"1,2\n3,4\n")[:cut])


def test_the_limit_holds_for_what_is_unpacked(monkeypatch):
    packed = gzip.compress(b"1,2\n" * 1000)
    assert len(packed) < 100
    monkeypatch.setattr("manifold.clouds.files.MAX_BYTES", 3999)
    with pytest.raises(ValueError, match="is larger than"):
        points_of(packed)
    monkeypatch.setattr("manifold.clouds.files.MAX_BYTES", 4000)
    assert len(points_of(packed)) == 1000


def test_no_more_than_the_limit_is_unpacked(monkeypatch):
    sizes, read = [], gzip.GzipFile.read
    monkeypatch.setattr(gzip.GzipFile, "read", lambda file, size: sizes.append(size) or read(file, size))
    points_of(gzip.compress(b"1,2\n3,4\n"))
    assert sizes == [200_000_001]


def test_quotes_hide_a_separator_and_blanks_too():
    cloud = read_points(io.BytesIO(b'"first x" y kind\n1 2 "a b"\n3 4 c\n5 6 "a b"\n'), color="kind")
    np.testing.assert_array_equal(cloud.points, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    np.testing.assert_array_equal(cloud.component, [0, 1, 0])


def test_a_quote_inside_a_word_is_a_sign_like_any_other():
    assert read_table(io.BytesIO(b'1,5"\n2,7"\n'), label="column 2").words == ('5"', '7"')


@pytest.mark.parametrize("rest", ["", "5,6,c\n", '5,6,"c"\n', '5,6,c"d\n'])
def test_a_quote_that_is_not_closed_is_named_and_swallows_no_row(rest):
    with pytest.raises(ValueError, match=r"^line 2 of the file has a quote that is not closed; close it, or take it away$"):
        points_of(f'1,2,a\n3,4,"b\n{rest}', color="column 3")


def test_a_long_cell_is_read():
    assert read_table(io.BytesIO(b"1," + b"w" * 200_000 + b"\n"), label="column 2").words == ("w" * 200_000,)


def test_a_pipe_is_no_file(tmp_path):
    """Reading would wait for ever."""
    os.mkfifo(tmp_path / "points.csv")
    with pytest.raises(
        ValueError, match=r"^points\.csv is no file but a folder, a pipe or a device; copy what it holds to one$"
    ):
        read_points(tmp_path / "points.csv")
