"""Each layer loads its own libraries and no others, shown in a fresh interpreter."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

import manifold

HEAVY = {"torch", "sklearn", "scipy", "matplotlib", "pandas", "streamlit", "plotly", "joblib", "pyarrow", "babel"}
ALLOWED = {
    "manifold": set(),
    "manifold.text": set(),
    "manifold.planes.packing": set(),
    "manifold.plots": {"matplotlib"},
    "manifold.nets": {"torch"},
    "manifold.learning": {"sklearn", "scipy", "joblib", "pandas", "pyarrow"},  # scikit-learn brings the others
}


def loaded_by(statement):
    """Names of HEAVY that a new interpreter has loaded after running `statement`."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=False)
    assert done.returncode == 0, done.stderr
    return HEAVY & set(done.stdout.split())


@pytest.mark.parametrize("layer", ALLOWED)
def test_a_layer_loads_no_library_but_its_own(layer):
    assert loaded_by(f"import {layer}") <= ALLOWED[layer]


@pytest.mark.parametrize("library", ["scipy", "matplotlib"])
def test_the_check_can_fail(library):
    assert library in loaded_by(f"import manifold, {library}")


def test_every_public_name_is_there():
    star = "from manifold import *"
    assert loaded_by(f"{star}\nimport manifold\nassert set(manifold.__all__) <= set(globals())") == set()


@pytest.mark.parametrize("name", [name for name in manifold.__all__ if dataclasses.is_dataclass(getattr(manifold, name))])
def test_every_result_is_frozen_and_equal_only_to_itself(name):
    """Comparing the arrays inside would give arrays, not an answer."""
    result = getattr(manifold, name)
    assert result.__dataclass_params__.frozen
    assert result.__eq__ is object.__eq__


LINTER = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache"]


def lint(config):
    """Exit status and output of import-linter under a configuration file."""
    root = Path(__file__).parents[1]
    done = subprocess.run([*LINTER, "--config", str(config)], capture_output=True, text=True, cwd=root, check=False)
    return done.returncode, done.stdout + done.stderr


def test_imports_go_one_way_through_the_rooms():
    status, output = lint(Path(__file__).parents[1] / "pyproject.toml")
    assert status == 0, output
    assert "2 kept, 0 broken" in output


def test_an_import_the_other_way_would_be_found(tmp_path):
    """The same contracts with two rooms exchanged."""
    text = (Path(__file__).parents[1] / "pyproject.toml").read_text()
    config = tmp_path / "pyproject.toml"
    config.write_text(
        text.replace('"manifold.sweeps",', '"_",')
        .replace('"manifold.layer",', '"manifold.sweeps",')
        .replace('"_",', '"manifold.layer",')
    )
    status, output = lint(config)
    assert status != 0
    assert "manifold.sweeps is not allowed to import manifold.layer" in output
