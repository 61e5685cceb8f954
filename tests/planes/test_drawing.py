"""The drawing in the browser, by its own tests, which need no browser but Node."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.mark.parametrize("name", ["planes", "pad"])
def test_the_drawing_in_the_browser_passes_its_own_tests(name):
    node = shutil.which("node")
    if node is None and os.environ.get("CI") != "true":
        pytest.skip("Node is not installed")
    assert node is not None, "install Node, so that the drawing in the browser is tested"
    tests = Path(__file__).with_name(f"{name}.test.mjs")
    done = subprocess.run([node, "--test", str(tests)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
