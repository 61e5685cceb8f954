"""NPY and Parquet: arrays of records, and row numbers among stored columns."""

import io

import numpy as np
import pandas as pd
import pytest

from manifold import read_points
from manifold.clouds.files import read_sheet


def saved(array):
    file = io.BytesIO()
    np.save(file, array)
    return io.BytesIO(file.getvalue())


def parquet_of(frame):
    file = io.BytesIO()
    frame.to_parquet(file)
    return io.BytesIO(file.getvalue())


RECORDS = np.array([(1.5, 2), (3.0, 4)], dtype=[("x", "f8"), ("y", "i2")])


def test_records_of_numbers_are_rows_and_their_fields_columns():
    np.testing.assert_array_equal(read_points(saved(RECORDS)).points, [[1.5, 2.0], [3.0, 4.0]])
    assert read_sheet(saved(RECORDS), max_rows=1).names == ("x", "y")
    np.testing.assert_array_equal(read_points(saved(RECORDS), color="y").chart, [[2.0], [4.0]])


MIXED = np.array([(1.5, "a", 2.0), (3.0, "b", 4.0)], dtype=[("x", "f8"), ("kind", "U1"), ("y", "f8")])
COMPLEX = np.array([[1.0 + 2.0j], [3.0 - 1.0j]])


@pytest.mark.parametrize(
    ("array", "made", "expected"),
    [
        (MIXED, lambda a: np.column_stack([a[field] for field in ("x", "y")]), [[1.5, 2.0], [3.0, 4.0]]),
        (COMPLEX, lambda a: np.concatenate([a.real, a.imag], axis=1), [[1.0, 2.0], [3.0, -1.0]]),
        (np.array([["1", "2"]]), lambda a: a.astype(float), [[1.0, 2.0]]),
    ],
)
def test_what_a_refusal_advises_makes_an_array_that_is_read(array, made, expected):
    with pytest.raises(ValueError, match=r"must hold numbers, got type .*; (save|convert it with) "):
        read_points(saved(array))
    np.testing.assert_array_equal(read_points(saved(made(array))).points, expected)


def test_records_in_records_are_refused():
    with pytest.raises(ValueError, match="must hold numbers"):
        read_points(saved(np.zeros(2, dtype=[("x", "f8"), ("p", "f8", (2,))])))


def test_row_numbers_that_pandas_wrote_into_a_column_are_no_coordinate():
    frame = pd.read_csv(io.StringIO(",x,y\n0,5,6\n1,7,9\n"))
    cloud = read_points(parquet_of(frame))
    np.testing.assert_array_equal(cloud.points, [[5.0, 6.0], [7.0, 9.0]])
    assert cloud.note.startswith("'Unnamed: 0' numbers or names the rows and is left out")
    np.testing.assert_array_equal(read_points(parquet_of(frame), raw=True).points[:, 0], [0.0, 1.0])
