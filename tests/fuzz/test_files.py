"""1,000 files, most of them damaged or odd: each is read, or refused in one sentence."""

import gzip
import io

import numpy as np
import pandas as pd
import pytest

from manifold import random_stream, read_points

SEED, SMALL, FULL = 13, 60, 1000
CELLS = (
    "1",
    "-2.5",
    "1e3",
    "1,5",
    "nan",
    "NA",
    "",
    " ",
    "inf",
    "1e400",
    "word",
    '"q"',
    '"a;b"',
    "'x",
    "2020-01-01",
    "é",
    "0x1F",
    "1_000",
    "TRUE",
    "1.234.567",
    "٣",
    "1 2",
    "=1+1",
)
SUFFIXES = (".csv", ".tsv", ".txt", ".npy", ".parquet", ".csv.gz", ".npz", ".xlsx", ".json", "", ".CSV", ".gz")


def table(dice):
    """Lines of cells with a separator, a header or none, of one length or not."""
    separator = str(dice.choice([",", ";", "\t", " ", "|", ", "]))
    columns, odd = int(dice.integers(1, 6)), max(0.0, dice.uniform(-1.0, 1.0))
    numbers = dice.standard_normal((int(dice.integers(0, 30)), columns))
    lines = [[f"{value:.4g}" for value in row] for row in numbers]
    for line in lines:
        for place in range(columns):
            if dice.random() < 0.1 * odd:
                line[place] = str(dice.choice(CELLS))
        if dice.random() < 0.02 * odd:
            line.append("1")
    if dice.random() < 0.6:
        lines.insert(0, [str(dice.choice(["x", "y", "x", "", "0", "1", "label", "Unnamed: 0"])) for _ in range(columns)])
    if dice.random() < 0.1:
        lines.insert(0, [f"sep={separator}"])
    end = str(dice.choice(["\n", "\r\n", "\r"]))
    coding = str(dice.choice(["utf-8", "utf-8-sig", "latin-1", "utf-16"], p=[0.7, 0.2, 0.05, 0.05]))
    return end.join(separator.join(line) for line in lines).encode(coding, "replace")


def array(dice):
    """An NPY file of some kind of numbers, or of something else."""
    axes = 2 if dice.random() < 0.6 else int(dice.integers(0, 4))
    values = dice.standard_normal([int(dice.integers(0, 9)) for _ in range(axes)])
    kind = str(dice.choice(["f8", "f4", "f2", "i4", "u1", ">f8"]))
    if dice.random() < 0.3:
        kind = str(dice.choice(["?", "c16", "U3", "S2", "M8[D]", "f8,i4", "O"]))
    buffer = io.BytesIO()
    with np.errstate(all="ignore"):
        try:
            values = values.astype(kind)
        except (TypeError, ValueError):
            values = np.zeros(values.shape, dtype=kind)
    np.save(buffer, values, allow_pickle=True)
    return buffer.getvalue()


def parquet(dice):
    buffer = io.BytesIO()
    frame = pd.DataFrame(dice.standard_normal((int(dice.integers(0, 9)), int(dice.integers(1, 4)))), columns=None).rename(
        columns=str
    )
    if dice.random() < 0.3:
        frame["kind"] = dice.choice(["a", "b"], len(frame))
    frame.to_parquet(buffer)
    return buffer.getvalue()


MAKERS = {".csv": table, ".tsv": table, ".txt": table, ".npy": array, ".parquet": parquet, ".csv.gz": table}


def file(dice):
    """The end of a name, mostly the right one, and a file as somebody may have it: whole, cut off, changed, or only bytes."""
    suffix = str(dice.choice(list(MAKERS)))
    made = MAKERS[suffix](dice)
    if suffix.endswith(".gz"):
        made = gzip.compress(made)
    match int(dice.integers(12)):
        case 0:
            made = made[: int(dice.integers(len(made) + 1))]
        case 1 if made:
            broken = bytearray(made)
            for _ in range(int(dice.integers(1, 6))):
                broken[int(dice.integers(len(broken)))] = int(dice.integers(256))
            made = bytes(broken)
        case 2:
            made = dice.bytes(int(dice.integers(200)))
        case 3:
            suffix = str(dice.choice(SUFFIXES))
    return suffix, made


@pytest.mark.filterwarnings("ignore")
def test_a_file_is_read_or_refused_in_one_sentence(cases, tmp_path):
    files = cases(SMALL, FULL)
    for number in files.numbers:
        dice = random_stream(SEED, number)
        suffix, content = file(dice)
        path = tmp_path / f"{number}{suffix}"
        path.write_bytes(content)
        columns = None if dice.random() < 0.7 else [0, 1]
        with files.judge("read_points", f"{path.name} {content[:60]!r}, columns={columns}, case {number}"):
            cloud = read_points(path, columns=columns)
            assert np.isfinite(cloud.points).all(), "points that are not finite"
            assert cloud.points.ndim == 2, "points of no dimension"
            assert cloud.points.size, "no points"
    files.finish()
