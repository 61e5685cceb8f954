"""Tables as text: what stands for names, row numbers and separators, and what pandas itself makes of the same file."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifold import make_cloud, read_points
from manifold.clouds.files import Reading, read_sheet, read_table

XY = pd.DataFrame({"x": [0.5, 0.75, 0.1], "y": [0.25, 0.5, 0.9]})


def column_names(source, **options):
    return read_sheet(source, max_rows=1, **options).names


def source(text):
    return io.BytesIO(text.encode())


def points_of(text, **options):
    return read_points(source(text), **options).points


def r_table(frame, *, first="1", quote='"'):
    """As R's write.table: quoted names, one fewer than columns, and row names from 1."""
    rows = [f"{quote}{int(first) + k}{quote} {x} {y}" for k, (x, y) in enumerate(frame.to_numpy())]
    return "\n".join([" ".join(f"{quote}{name}{quote}" for name in frame.columns), *rows])


ROW_NUMBERS = {
    "pandas": XY.to_csv(),
    "pandas from 1": XY.set_axis([1, 2, 3]).to_csv(),
    "pandas, filtered": XY.set_axis([3, 7, 8]).to_csv(),
    "pandas, words": XY.set_axis(["ant", "bee", "cat"]).to_csv(),
    "pandas, read and written": pd.read_csv(source(XY.to_csv())).to_csv(index=False),
    "pandas, twice": pd.read_csv(source(XY.to_csv())).to_csv(),
    "R, write.csv": '"","x","y"\n"1",0.5,0.25\n"2",0.75,0.5\n"3",0.1,0.9\n',
    "R, write.csv2": '"";"x";"y"\n"1";0,5;0,25\n"2";0,75;0,5\n"3";0,1;0,9\n',
    "R, write.table": r_table(XY),
    "R, write.table, no quotes": r_table(XY, quote=""),
    "R, write.table, from 5": r_table(XY, first="5"),
    "tabs": XY.to_csv(sep="\t"),
}


@pytest.mark.parametrize("text", ROW_NUMBERS.values(), ids=ROW_NUMBERS)
def test_row_numbers_are_no_coordinate_and_the_cloud_says_so(text):
    cloud = read_points(source(text))
    np.testing.assert_array_equal(cloud.points, XY)
    assert "numbers or names the rows and is left out; raw=True takes all" in cloud.note
    assert cloud.note in repr(cloud)
    assert column_names(source(text)) == ("x", "y")


def test_of_a_thinned_file_the_rows_that_are_kept_are_the_true_ones():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(5000, 3)), columns=list("xyz"))
    cloud = read_points(source(frame.to_csv()), max_points=7)
    np.testing.assert_array_equal(cloud.points, frame.iloc[np.linspace(0, 4999, 7).round().astype(int)])


@pytest.mark.parametrize("name", ["pandas", "R, write.csv", "R, write.table"])
def test_row_numbers_are_taken_for_numbers_where_that_is_asked_for(name):
    cloud = read_points(source(ROW_NUMBERS[name]), raw=True)
    np.testing.assert_array_equal(cloud.points[:, 1:], XY)
    assert np.ptp(np.diff(cloud.points[:, 0])) == 0.0
    assert cloud.note == ""


@pytest.mark.parametrize(
    "text",
    [
        "t,x,y\n0,0.5,0.25\n1,0.75,0.5\n2,0.1,0.9\n",  # has a name
        ",x,y\n0.5,0.5,0.25\n1.5,0.75,0.5\n2.5,0.1,0.9\n",  # no whole numbers
        ",x,y\n2,0.5,0.25\n0,0.75,0.5\n1,0.1,0.9\n",  # do not rise
        "0,0.5,0.25\n1,0.75,0.5\n2,0.1,0.9\n",  # no line of names says that this one has none
    ],
)
def test_what_may_be_a_coordinate_stays_one(text):
    cloud = read_points(source(text))
    assert cloud.points.shape == (3, 3)
    assert cloud.note == ""


def test_row_numbers_alone_are_kept():
    np.testing.assert_array_equal(points_of('""\n"1"\n"2"\n'), [[1.0], [2.0]])


@pytest.mark.parametrize("index", [True, False])
def test_a_first_line_that_counts_the_columns_is_one_of_names(index):
    text = pd.DataFrame(XY.to_numpy()).to_csv(index=index)
    cloud = read_points(source(text))
    np.testing.assert_array_equal(cloud.points, XY)
    assert "the first line, 0, 1, ..., is taken for names" in cloud.note
    assert column_names(source(text)) == ("0", "1")


@pytest.mark.parametrize("first", ["1,2", "0,2", "0,1.0", "1,0", "0, 1, 2, 4"])
def test_any_other_first_line_of_numbers_is_a_row(first):
    text = f"{first}\n{first}\n"
    assert len(points_of(text)) == 2
    assert len(points_of("0,1\n0.5,0.25\n", raw=True)) == 2
    assert len(points_of("0,1\n")) == 1


