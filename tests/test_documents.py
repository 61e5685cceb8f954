"""The papers of the house hold: what README and CONTRIBUTING show runs, and versions agree."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import manifold
from experiments.runner.experiment import find_experiments

ROOT = Path(__file__).parents[1]
PAPERS = ("README.md", "CONTRIBUTING.md")
BLOCKS = {
    f"{paper}: {number}": block
    for paper in PAPERS
    for number, block in enumerate(re.findall(r"```python\n(.*?)```", (ROOT / paper).read_text(encoding="utf-8"), re.DOTALL))
}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_of_python_runs_as_it_stands(name):
    """In a fresh interpreter, so that an entry that it adds is there for itself alone."""
    done = subprocess.run([sys.executable, "-c", BLOCKS[name]], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr


def test_readme_fits_on_two_hundred_lines():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 200


def test_every_experiment_stands_in_the_table():
    table = set(re.findall(r"^\| .* \| `(\w+)`", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert table == set(find_experiments())


def test_every_room_stands_in_the_papers():
    rooms = {path.parent.name for path in (ROOT / "manifold").glob("*/__init__.py")}
    for paper in PAPERS:
        text = (ROOT / paper).read_text(encoding="utf-8")
        assert [room for room in rooms if not re.search(rf"\b{room}\b", text)] == [], paper


def test_the_version_is_the_same_everywhere():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["dynamic"]["version"]
    assert f"## {manifold.__version__}," in (ROOT / "CHANGELOG.md").read_text()
    assert f"version: {manifold.__version__}\n" in (ROOT / "CITATION.cff").read_text()
