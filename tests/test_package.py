"""What `pip install .` takes along, by what pyproject.toml says; nothing is built."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SETTING = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]


def folder(package):
    """Where the files of an installed package lie in the clone."""
    for name, path in SETTING["package-dir"].items():
        if package == name or package.startswith(f"{name}."):
            return ROOT / path / package.removeprefix(name).strip(".").replace(".", "/")
    return ROOT / package.replace(".", "/")


def files(root):
    return {path for path in (ROOT / root).rglob("*") if path.is_file() and "__pycache__" not in path.parts}


@pytest.mark.parametrize("root", ["manifold", "experiments"])
def test_every_folder_with_code_is_installed(root):
    assert {path.parent for path in files(root) if path.suffix == ".py"} <= set(map(folder, SETTING["packages"]))


def test_the_only_name_that_is_taken_is_manifold():
    assert {name.partition(".")[0] for name in SETTING["packages"]} == {"manifold"}
    assert all(folder(name).is_dir() for name in SETTING["packages"])


def test_every_file_that_the_code_reads_is_installed():
    data = {path for path in files("manifold") if path.suffix != ".py"}
    patterns = SETTING["package-data"]["*"]
    assert data
    assert data <= {path for name in SETTING["packages"] for pattern in patterns for path in folder(name).glob(pattern)}