@pytest.mark.parametrize(
    ("text", "names", "table"),
    [
        ('"time; s",x,y\n0.1,0.2,0.3\n', ("time; s", "x", "y"), [[0.1, 0.2, 0.3]]),
        ('"a; b",c\n1,2\n3,4\n', ("a; b", "c"), [[1, 2], [3, 4]]),
        ("time; s,x\n1,2\n", ("time; s", "x"), [[1, 2]]),
        ('"x\n(mm)","y"\n1,2\n', ("x\n(mm)", "y"), [[1, 2]]),
        ('"say ""x""",y\n1,2\n', ('say "x"', "y"), [[1, 2]]),
        ("sep=;\r\nx;y\r\n1,5;2,5\r\n", ("x", "y"), [[1.5, 2.5]]),
        ('"sep=,"\nx,y\n1,2\n', ("x", "y"), [[1, 2]]),
        ("sep=\t\nx\ty\n1\t2\n", ("x", "y"), [[1, 2]]),
        ("sep=|\nx|y\n1|2\n", ("x", "y"), [[1, 2]]),
        ("SEP=:\nx:y\n1:2\n", ("x", "y"), [[1, 2]]),
        ('"first x" "y"\n1 2\n', ("first x", "y"), [[1, 2]]),
        ("x\ty\n1,5\t2,5\n3,0\t4,25\n", ("x", "y"), [[1.5, 2.5], [3, 4.25]]),
        ("x y\n1,5 2,5\n", ("x", "y"), [[1.5, 2.5]]),
        ('"x","y"\n"1,5","2,25"\n', ("x", "y"), [[1.5, 2.25]]),
        ("x,y,\n1,2,\n3,4,\n", ("x", "y"), [[1, 2], [3, 4]]),
        ("x,y\n1,2,\n3,4,\n", ("x", "y"), [[1, 2], [3, 4]]),
        ("x,x,,x,\n1,2,3,4,5\n", ("x", "x (2)", "column 3", "x (3)", "column 5"), [[1, 2, 3, 4, 5]]),
        ("x,x (2),x\n1,2,3\n", ("x", "x (2)", "x (3)"), [[1, 2, 3]]),
        ("column 2,,y\n1,2,3\n", ("column 2", "column 2 (2)", "y"), [[1, 2, 3]]),
    ],
)
def test_names_and_cells_are_those_that_were_written(text, names, table):
    sheet = read_sheet(source(text))
    assert sheet.names == names
    np.testing.assert_array_equal(points_of(text), table)


def test_every_column_can_be_chosen_by_its_name_though_names_are_equal_or_empty():
    for place, name in enumerate(("x", "x (2)", "column 3")):
        assert read_table(source("x,x,\n1,2,3\n4,5,6\n"), label=name).label.tolist() == [place + 1, place + 4]


def test_a_quoted_cell_goes_on_over_the_end_of_a_line():
    text = 'x,y,note\n1.5,2.5,"first\nsecond"\n3,4,plain\n# no, "comment\n5,7,"a\n\n#b, ""c"""\n'
    table = read_table(source(text), label="note")
    np.testing.assert_array_equal(table.numbers, [[1.5, 2.5], [3, 4], [5, 7]])
    assert table.words == ("first\nsecond", "plain", 'a\n\n#b, "c"')
    with pytest.raises(ValueError, match=r"^line 6 of the file has 'z', which"):
        points_of('x,note\n1,"a\nb"\n2,"c"\n\nz,d\n', color="note")


@given(
    st.lists(st.lists(st.text(st.sampled_from('ab",;\t \n#'), max_size=5), min_size=2, max_size=3), min_size=1, max_size=4),
    st.sampled_from(";,\t"),
)
def test_what_pandas_writes_between_quotes_is_read_as_pandas_reads_it(rows, mark):
    frame = pd.DataFrame([(row * 2)[:3] for row in rows], columns=["p", "q", "r"]).assign(n=range(len(rows)))
    text = frame.to_csv(sep=mark, index=False, quoting=1)
    sheet = read_sheet(source(text))
    expected = pd.read_csv(source(text), sep=mark, dtype=str, keep_default_na=False, skipinitialspace=True)
    assert sheet.names == tuple(expected.columns)
    assert sheet.cells.tolist() == [[cell.strip() for cell in row] for row in expected.to_numpy().tolist()]


@pytest.mark.parametrize("shape", [(4, 150_000), (400, 12_000)])
def test_a_wide_table_is_read_in_seconds(shape, tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("\n".join([",".join(["0.25"] * shape[1])] * (shape[0] - 1) + [",".join(["0.5"] * shape[1])]))
    cloud = make_cloud(path, columns=None, rng=np.random.default_rng(0))
    assert cloud.points.shape == shape
    assert np.linalg.norm(cloud.points, axis=1).max() == pytest.approx(1.0)


def test_only_one_of_two_ways_to_say_the_decimal_sign_is_known():
    with pytest.raises(ValueError, match=r"^decimal must be '\.' or ',', got 'comma'$"):
        read_table(source("1,2\n"), reading=Reading(decimal="comma"))
