"""The papers of the house hold: what README and CONTRIBUTING show runs, and versions agree."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import manifold
from experiments.runner.experiment import find_experiments
from manifold import theory
from manifold.text import percent

ROOT = Path(__file__).parents[1]
PAPERS = ("README.md", "CONTRIBUTING.md")
FENCED = [
    (f"{paper}: {number}", language, block)
    for paper in PAPERS
    for number, (language, block) in enumerate(
        re.findall(r"```(\w+)\n(.*?)```", (ROOT / paper).read_text(encoding="utf-8"), re.DOTALL)
    )
]
FILES = {path[1]: block for _, _, block in FENCED if (path := re.match(r"(?:#|<!--) ((?:manifold|experiments)/\S+)", block))}
BLOCKS = {name: block for name, language, block in FENCED if language == "python" and block not in FILES.values()}


ALONE = """
import json, os, sys, traceback
import matplotlib.figure, pandas, scipy.sparse, sklearn.neighbors, torch  # what takes long to load, and nothing of this library

for name, block in json.load(sys.stdin).items():
    if not (child := os.fork()):
        try:
            exec(block, {"__name__": "__main__"})
        except BaseException:  # also SystemExit: whatever ends a block ends its process here, as a failure
            print(f"in {name}:", file=sys.stderr)
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print(name)
"""


@pytest.fixture(scope="module")
def failed():
    """Names of the blocks that end in an error, and what was said."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE], input=json.dumps(BLOCKS), capture_output=True, text=True, cwd=ROOT, check=True
    )
    return done.stdout.splitlines(), done.stderr


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_of_python_runs_as_it_stands(name, failed):
    """Each in a process that has loaded nothing of the library, so that an entry that it adds is there for itself alone."""
    names, said = failed
    assert name not in names, said


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A copy of the code with the files that the papers show, as someone who follows them would have it."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("manifold", "experiments"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path, block in FILES.items():
        (folder / path).parent.mkdir(exist_ok=True)
        with (folder / path).open("a", encoding="utf-8") as file:
            file.write(f"\n{block}")
    navigation = folder / "manifold/ui/navigation.py"
    navigation.write_text(navigation.read_text().replace('"exits")', '"exits", "kept")'))
    shutil.copy(ROOT / "app.py", folder)
    (folder / "mine.py").write_text(next(block for block in BLOCKS.values() if 'add("mish"' in block))
    (folder / "my_app.py").write_text(f"import mine\n{(ROOT / 'app.py').read_text()}")
    return folder


def run(clone, *words):
    """What the clone's Python prints, being told these words."""
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, cwd=clone, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_experiment_of_the_papers_runs(clone):
    words = ["run", "half_lost", "--out", "figures", "--draws", "400", "--format", "svg"]
    said = run(clone, "-c", f"from experiments.__main__ import main; main(['list']); assert main({words}) == 0")
    assert "A ReLU layer of three channels loses half of the plane in the mean." in said
    headline = json.loads((clone / "figures" / "half_lost" / "run.json").read_text())["headline"]
    assert headline["mean_lost"] == pytest.approx(
        0.5, abs=4 * 0.5 / 400**0.5
    )  # a share has a standard deviation of 1/2 at most


VISIT = """
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("{script}", default_timeout=120).run()  # at the page Start
assert not app.exception, app.exception
app.switch_page("manifold/ui/pages/{page}/page.py")
app.run()
assert not app.exception, app.exception
"""


def test_the_page_of_the_papers_opens_and_start_leads_to_it(clone):
    script = VISIT.format(script="app.py", page="kept") + "print(app.title[0].value, app.metric[0].label, app.metric[0].value)"
    script += (
        "\napp.session_state['share'] = True\nexec(next(code.value for code in app.run().code if code.language == 'python'))"
    )
    share = theory.recoverable_fraction(5, 2)
    assert run(clone, "-c", script) == f"What is kept Share kept {percent(share)}\n{share}\n"


def test_the_language_of_the_papers_is_spoken_and_lacks_nothing_that_english_has(clone):
    script = (
        "from manifold.text import LANGUAGE, say; LANGUAGE.set('de'); print(say('kept.share'), say('kept.channels'), sep=', ')"
    )
    assert run(clone, "-c", script) == "Anteil, der bleibt, Channels\n"


def test_an_app_of_ones_own_offers_an_entry_of_the_papers(clone):
    script = VISIT.format(script="my_app.py", page="spiral") + "app.run(); print(*app.selectbox[1].options)"
    assert "Mish" in run(clone, "-c", script)


def test_readme_fits_on_two_hundred_and_forty_lines():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 240


def test_every_experiment_stands_in_the_table():
    cells = re.findall(r"^\| [^|]* \| (`\w+`(?:, `\w+`)*) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(name for cell in cells for name in re.findall(r"\w+", cell)) == sorted(find_experiments())


def test_every_cell_of_what_a_class_does_is_a_test_in_a_browser():
    table = re.search(r"^\| page \| predict.*?\n\n", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    cells = re.findall(r"`([a-z]+)(?: -k (\w+))?`", table[0])
    assert len(cells) == 13
    for name, word in cells:
        tests = re.findall(r"^def test_(\w+)", (ROOT / f"tests/e2e/test_{name}.py").read_text(encoding="utf-8"), re.MULTILINE)
        assert [each for each in tests if word in each], (name, word)


def test_every_room_stands_in_the_papers():
    rooms = {path.parent.name for path in (ROOT / "manifold").glob("*/__init__.py")}
    for paper in PAPERS:
        text = (ROOT / paper).read_text(encoding="utf-8")
        assert [room for room in rooms if not re.search(rf"\b{room}\b", text)] == [], paper


def test_the_version_is_the_same_everywhere():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["dynamic"]["version"]
    assert f"## {manifold.__version__}," in (ROOT / "CHANGELOG.md").read_text()
    assert f"version: {manifold.__version__}\n" in (ROOT / "CITATION.cff").read_text()
